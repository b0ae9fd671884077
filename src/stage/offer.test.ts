import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_OFFER_BYTES, type OfferFault, parseOffer } from "./offer.ts";
import { AUDIO_LINES, BROWSER_OFFER, SESSION_LINES, sdp, VIDEO_LINES } from "./test-offers.ts";

const read = (text: string) => {
  const parsed = parseOffer(text);
  assert.ok(parsed.ok, parsed.ok ? "" : `${parsed.code} at ${parsed.offset}`);
  return parsed.offer;
};

const without = (start: string) =>
  sdp(
    SESSION_LINES,
    AUDIO_LINES.filter((line) => !line.startsWith(start)),
  );
const replaced = (start: string, line: string) =>
  sdp(
    SESSION_LINES,
    AUDIO_LINES.map((before) => (before.startsWith(start) ? line : before)),
  );

test("of a browser's offer only what the stage understands reaches the WebRTC component", () => {
  const { sdp: cleaned, sendsOnly, bundled } = read(BROWSER_OFFER);
  assert.doesNotMatch(cleaned, /candidate|192\.0\.2|\.local|red\/|transport-cc|abs-send-time|trickle/);
  assert.match(cleaned, /^a=rtpmap:111 opus\/48000\/2\r$/m);
  assert.match(cleaned, /^a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r$/m);
  assert.deepEqual([sendsOnly, bundled], [false, true]);
});

test("packets with copies are taken from who would rather send them, and from nobody else", () => {
  const offer = (formats: string, fmtp = "a=fmtp:63 111/111") =>
    read(
      sdp(
        SESSION_LINES,
        AUDIO_LINES.map((line) => (line.startsWith("m=") ? `m=audio 9 UDP/TLS/RTP/SAVPF ${formats}` : line)),
        [fmtp],
      ),
    );
  const { redType, opusType, sdp: cleaned } = offer("63 111 9 0");
  assert.deepEqual([redType, opusType], [63, 111]);
  assert.match(cleaned, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 111 63\r$/m);
  assert.doesNotMatch(cleaned, /red/, "the component must not unpack them");
  assert.equal(offer("111 63 9 0").redType, undefined);
  assert.equal(offer("63 111 9 0", "a=fmtp:63 9/9").redType, undefined);
  assert.equal(offer("63 111 9 0", "a=fmtp:63 111").redType, undefined);
});

test("an encoder's video is noted for refusal, wherever it stands", () => {
  for (const [order, audioIndex] of [
    [[AUDIO_LINES, VIDEO_LINES], 0],
    [[VIDEO_LINES, AUDIO_LINES], 1],
  ] as const) {
    const offer = read(sdp(SESSION_LINES, ...order));
    assert.equal(offer.audioIndex, audioIndex);
    assert.deepEqual(offer.sections.map(({ kind }) => kind).toSorted(), ["audio", "video"]);
    assert.doesNotMatch(offer.sdp, /video|H264/);
  }
});

test("fingerprint and ICE credentials may stand in the session part, lines may end in a bare newline", () => {
  const moved = AUDIO_LINES.filter((line) => /^a=(fingerprint|ice-ufrag|ice-pwd|setup)/.test(line));
  assert.equal(
    read(
      sdp(
        [...SESSION_LINES, ...moved],
        AUDIO_LINES.filter((line) => !moved.includes(line)),
      ),
    ).sdp,
    read(BROWSER_OFFER).sdp,
  );
  assert.equal(read(BROWSER_OFFER.replaceAll("\r\n", "\n")).sdp, read(BROWSER_OFFER).sdp);
});

const refusals: readonly (readonly [string, string, OfferFault])[] = [
  ["nothing", "", "offer-version"],
  ["something else", "GET / HTTP/1.1\r\n\r\n", "offer-version"],
  ["too much", BROWSER_OFFER + "a=x\r\n".repeat(MAX_OFFER_BYTES / 5), "offer-size"],
  ["seventeen sections", sdp(SESSION_LINES, AUDIO_LINES, ...Array.from({ length: 16 }, () => VIDEO_LINES)), "offer-media"],
  ["a broken media line", replaced("m=", "m=audio nine UDP/TLS/RTP/SAVPF 111"), "offer-media"],
  ["no audio", sdp(SESSION_LINES, VIDEO_LINES), "offer-audio"],
  ["two microphones", sdp(SESSION_LINES, AUDIO_LINES, AUDIO_LINES), "offer-audio"],
  ["audio that is not encrypted", replaced("m=", "m=audio 9 RTP/AVP 111"), "offer-protocol"],
  ["no Opus", without("a=rtpmap:111"), "offer-opus"],
  ["Opus under a number that was not offered", replaced("m=", "m=audio 9 UDP/TLS/RTP/SAVPF 63"), "offer-opus"],
  ["a listener", replaced("a=sendrecv", "a=recvonly"), "offer-direction"],
  ["two ports", without("a=rtcp-mux"), "offer-mux"],
  ["no ICE password", without("a=ice-pwd"), "offer-ice"],
  ["an ICE password that is too short", replaced("a=ice-pwd", "a=ice-pwd:short"), "offer-ice"],
  ["no fingerprint", without("a=fingerprint"), "offer-fingerprint"],
  ["a SHA-1 fingerprint", replaced("a=fingerprint", `a=fingerprint:sha-1 ${"AA:".repeat(19)}AA`), "offer-fingerprint"],
  ["a peer that wants to be the DTLS client", replaced("a=setup", "a=setup:active"), "offer-setup"],
];
for (const [what, text, code] of refusals) {
  test(`an offer with ${what} is refused by name`, () => {
    const parsed = parseOffer(text);
    assert.equal(parsed.ok ? "taken" : parsed.code, code);
  });
}

test("an offer that was cut, mixed up or mutated never throws, and what is taken is well formed", () => {
  const lines = sdp(SESSION_LINES, AUDIO_LINES, VIDEO_LINES).split("\r\n");
  fc.assert(
    fc.property(
      fc.shuffledSubarray(lines),
      fc.array(fc.tuple(fc.nat(), fc.string({ maxLength: 6, unit: "binary" })), { maxLength: 4 }),
      fc.boolean(),
      (chosen, edits, whole) => {
        let text = `v=0\r\n${(whole ? lines : chosen).join("\r\n")}\r\n`;
        for (const [at, insert] of edits) text = text.slice(0, at % text.length) + insert + text.slice((at % text.length) + insert.length);
        const parsed = parseOffer(text);
        if (parsed.ok) assert.match(parsed.offer.sdp, /^(?:[a-z]=[\x20-\x7e]*\r\n)+$/);
        else assert.ok(parsed.offset >= 0 && parsed.offset <= Math.max(text.length, MAX_OFFER_BYTES));
      },
    ),
    { numRuns: 3_000 },
  );
});
