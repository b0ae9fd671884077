import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnswerAddresses, composeAnswer, countCandidates } from "./answer.ts";
import { parseOffer } from "./offer.ts";
import { AUDIO_LINES, SESSION_LINES, sdp, VIDEO_LINES } from "./test-offers.ts";

const ANSWER = sdp(
  ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0"],
  [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=candidate:b 1 udp 2116026367 10.0.0.5 40001 typ host generation 0",
    "a=candidate:c 1 udp 2116026367 fd00::2 40002 typ host generation 0",
    "a=candidate:f 1 tcp 1772093439 10.0.0.5 40001 typ host tcptype passive generation 0",
    "a=candidate:g 1 tcp 1776287743 10.0.0.5 9 typ host tcptype active generation 0",
    "a=end-of-candidates",
    "a=ice-options:trickle",
    "a=setup:active",
  ],
);

const HOSTS = { v4: ["10.0.0.5"], v6: ["fd00::2"] };

function compose(offerText: string, addresses: Partial<AnswerAddresses> = {}): string {
  const parsed = parseOffer(offerText);
  assert.ok(parsed.ok);
  return composeAnswer(ANSWER, parsed.offer, { announce: [], hosts: HOSTS, ...addresses });
}
const addressesOf = (answer: string) =>
  [...answer.matchAll(/a=candidate:\S+ 1 (\w+) \d+ (\S+) (\d+)/g)].map(([, transport, address, port]) => `${transport} ${address} ${port}`);

test("an answer names no candidate that has us dial out", () => {
  assert.deepEqual(addressesOf(compose(sdp(SESSION_LINES, AUDIO_LINES))), ["udp 10.0.0.5 40001", "udp fd00::2 40002", "tcp 10.0.0.5 40001"]);
});

test("behind a NAT the announced address stands in place of the machine's own, port by port", () => {
  const answer = compose(sdp(SESSION_LINES, AUDIO_LINES), { announce: ["203.0.113.9"] });
  assert.deepEqual(addressesOf(answer), ["udp 203.0.113.9 40001", "udp fd00::2 40002", "tcp 203.0.113.9 40001"]);
});

test("an announced address says nothing about the other family: a speaker with IPv6 alone still finds the stage", () => {
  const of = (announce: string[]) => addressesOf(compose(sdp(SESSION_LINES, AUDIO_LINES), { announce })).filter((line) => line.startsWith("udp"));
  assert.deepEqual(of(["203.0.113.9"]), ["udp 203.0.113.9 40001", "udp fd00::2 40002"]);
  assert.deepEqual(of(["2001:db8::9"]), ["udp 10.0.0.5 40001", "udp 2001:db8::9 40002"]);
  assert.deepEqual(of(["203.0.113.9", "2001:db8::9"]), ["udp 203.0.113.9 40001", "udp 2001:db8::9 40002"]);
});

test("one socket is told with every address of its family, the first ones preferred", () => {
  const answer = compose(sdp(SESSION_LINES, AUDIO_LINES), { hosts: { v4: ["10.0.0.5", "10.1.0.5", "127.0.0.1"], v6: [] } });
  assert.deepEqual(
    addressesOf(answer).filter((line) => line.startsWith("udp")),
    ["udp 10.0.0.5 40001", "udp 10.1.0.5 40001", "udp 127.0.0.1 40001"],
  );
  const [foundations, priorities] = [/a=candidate:(\S+) 1 udp/g, / 1 udp (\d+)/g].map((pattern) => [...answer.matchAll(pattern)].map(([, value]) => value));
  assert.equal(new Set(foundations).size, 3);
  assert.deepEqual(priorities, ["2116026367", "2116026111", "2116025855"]);
});

test("a loopback address stays beside announced ones", () => {
  const answer = compose(sdp(SESSION_LINES, AUDIO_LINES), { announce: ["203.0.113.9"], hosts: { v4: ["10.0.0.5", "127.0.0.1"], v6: [] } });
  assert.deepEqual(
    addressesOf(answer).filter((line) => line.startsWith("udp")),
    ["udp 203.0.113.9 40001", "udp 127.0.0.1 40001"],
  );
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

test("who would rather send packets with copies is told that they are taken", () => {
  const offerText = sdp(
    SESSION_LINES,
    AUDIO_LINES.map((line) => (line.startsWith("m=") ? "m=audio 9 UDP/TLS/RTP/SAVPF 63 111" : line)),
    ["a=fmtp:63 111/111"],
  );
  const parsed = parseOffer(offerText);
  assert.ok(parsed.ok);
  const component = ANSWER.replace("SAVPF 111\r\n", "SAVPF 111 63\r\na=rtpmap:63 opus/48000/2\r\na=fmtp:63 useinbandfec=0\r\na=rtcp-fb:63 nack\r\n");
  const answer = composeAnswer(component, parsed.offer, { announce: [], hosts: HOSTS });
  assert.match(answer, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 63 111\r$/m);
  assert.deepEqual(answer.match(/^a=(?:rtpmap|fmtp|rtcp-fb):63 .*(?=\r$)/gm), ["a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"]);
  assert.match(answer, /^a=fmtp:111 .*useinbandfec=0/m, "whole copies make coarse ones needless");
});

test("a browser is asked for fullband speech: unasked, it would send half the bits", () => {
  assert.match(compose(sdp(SESSION_LINES, AUDIO_LINES)), /^a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=64000\r$/m);
});
