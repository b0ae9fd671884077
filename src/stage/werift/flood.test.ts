import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { StepClock } from "../../core/step-clock.ts";
import { guardFigures } from "./ice-guard.ts";
import { TestLine } from "./test-line.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { openLoopbackStage } from "./test-stage.ts";
import { lookUp } from "./udp-ports.ts";

/** Frames of the evening: three seconds. */
const FRAMES = 150;
/** What the guest sends with each frame: of her voice ten times what is due, and of each kind of junk fifty. */
const VOICE_PER_FRAME = 10;
const JUNK_PER_FRAME = 50;
/** Strangers, and what they send to the door with each frame: several times what a socket's queue holds. */
const STRANGERS = 20;
const STRANGE_PER_FRAME = 1_000;
/** Budget of one peer for as long as the evening lasts. Packets: what may come at once, and 200 a second. */
const MEDIA_BUDGET = 400 + (FRAMES * FRAME_MS * 200) / 1_000;
/** How long something is waited for. Rounds of 1 ms at least; against a busy machine. */
const MAX_ROUNDS = 10_000;

async function until(done: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS && !done(); round++) await systemClock.sleep(1);
  assert.ok(done(), what);
}

/** Ada talks frame by frame while a muted guest is quiet, or floods the stage from her own validated pair; or strangers flood the port that both are on. */
async function evening(udpPorts: readonly [number, number], floods: "nobody" | "guest" | "strangers", singlePort = false) {
  const clock = new StepClock();
  const stage = await openLoopbackStage({ udpPorts, singlePort, iceTcp: false, clock });
  const strangers = Array.from({ length: STRANGERS }, () => createSocket({ type: "udp4", lookup: lookUp }).bind(0, "127.0.0.1"));
  let port = 0;
  const line = new TestLine(() => false);
  line.recorded = [];
  const [ada, eve] = [await TestSpeaker.open(400), await TestSpeaker.open(1_000)];
  const page = stage.room.join(
    () => {},
    () => {},
  );
  page.receive(JSON.stringify({ type: "hello", token: "eve" }));
  page.receive(JSON.stringify({ type: "mute", muted: true }));
  for (const [seat, speaker] of [["ada", ada] as const, ["eve", eve] as const]) {
    const request = { method: "POST", session: undefined, ifMatch: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}` };
    const { body } = await stage.whip({ ...request, body: await speaker.offer() });
    port = Number(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/.exec(body)?.[1]);
    await speaker.take(seat === "eve" ? await line.through(body) : body);
  }
  try {
    await until(() => ada.state === "connected" && eve.state === "connected", "both are connected");
    const received = (seat: string) => stage.lines.get(seat)?.packetsReceived ?? 0;
    eve.speak();
    await until(() => received("eve") > 0, "the guest's sound comes");

    const before = { ...guardFigures };
    const checks = line.recorded.filter((datagram) => datagram[0] === 0 && datagram[1] === 1);
    assert.ok(checks.length > 0);
    const ssrc = line.recorded.findLast((datagram) => (datagram[0] ?? 0) >> 6 === 2)?.readUInt32BE(8) ?? 0;
    let sequenceNumber = 0;
    const media = () => {
      const packet = Buffer.alloc(120, 7);
      packet.set([0x80, 96]);
      packet.writeUInt16BE(sequenceNumber++ % 65_536, 2);
      packet.writeUInt32BE(ssrc, 8);
      return packet;
    };
    const flood = () => {
      for (let count = 0; count < VOICE_PER_FRAME; count++) eve.speak();
      for (let count = 0; count < JUNK_PER_FRAME; count++) {
        line.replay(media());
        line.replay(Buffer.from([0x80, 200, 0, 6, ...Array.from({ length: 60 }, (_, index) => index)]));
        line.replay(checks[count % checks.length] as Buffer);
        line.replay(Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, () => count)]));
      }
    };

    const crowd = () => {
      const forged = Buffer.from(checks[0] as Buffer);
      forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
      for (let count = 0; count < STRANGE_PER_FRAME; count++) strangers[count % STRANGERS]?.send(count % 2 === 0 ? media() : forged, port, "127.0.0.1");
    };

    const heard: Float32Array[] = [];
    const lines: unknown[] = [];
    for (let frame = 1; frame <= FRAMES; frame++) {
      if (floods === "guest") {
        flood();
        await systemClock.sleep(1);
      }
      // Her packet finds the queue of the door full.
      if (floods === "strangers") crowd();
      ada.speak();
      await until(() => received("ada") >= frame, `packet ${frame} arrived`);
      await clock.advance(FRAME_MS);
      const programme = new Float32Array(FRAME_SAMPLES);
      stage.tick(programme);
      heard.push(programme);
      const { late, lost, dropped, underruns, concealed } = stage.lines.get("ada") ?? {};
      lines.push([stage.level("ada"), late, lost, dropped, underruns, concealed]);
    }
    const overBudget = stage.lines.get("eve")?.overBudget ?? 0;
    const opened = guardFigures.refusedPackets + guardFigures.replayedPackets - before.refusedPackets - before.replayedPackets + received("eve");
    const unauthenticated = guardFigures.unauthenticatedRequests - before.unauthenticatedRequests;
    const strays = guardFigures.strayDatagrams - before.strayDatagrams;
    return { heard, lines, overBudget, opened, unauthenticated, strays };
  } finally {
    await Promise.all([ada.close(), eve.close()]);
    line.close();
    for (const stranger of strangers) stranger.close();
    await stage.close();
  }
}

async function guestFloods(udpPorts: readonly [number, number], singlePort: boolean): Promise<void> {
  const quiet = await evening(udpPorts, "nobody", singlePort);
  const flooded = await evening(udpPorts, "guest", singlePort);
  assert.ok(
    quiet.heard.at(-1)?.some((sample) => Math.abs(sample) > 0.01),
    "Ada is heard",
  );
  assert.deepEqual(flooded.lines, quiet.lines);
  assert.deepEqual(flooded.heard, quiet.heard);
  assert.equal(quiet.overBudget, 0);
  assert.ok(flooded.unauthenticated > FRAMES, `${flooded.unauthenticated} checks without proof`);
  // The system itself drops what its buffers cannot hold: how much arrives is the machine's affair.
  assert.ok(flooded.overBudget > FRAMES, `${flooded.overBudget} packets over budget`);
  assert.ok(flooded.opened <= MEDIA_BUDGET, `${flooded.opened} packets cost more than a look at their budget`);
}

test("a guest who floods with sound, control packets and checks from her own connection leaves the others' frames as they were, to the last bit", () =>
  guestFloods([30_640, 30_670], false));

test("so does one who shares her port with them", () => guestFloods([30_671, 30_672], true));

test("strangers who flood the port that all speakers share leave everybody's frames as they were, to the last bit", async () => {
  const quiet = await evening([30_673, 30_674], "nobody", true);
  const flooded = await evening([30_673, 30_674], "strangers", true);
  assert.deepEqual(flooded.lines, quiet.lines);
  assert.deepEqual(flooded.heard, quiet.heard);
  assert.ok(flooded.strays > FRAMES && flooded.unauthenticated > FRAMES, `${flooded.strays} stray datagrams, ${flooded.unauthenticated} checks without proof`);
});
