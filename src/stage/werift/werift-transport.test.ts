import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import type { Stage } from "../stage.ts";
import { toneLevel } from "../test-tone.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { openLoopbackStage } from "./test-stage.ts";
import { createWerift } from "./werift-transport.ts";
import { parseOffer } from "../offer.ts";

/** Rounds of 20 ms a test waits for media at most: 10 s, against a busy machine. */
const MAX_ROUNDS = 500;

const openStage = () => openLoopbackStage({ udpPorts: [30_000, 30_040] });

const publish = async (stage: Stage, seat: string, offer: string) =>
  await stage.whip({ method: "POST", session: undefined, ifMatch: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}`, body: offer });

/** Ticks the stage and its speakers until `done` or the limit. */
async function run(stage: Stage, speakers: readonly TestSpeaker[], onTick: (programme: Float32Array) => boolean): Promise<void> {
  const programme = new Float32Array(FRAME_SAMPLES);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const speaker of speakers) speaker.speak();
    stage.tick(programme);
    if (onTick(programme)) return;
    await systemClock.sleep(FRAME_MS);
  }
  assert.fail("the sound did not come within ten seconds");
}

test("two speakers hear each other and not themselves, and the programme has both", async () => {
  const stage = await openStage();
  const [anna, ben] = [await TestSpeaker.open(400), await TestSpeaker.open(1_000)];
  try {
    for (const [seat, speaker] of [
      ["anna", anna],
      ["ben", ben],
    ] as const) {
      const response = await publish(stage, seat, await speaker.offer());
      assert.equal(response.status, 201);
      await speaker.take(response.body);
    }
    const returned = new Float32Array(FRAME_SAMPLES);
    const heard: Float32Array[] = [];
    let programme = new Float32Array(FRAME_SAMPLES);
    await run(stage, [anna, ben], (mixed) => {
      programme = mixed.slice();
      ben.listen(new Float32Array(FRAME_SAMPLES));
      anna.listen(returned);
      heard.push(returned.slice());
      return toneLevel(mixed, 400) > -25 && toneLevel(mixed, 1_000) > -25 && toneLevel(returned, 1_000) > -25 && heard.length > 50;
    });
    assert.ok(toneLevel(programme, 400) > -25 && toneLevel(programme, 1_000) > -25);
    const last = heard.at(-1) as Float32Array;
    assert.ok(toneLevel(last, 1_000) > -25, "Anna hears Ben");
    assert.ok(toneLevel(last, 400) < -45, `Anna does not hear herself: ${toneLevel(last, 400)} dBFS`);
    assert.deepEqual(
      stage.room.seats.map(({ publishing }) => publishing),
      [true, true],
    );
    assert.ok((stage.lines.get("anna")?.packetsReceived ?? 0) > 20);
  } finally {
    await Promise.all([anna.close(), ben.close()]);
    await stage.close();
  }
});

test("an encoder that offers audio and video is taken with its audio alone and gets nothing back", async () => {
  const stage = await openStage();
  const encoder = await TestSpeaker.open(400, { direction: "sendonly" });
  try {
    const response = await publish(stage, "encoder", await encoder.offer(true));
    assert.match(response.body, /\r\nm=video 0 /);
    assert.match(response.body, /\r\na=recvonly\r\n/);
    await encoder.take(response.body);
    await run(stage, [encoder], (programme) => toneLevel(programme, 400) > -25);
    assert.equal(stage.lines.get("encoder")?.packetsSent, 0);
  } finally {
    await encoder.close();
    await stage.close();
  }
});

test("a speaker whose network has only IPv6 is heard", () => hearsByIpv6([30_060, 30_080], false));

test("so are they on a port that speakers share", () => hearsByIpv6([30_081, 30_082], true));

async function hearsByIpv6(udpPorts: readonly [number, number], singlePort: boolean): Promise<void> {
  const transport = createWerift({ udpPorts, singlePort, announce: [], loopback: true, iceTcp: false, log: silentLog });
  const speaker = await TestSpeaker.open(400);
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  let heard = 0;
  const peer = await transport.accept(parsed.offer, { onArrival: () => true, onPacket: () => heard++, onGone: () => {} });
  await speaker.take(peer.answer.replace(/a=candidate:(?!.* ::1 ).*\r\n/g, ""));
  for (let tick = 0; tick < 200 && heard < 10; tick++) {
    speaker.speak();
    await systemClock.sleep(20);
  }
  assert.ok(heard >= 10);
  await speaker.close();
  await peer.close();
}

test("where UDP is blocked the sound comes by TCP", async () => hearsByTcp(await openStage()));

test("so it does by the one port that all speakers share, also of a second who comes by it", async () => {
  const stage = await openLoopbackStage({ udpPorts: [30_041, 30_042], singlePort: true });
  const other = await TestSpeaker.open(1_000, { iceTcp: true });
  const { body } = await publish(stage, "ben", await other.offer());
  await other.take(body.replace(/a=candidate:.* udp .*\r\n/g, ""));
  await run(stage, [other], (programme) => toneLevel(programme, 1_000) > -25);
  await hearsByTcp(stage, other);
  await other.close();
});

async function hearsByTcp(stage: Stage, ...others: readonly TestSpeaker[]): Promise<void> {
  const speaker = await TestSpeaker.open(400, { iceTcp: true });
  try {
    const { body } = await publish(stage, "anna", await speaker.offer());
    await speaker.take(body.replace(/a=candidate:.* udp .*\r\n/g, ""));
    await run(stage, [speaker, ...others], (programme) => toneLevel(programme, 400) > -25);
  } finally {
    await speaker.close();
    await stage.close();
  }
}
