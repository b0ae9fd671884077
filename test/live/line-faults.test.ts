import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { after, afterEach, before, test } from "node:test";
import { systemClock } from "../../src/core/clock.ts";
import { FRAME_MS } from "../../src/core/units.ts";
import type { Stage } from "../../src/stage/stage.ts";
import { toneLevel } from "../../src/stage/test-tone.ts";
import { guardFigures } from "../../src/stage/werift/ice-guard.ts";
import {
  answer,
  closeChromiumRig,
  closeSpeakers,
  HEARD,
  LISTEN_TICKS,
  OFFER,
  openChromiumRig,
  openSpeaker,
  openStage,
  publish,
  run,
  WAIT_TICKS,
} from "./chromium-rig.ts";
import { TestLine } from "../../src/stage/werift/test-line.ts";

before(openChromiumRig);
after(closeChromiumRig);
afterEach(closeSpeakers);

/** Ticks in which a NAT's new port must be found: a browser asks every 2.5 s whether its line still answers. */
const REBIND_TICKS = 4_000 / FRAME_MS;

/** A Chromium speaker of 440 Hz who came over a line and is heard, on a stage that hums 1,500 Hz. */
async function speakOver(line: TestLine, singlePort = false) {
  const stage = await openStage(singlePort);
  let phase = 0;
  await stage.addHouseSource("house", {
    pull: (out) => {
      for (let index = 0; index < out.length; index++) out[index] = 0.1 * Math.sin((2 * Math.PI * 1_500 * phase++) / 48_000);
    },
  });
  const page = await openSpeaker(440);
  await page.evaluate(answer(await line.through(await publish(stage, "ada", (await page.evaluate(OFFER)) as string))));
  assert.ok(await run(stage, WAIT_TICKS, isHeard), "the sound came");
  return { stage, page };
}

const isHeard = (programme: Float32Array) => toneLevel(programme, 440) > -25;

/** Frames of a stretch in which the speaker is missing. */
async function holes(stage: Stage, ticks: number): Promise<number> {
  let count = 0;
  await run(stage, ticks, (programme) => {
    if (toneLevel(programme, 440) < -30) count++;
    return false;
  });
  return count;
}

test("over a line of 150 ms with 40 ms of unrest, where packets overtake each other, a speaker is heard without holes", async () => {
  const line = new TestLine(() => false, { delayMs: () => 150 + 40 * Math.random() });
  const { stage } = await speakOver(line);
  // Until the buffer has found its depth.
  await run(stage, LISTEN_TICKS / 2, () => false);
  const missing = await holes(stage, LISTEN_TICKS);
  const figures = stage.lines.get("ada");
  assert.ok(missing < LISTEN_TICKS / 20, `${missing} of ${LISTEN_TICKS} frames: ${JSON.stringify(figures)}`);
  await stage.close();
  line.close();
});

test("a line that is cut for six seconds and comes back: the speaker is heard again on the same connection", async () => {
  let cut = false;
  const line = new TestLine(() => cut);
  const { stage, page } = await speakOver(line);
  cut = true;
  await run(stage, 6_000 / FRAME_MS, () => false);
  assert.equal(stage.room.seats[0]?.publishing, false, "meanwhile they count as reconnecting");
  cut = false;
  assert.ok(await run(stage, WAIT_TICKS, isHeard), "the sound is back");
  assert.equal(stage.room.seats[0]?.publishing, true);
  assert.equal(await page.evaluate("connection.connectionState"), "connected");
  await stage.close();
  line.close();
});

test("a NAT that gives the speaker another port in the middle of a sentence: heard and hearing again by themselves, without a new exchange", () =>
  followsNat(false));

test("so are they where all speakers come by one port", () => followsNat(true));

async function followsNat(singlePort: boolean): Promise<void> {
  const line = new TestLine(() => false);
  const { stage, page } = await speakOver(line, singlePort);
  const packets = () => stage.lines.get("ada")?.packetsReceived ?? 0;
  await line.rebind();
  const before = packets();
  await run(stage, 10, () => false);
  assert.ok(await run(stage, REBIND_TICKS, () => packets() > before + 50), "sound comes from the new port");
  assert.ok((await holes(stage, LISTEN_TICKS / 2)) < LISTEN_TICKS / 20);
  const heard = page.evaluate(HEARD(1_500));
  await run(stage, 20, () => false);
  assert.ok(((await heard) as number) > -60, `and the speaker hears the stage: ${String(await heard)}`);
  await stage.close();
  line.close();
}

test("packets recorded on the way and sent again from the speaker's own address are not heard, and push nothing out", async () => {
  const line = new TestLine(() => false);
  line.recorded = [];
  const { stage } = await speakOver(line);
  await run(stage, 100, () => false);
  // Media only: their first byte is 128 to 191. @spec RFC 7983
  const recorded = line.recorded.filter((datagram) => (datagram[0] as number) >= 128 && (datagram[0] as number) <= 191);
  line.recorded = undefined;
  assert.ok(recorded.length > 100, `${recorded.length} recorded`);
  const [received, refused] = [stage.lines.get("ada")?.packetsReceived ?? 0, guardFigures.replayedPackets];
  let sent = 0;
  let missing = 0;
  // Ten for each of the speaker's own: many times the budget of a seat, were they counted.
  await run(stage, LISTEN_TICKS / 2, (programme) => {
    for (let count = 0; count < 10; count++) line.replay(recorded[sent++ % recorded.length] as Buffer);
    if (toneLevel(programme, 440) < -30) missing++;
    return false;
  });
  const figures = stage.lines.get("ada");
  assert.ok((figures?.packetsReceived ?? 0) - received < LISTEN_TICKS, `${(figures?.packetsReceived ?? 0) - received} packets in ${LISTEN_TICKS / 2} frames`);
  assert.ok(guardFigures.replayedPackets - refused > sent / 2, `${guardFigures.replayedPackets - refused} of ${sent} refused`);
  assert.equal(figures?.overBudget, 0);
  assert.ok(missing < LISTEN_TICKS / 20, `${missing} frames without the speaker`);
  await stage.close();
  line.close();
});

test("a stranger's ClientHello that comes before the speaker's gets no answer, and the speaker is heard", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  const told = await publish(stage, "ada", (await page.evaluate(OFFER)) as string);
  // The stage calls and is never called: no ClientHello opens anything here, not even a speaker's.
  assert.match(told, /a=setup:active/);
  const port = Number(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/i.exec(told)?.[1]);
  const stranger = createSocket("udp4");
  let answers = 0;
  stranger.on("message", () => answers++);
  const before = guardFigures.strayDatagrams;
  const race = setInterval(() => stranger.send(clientHello(), port, "127.0.0.1"), 2);
  try {
    await systemClock.sleep(200);
    await page.evaluate(answer(told));
    assert.ok(await run(stage, WAIT_TICKS, isHeard), "the speaker is heard");
    assert.ok(guardFigures.strayDatagrams - before > 50, `${guardFigures.strayDatagrams - before} dropped`);
    assert.equal(answers, 0);
  } finally {
    clearInterval(race);
    stranger.close();
    await stage.close();
  }
});

/** A whole ClientHello of DTLS 1.2 with one suite, as an attacker sends it. @spec RFC 6347 §4.2.1 */
function clientHello(): Buffer {
  const body = Buffer.concat([Buffer.from([0xfe, 0xfd]), randomBytes(32), Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0])]);
  const length = Buffer.from([0, body.length >> 8, body.length & 255]);
  const handshake = Buffer.concat([Buffer.from([1]), length, Buffer.from([0, 0, 0, 0, 0]), length, body]);
  const header = Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length >> 8, handshake.length & 255]);
  return Buffer.concat([header, handshake]);
}
