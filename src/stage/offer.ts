import type { IceCredentials } from "./ice-fragment.ts";

/** Longest offer looked at. Bytes; Chromium's is 1.5 KB for a microphone, 6 with a camera, 11 with a screen and data too. */
export const MAX_OFFER_BYTES = 16 * 1024;
/** Media sections an offer may have. A browser that shares camera, screen and data has four. */
const MAX_SECTIONS = 16;
/** SSRC lines taken over: a browser sends two for one track. */
const MAX_SSRC_LINES = 8;
/** RTP header extensions the stage understands. @spec RFC 6464, RFC 8843 §15.1 */
const EXTENSIONS = ["urn:ietf:params:rtp-hdrext:ssrc-audio-level", "urn:ietf:params:rtp-hdrext:sdes:mid"] as const;

/** Rules an offer can break, each in words for whoever sent it. */
export const OFFER_RULES = {
  "offer-size": `an offer of at most ${MAX_OFFER_BYTES} bytes`,
  "offer-version": "an SDP that starts with v=0",
  "offer-media": `at most ${MAX_SECTIONS} media sections, each with kind, port, protocol and formats`,
  "offer-audio": "exactly one audio section in use",
  "offer-protocol": "audio over DTLS-SRTP with feedback (UDP/TLS/RTP/SAVPF)",
  "offer-opus": "an rtpmap of opus/48000/2 among the formats of the audio section",
  "offer-direction": "an audio section that sends",
  "offer-mux": "RTP and RTCP on one port (a=rtcp-mux)",
  "offer-ice": "ice-ufrag and ice-pwd",
  "offer-fingerprint": "a sha-256 certificate fingerprint",
  "offer-setup": "a DTLS setup of actpass or passive",
} as const;

/** Name of a rule an offer broke. */
export type OfferFault = keyof typeof OFFER_RULES;

/** A media section as it was offered; the answer has to mirror all of them in order. */
export interface OfferedSection {
  readonly kind: string;
  readonly protocol: string;
  readonly formats: string;
  readonly mid: string | undefined;
}

/** An offer that was understood. */
export interface Offer {
  /** The audio section alone, written anew from the lines the stage understands; nothing else reaches the WebRTC component. */
  readonly sdp: string;
  readonly sections: readonly OfferedSection[];
  /** Place of the audio section among `sections`. */
  readonly audioIndex: number;
  /** True when the offer bundles its audio section, so that the answer may. */
  readonly bundled: boolean;
  /** The ICE session it begins. */
  readonly ice: IceCredentials;
  /** Numbers of the formats taken: Opus, and RED around it where the sender would rather send that. @spec RFC 2198, RFC 8829 §5.2.1 */
  readonly opusType: number;
  readonly redType: number | undefined;
  /** True for a standard encoder that wants nothing back. */
  readonly sendsOnly: boolean;
}

/** An offer, or which rule it breaks and at which character. */
export type OfferResult = { readonly ok: true; readonly offer: Offer } | { readonly ok: false; readonly code: OfferFault; readonly offset: number };

interface Line {
  readonly text: string;
  readonly offset: number;
}

const MEDIA = /^m=([a-z]{1,16}) (\d{1,5})(?:\/\d+)? ([A-Z0-9/]{3,32}) ([A-Za-z0-9*][A-Za-z0-9 *._-]{0,511})$/;
const MID = /^a=mid:([A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32})$/;
const AUDIO_PROTOCOLS = ["UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"];

/** Reads an SDP offer by an allow-list and writes down what it asks for. Never throws. @spec RFC 9725 §4.2, RFC 8866, RFC 8829 */
export function parseOffer(sdp: string): OfferResult {
  if (sdp.length > MAX_OFFER_BYTES || Buffer.byteLength(sdp) > MAX_OFFER_BYTES) return { ok: false, code: "offer-size", offset: MAX_OFFER_BYTES };
  const lines = splitLines(sdp);
  if (lines[0]?.text !== "v=0") return { ok: false, code: "offer-version", offset: 0 };
  const starts = lines.flatMap((line, index) => (line.text.startsWith("m=") ? [index] : []));
  const session = lines.slice(0, starts[0] ?? lines.length);
  if (starts.length > MAX_SECTIONS) return { ok: false, code: "offer-media", offset: lines[starts[MAX_SECTIONS] as number]?.offset ?? 0 };

  const sections: OfferedSection[] = [];
  let audio: { readonly lines: readonly Line[]; readonly index: number } | undefined;
  for (const [index, start] of starts.entries()) {
    const body = lines.slice(start, starts[index + 1]);
    const head = body[0] as Line;
    const media = MEDIA.exec(head.text);
    if (media === null) return { ok: false, code: "offer-media", offset: head.offset };
    const [, kind = "", port, protocol = "", formats = ""] = media;
    sections.push({ kind, protocol, formats, mid: first(body, MID)?.[1] });
    if (kind !== "audio" || Number(port) === 0) continue;
    if (audio !== undefined) return { ok: false, code: "offer-audio", offset: head.offset };
    audio = { lines: body, index };
  }
  if (audio === undefined) return { ok: false, code: "offer-audio", offset: sdp.length };
  return readAudio(session, audio.lines, sections, audio.index);
}

function readAudio(session: readonly Line[], body: readonly Line[], sections: readonly OfferedSection[], audioIndex: number): OfferResult {
  const { offset } = body[0] as Line;
  const refuse = (code: OfferFault): OfferResult => ({ ok: false, code, offset });
  const either = (pattern: RegExp) => first(body, pattern) ?? first(session, pattern);
  const { protocol, formats, mid } = sections[audioIndex] as OfferedSection;
  if (!AUDIO_PROTOCOLS.includes(protocol)) return refuse("offer-protocol");
  const payloadType = first(body, /^a=rtpmap:(\d{1,3}) opus\/48000\/2$/i)?.[1];
  if (payloadType === undefined || Number(payloadType) > 127 || !formats.split(" ").includes(payloadType)) return refuse("offer-opus");
  const redType = preferredRed(body, formats.split(" "), payloadType);
  const direction = either(/^a=(sendrecv|sendonly|recvonly|inactive)$/)?.[1] ?? "sendrecv";
  if (direction !== "sendrecv" && direction !== "sendonly") return refuse("offer-direction");
  if (first(body, /^a=rtcp-mux$/) === undefined) return refuse("offer-mux");
  const ufrag = either(/^a=ice-ufrag:([A-Za-z0-9+/]{4,256})$/)?.[1];
  const password = either(/^a=ice-pwd:([A-Za-z0-9+/]{22,256})$/)?.[1];
  if (ufrag === undefined || password === undefined) return refuse("offer-ice");
  const fingerprint = either(/^a=fingerprint:sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/i)?.[1];
  if (fingerprint === undefined) return refuse("offer-fingerprint");
  // The stage is always the DTLS client: the component's server side does not recover from loss. @spec RFC 9725 §4.2 lets an endpoint refuse `active`
  const setup = either(/^a=setup:(actpass|passive)$/)?.[1];
  if (setup === undefined) return refuse("offer-setup");

  const bundle = first(session, /^a=group:BUNDLE ([\x21-\x7e ]{1,256})$/)?.[1]?.split(" ");
  const bundled = mid !== undefined && bundle?.includes(mid) === true;
  const ownMid = mid ?? "0";
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${ownMid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${[payloadType, ...(redType === undefined ? [] : [redType])].join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${ownMid}`,
    `a=${direction}`,
    "a=rtcp-mux",
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint.toUpperCase()}`,
    `a=setup:${setup}`,
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=fmtp:${payloadType} minptime=10;useinbandfec=1`,
    // The component would unpack RED itself and trust it: it is told of a second Opus, and hands the packets on as they are.
    ...(redType === undefined ? [] : [`a=rtpmap:${redType} opus/48000/2`]),
    ...extensions(body),
    ...all(body, /^a=ssrc:\d{1,10} (?:cname|msid):[\x21-\x7e ]{1,128}$/).slice(0, MAX_SSRC_LINES),
    "",
  ].join("\r\n");
  return {
    ok: true,
    offer: {
      sdp,
      sections,
      audioIndex,
      bundled,
      ice: { ufrag, password },
      sendsOnly: direction === "sendonly",
      opusType: Number(payloadType),
      redType: redType === undefined ? undefined : Number(redType),
    },
  };
}

/** The format of packets with copies of those before, if it stands before Opus: then the sender means to send it. @spec RFC 2198 §5 */
function preferredRed(body: readonly Line[], formats: readonly string[], opusType: string): string | undefined {
  const redType = first(body, /^a=rtpmap:(\d{1,3}) red\/48000\/2$/i)?.[1];
  if (redType === undefined || Number(redType) > 127 || redType === opusType) return undefined;
  const carriesOpus = first(body, new RegExp(`^a=fmtp:${redType} ${opusType}(?:/${opusType}){1,3}$`)) !== undefined;
  const at = formats.indexOf(redType);
  return carriesOpus && at >= 0 && at < formats.indexOf(opusType) ? redType : undefined;
}

/** Header extensions of the offer that the stage understands, each with its own identifier. @spec RFC 8285 §5 */
function extensions(body: readonly Line[]): string[] {
  return EXTENSIONS.flatMap((uri) => {
    const found = body.find(({ text }) => text.startsWith("a=extmap:") && text.endsWith(` ${uri}`));
    const id = /^a=extmap:(\d{1,2})(?:\/[a-z]+)? /.exec(found?.text ?? "")?.[1];
    return id === undefined || Number(id) < 1 || Number(id) > 14 ? [] : [`a=extmap:${id} ${uri}`];
  });
}

function splitLines(sdp: string): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  for (const raw of sdp.split("\n")) {
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text !== "") lines.push({ text, offset });
    offset += raw.length + 1;
  }
  return lines;
}

function first(lines: readonly Line[], pattern: RegExp): RegExpExecArray | undefined {
  for (const { text } of lines) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return undefined;
}

function all(lines: readonly Line[], pattern: RegExp): string[] {
  return lines.filter(({ text }) => pattern.test(text)).map(({ text }) => text);
}
