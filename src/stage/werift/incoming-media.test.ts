import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { parseOffer } from "../offer.ts";
import { guardFigures } from "./ice-guard.ts";
import { TestLine } from "./test-line.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { createWerift } from "./werift-transport.ts";

const isVoice = (datagram: Buffer) => (datagram[0] ?? 0) >> 6 === 2 && ((datagram[1] ?? 0) < 192 || (datagram[1] ?? 0) > 223);

test("a voice comes whole, each packet once; recorded packets that are played again and changed ones are refused and counted", async () => {
  const speaker = await TestSpeaker.open(400);
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  const heard: number[] = [];
  const payloads: number[] = [];
  const transport = createWerift({ udpPorts: [30_560, 30_590], announce: [], loopback: true, iceTcp: false, log: silentLog });
  const peer = await transport.accept(parsed.offer, {
    onArrival: () => true,
    onPacket: (sequenceNumber, _, payload) => {
      heard.push(sequenceNumber);
      payloads.push(payload.length);
    },
    onGone: () => {},
  });
  const recorded: Buffer[] = [];
  const line = new TestLine((way, datagram) => {
    if (way === "to-stage" && isVoice(datagram)) recorded.push(Buffer.from(datagram));
    return false;
  });
  await speaker.take(await line.through(peer.answer));
  for (let count = 0; count < 500 && heard.length < 50; count++) {
    speaker.speak();
    await systemClock.sleep(10);
  }
  assert.ok(heard.length >= 50, `${heard.length} packets heard`);
  const before = { ...guardFigures };
  const counted = () => guardFigures.replayedPackets - before.replayedPackets + guardFigures.refusedPackets - before.refusedPackets;
  const played = recorded.slice(-40);
  for (const datagram of played) {
    await speaker.sendRaw(datagram);
    const changed = Buffer.from(datagram);
    changed.writeUInt16BE((datagram.readUInt16BE(2) + 500) % 65_536, 2);
    await speaker.sendRaw(changed);
  }
  for (let count = 0; count < 200 && counted() < 2 * played.length; count++) await systemClock.sleep(10);
  assert.equal(guardFigures.replayedPackets - before.replayedPackets, played.length);
  assert.equal(guardFigures.refusedPackets - before.refusedPackets, played.length);
  assert.equal(new Set(heard).size, heard.length);
  const next = heard.length;
  for (let count = 0; count < 200 && heard.length < next + 5; count++) {
    speaker.speak();
    await systemClock.sleep(10);
  }
  assert.ok(heard.length >= next + 5, "the voice goes on after all that");
  assert.ok(payloads.every((bytes) => bytes > 10));
  assert.equal(peer.stats.packetsReceived, heard.length);
  await speaker.close();
  await peer.close();
  line.close();
});
