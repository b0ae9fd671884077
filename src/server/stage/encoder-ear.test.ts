import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, RATE, speak } from "../../../test/material/speech.ts";
import { sox, widen } from "../../../test/material/voice-path.ts";
import { systemClock } from "../../core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES, samples } from "../../core/units.ts";
import { type Part, Programme } from "../../programme/mod.ts";
import { Stage } from "../../stage/mod.ts";
import { silentLog } from "../../core/log.ts";
import { EncoderEar } from "./encoder-ear.ts";

const SECONDS = 44;
const TEXT = "She sells six fresh fish sandwiches, just as she said she should. This is the sixth session of the season.";
let folder = "";
let voice: Float32Array;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-ear-"));
  voice = widen(decode(speak(folder, "ada", "en-gb", TEXT, SECONDS))).map((value) => value * 0.5);
});
after(() => rmSync(folder, { recursive: true }));

function openStage(): Promise<Stage> {
  const nothing = () => {};
  return Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: { name: "fake", accept: () => Promise.reject(new Error("nobody comes")) },
    verifyToken: () => ({ ok: false, code: "token-forged" }),
    clock: systemClock,
    log: silentLog,
    phase: () => ({ phase: "live" }),
    onGoLive: nothing,
    onEnd: nothing,
    onChange: nothing,
    onModeration: nothing,
  });
}

/** Sends `encoded` through the real encoder while the mix is `mixed`. */
async function listen(mixed: Float32Array, encoded: Float32Array): Promise<Stage> {
  const stage = await openStage();
  let ear: EncoderEar | undefined;
  const programme = await Programme.open({
    eventId: "event",
    epoch: 1,
    startAt: samples(0),
    resume: { opus: 0, aac: 0, mp3: 0 },
    numberOfChannels: 1,
    publish: (part: Part) => ear?.take(part),
    metadata: () => [],
    clock: systemClock,
    onFault: assert.ifError,
  });
  ear = await EncoderEar.open({ stage, programme, numberOfChannels: 1, clock: systemClock });
  for (let position = 0; position + FRAME_SAMPLES <= SECONDS * RATE; position += FRAME_SAMPLES) {
    stage.programmePath.mix(mixed.subarray(position, position + FRAME_SAMPLES), position);
    programme.push({ timestamp: samples(position), channels: [encoded.slice(position, position + FRAME_SAMPLES)] });
    ear.advance();
    // Parts come out while it waits, and the encoders of the other renditions must not run over.
    do await systemClock.sleep(1);
    while (programme.queueDepth > 40);
  }
  await systemClock.sleep(FRAME_MS);
  await programme.close();
  ear.close();
  return stage;
}

test("our own encoder takes hardly any sharpness off a voice, and the record says so", async () => {
  const stage = await listen(voice, voice);
  const { findings, sibilanceFallDb } = stage.pathRecord.programme;
  assert.ok(sibilanceFallDb !== undefined && Math.abs(sibilanceFallDb) < 1.5, `${sibilanceFallDb} dB`);
  assert.deepEqual([findings, stage.programmePath.now], [[], undefined]);
  await stage.close();
});

test("an encoder that dulls the programme is named as the hop, whoever speaks", async () => {
  const stage = await listen(voice, sox(voice, "treble", "-12", "5000"));
  const [finding] = stage.pathRecord.programme.findings;
  assert.deepEqual([finding?.kind, finding?.hop, finding?.verdict], ["duller", "encoder", "path"]);
  assert.equal(stage.programmePath.now?.hop, "encoder");
  await stage.close();
});

test("blocks an encoder loses are an outage with a start and an end", async () => {
  const stage = await openStage();
  const { programmePath } = stage;
  programmePath.lost(0, 1_000);
  programmePath.lost(10, 3_000);
  programmePath.lost(25, 5_000);
  for (const at of [7_000, 9_000, 11_000]) programmePath.lost(25, at);
  assert.deepEqual(programmePath.record.findings, [{ kind: "outage", hop: "encoder", verdict: "path", value: 0.5, startUnixMs: 3_000, endUnixMs: 5_000 }]);
});
