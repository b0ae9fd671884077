import assert from "node:assert/strict";
import { test } from "node:test";
import { composeAnswer, countCandidates } from "./answer.ts";
import { parseOffer } from "./offer.ts";
import { AUDIO_LINES, SESSION_LINES, sdp, VIDEO_LINES } from "./test-offers.ts";

const ANSWER = sdp(
  ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0"],
  [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=candidate:a 1 udp 2116026367 127.0.0.1 40000 typ host generation 0",
    "a=candidate:b 1 udp 2116026367 10.0.0.5 40001 typ host generation 0",
    "a=candidate:c 1 udp 2116026367 fd00::2 40002 typ host generation 0",
    "a=candidate:d 1 udp 2116026367 fe80::1 40003 typ host generation 0",
    "a=candidate:e 1 udp 2116026367 169.254.1.1 40004 typ host generation 0",
    "a=candidate:f 1 tcp 1772093439 10.0.0.5 40001 typ host tcptype passive generation 0",
    "a=candidate:g 1 tcp 1776287743 10.0.0.5 9 typ host tcptype active generation 0",
    "a=end-of-candidates",
    "a=ice-options:trickle",
    "a=setup:active",
  ],
);

function compose(offerText: string, addresses: { announce?: string[]; loopback?: boolean } = {}): string {
  const parsed = parseOffer(offerText);
  assert.ok(parsed.ok);
  return composeAnswer(ANSWER, parsed.offer, { announce: [], loopback: false, ...addresses });
}
const addressesOf = (answer: string) =>
  [...answer.matchAll(/a=candidate:\S+ 1 (\w+) \d+ (\S+) (\d+)/g)].map(([, transport, address, port]) => `${transport} ${address} ${port}`);

test("an answer tells no loopback and no link-local address, and none that has us dial out", () => {
  assert.deepEqual(addressesOf(compose(sdp(SESSION_LINES, AUDIO_LINES))), ["udp 10.0.0.5 40001", "udp fd00::2 40002", "tcp 10.0.0.5 40001"]);
});

test("behind a NAT the announced address stands in place of the machine's own, port by port", () => {
  const answer = compose(sdp(SESSION_LINES, AUDIO_LINES), { announce: ["203.0.113.9"] });
  assert.deepEqual(addressesOf(answer), ["udp 203.0.113.9 40001", "tcp 203.0.113.9 40001"]);
});

test("on one machine without a network the loopback address can be asked for", () => {
  assert.ok(addressesOf(compose(sdp(SESSION_LINES, AUDIO_LINES), { loopback: true })).includes("udp 127.0.0.1 40000"));
});

test("every section of the offer is answered in its place, only the audio is taken", () => {
  const answer = compose(sdp(SESSION_LINES, VIDEO_LINES, AUDIO_LINES));
  assert.deepEqual(answer.match(/^m=.*$/gm), ["m=video 0 UDP/TLS/RTP/SAVPF 96 97", "m=audio 9 UDP/TLS/RTP/SAVPF 111"]);
  assert.match(answer, /^a=group:BUNDLE 0\r$/m);
  assert.match(answer, /m=video[\s\S]*a=inactive\r\na=mid:1\r\nm=audio/);
  assert.equal(countCandidates(answer), 3);
});

test("who offers no bundle and no mid is answered without", () => {
  const plain = (lines: readonly string[]) => lines.filter((line) => !/^a=(group|mid)/.test(line));
  assert.doesNotMatch(compose(sdp(plain(SESSION_LINES), plain(AUDIO_LINES))), /a=group|a=mid/);
});
