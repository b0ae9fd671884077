const FINGERPRINT = Array.from({ length: 32 }, (_, index) => (index * 7).toString(16).padStart(2, "0").toUpperCase()).join(":");

/** The session part of a browser's offer. */
export const SESSION_LINES = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS",
];

/** The audio section of a browser's offer. */
export const AUDIO_LINES = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0",
  "a=candidate:2 1 udp 2122260222 5b4a1f7e-0000-4000-8000-000000000000.local 50001 typ host generation 0",
  "a=ice-ufrag:Zkq9",
  "a=ice-pwd:3hJ5T7bQwWq0r5xXkq2rT8mN",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  "a=setup:actpass",
  "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=sendrecv",
  "a=msid:- 1f0e",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=ssrc:1001 cname:someone",
  "a=ssrc:1001 msid:- 1f0e",
];

/** A video section as an encoder offers it beside the audio. */
export const VIDEO_LINES = ["m=video 9 UDP/TLS/RTP/SAVPF 96 97", "c=IN IP4 0.0.0.0", "a=mid:1", "a=sendonly", "a=rtcp-mux", "a=rtpmap:96 H264/90000"];

/** An offer from lines. */
export function sdp(...sections: readonly (readonly string[])[]): string {
  return [...sections.flat(), ""].join("\r\n");
}

/** A browser's offer of one microphone. */
export const BROWSER_OFFER = sdp(SESSION_LINES, AUDIO_LINES);
