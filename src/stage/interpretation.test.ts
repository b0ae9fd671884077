import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_MS, FRAME_SAMPLES } from "../core/units.ts";
import { openDecoder, openReturnEncoder } from "./codecs.ts";
import { Interpretation } from "./interpretation.ts";
import { Mixer } from "./mixer.ts";
import { FloorDuck } from "./sound/floor-duck.ts";
import { toneLevel } from "./test-tone.ts";

/** A tone that somebody talks with, or not. */
function voice(hertz: number, amplitude = 0.1) {
  let at = 0;
  return {
    amplitude,
    pull(out: Float32Array) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = this.amplitude * Math.sin((2 * Math.PI * hertz * at++) / 48_000);
    },
  };
}

function ticks(mixer: Mixer, ms: number, each: (frame: Float32Array) => void = () => {}): Float32Array {
  const programme = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < ms; at += FRAME_MS) {
    mixer.tick(programme);
    each(programme);
  }
  return programme;
}

const FLOOR = 400;
const INTERPRETER = 1_000;

test("who listens to the floor never hears an interpreter; who chose the language hears them over a lowered floor", async () => {
  const mixer = await Mixer.open();
  mixer.setLanguages(["de"]);
  const carla = voice(INTERPRETER);
  mixer.add("ada", { source: voice(FLOOR), gain: 1, muted: false });
  mixer.add("carla", { source: carla, gain: 1, muted: false, language: "de" });
  const floor = ticks(mixer, 2_000);
  const german = mixer.interpretation("de")?.mix as Float32Array;
  assert.ok(toneLevel(floor, INTERPRETER) < -80, `${toneLevel(floor, INTERPRETER)} dB of the interpreter on the floor`);
  const apart = toneLevel(german, INTERPRETER) - toneLevel(german, FLOOR);
  assert.ok(Math.abs(apart - 18) < 1, `the floor is ${apart} dB under the interpreter`);
  assert.equal(mixer.interpretation("fr"), undefined, "a language nobody asked for is not mixed");
  mixer.close();
});

test("the floor comes back in full some seconds after the interpreter fell silent, and not between two sentences", async () => {
  const mixer = await Mixer.open();
  mixer.setLanguages(["de"]);
  const carla = voice(INTERPRETER);
  mixer.add("ada", { source: voice(FLOOR), gain: 1, muted: false });
  mixer.add("carla", { source: carla, gain: 1, muted: false, language: "de" });
  ticks(mixer, 2_000);
  carla.amplitude = 0;
  ticks(mixer, 2_500);
  const german = mixer.interpretation("de") as Interpretation;
  assert.equal(german.floorDb, -18, "still lowered after a breath");
  const floor = ticks(mixer, 5_000);
  assert.equal(german.floorDb, 0);
  // The master of each programme brings it to the same loudness.
  assert.ok(toneLevel(german.mix, FLOOR) > toneLevel(floor, FLOOR) - 1);
  mixer.close();
});

test("lowering and raising the floor is never a jump anybody could hear as a click", () => {
  const duck = new FloorDuck();
  const floor = new Float32Array(FRAME_SAMPLES).fill(1);
  let before = 1;
  for (let frame = 0; frame < 500; frame++) {
    const mix = new Float32Array(FRAME_SAMPLES);
    duck.add(floor, mix, frame > 20 && frame < 100);
    for (const value of mix) {
      assert.ok(Math.abs(value - before) < 0.001, `a step of ${value - before} in frame ${frame}`);
      before = value;
    }
  }
  assert.ok(Math.abs(before - 1) < 1e-6);
});

test("an interpreter hears the floor without themselves, and nobody on stage hears them", async () => {
  const mixer = await Mixer.open();
  const decoder = await openDecoder();
  mixer.setLanguages(["de"]);
  const sent: Record<string, Uint8Array[]> = { ada: [], carla: [] };
  for (const [name, hertz, language] of [
    ["ada", FLOOR, undefined],
    ["carla", INTERPRETER, "de"],
  ] as const)
    mixer.add(name, {
      source: voice(hertz, 0.2),
      gain: 1,
      muted: false,
      language,
      feed: { encoder: await openReturnEncoder(), send: (packet) => sent[name]?.push(packet.slice()), lossy: false },
    });
  ticks(mixer, 600);
  const heard = (name: string) => {
    let last = new Float32Array(FRAME_SAMPLES);
    for (const packet of sent[name] ?? []) last = new Float32Array(decoder.decodeFloat(packet));
    return last;
  };
  const byCarla = heard("carla");
  assert.ok(toneLevel(byCarla, FLOOR) > -20 && toneLevel(byCarla, INTERPRETER) < -45, `${toneLevel(byCarla, FLOOR)}, ${toneLevel(byCarla, INTERPRETER)} dB`);
  const byAda = heard("ada");
  assert.ok(toneLevel(byAda, INTERPRETER) < -45 && toneLevel(byAda, FLOOR) < -45, `${toneLevel(byAda, FLOOR)}, ${toneLevel(byAda, INTERPRETER)} dB`);
  decoder.free();
  mixer.close();
});

test("both programmes are in step to the sample: a click on the floor is at the same place in each", () => {
  const german = new Interpretation();
  const floor = new Float32Array(FRAME_SAMPLES);
  floor[100] = 0.5;
  german.begin();
  german.complete(floor);
  const own = floor.slice();
  const plain = new Interpretation();
  plain.master.apply(own);
  const peakOf = (frame: Float32Array) => frame.reduce((best, value, index) => (Math.abs(value) > Math.abs(frame[best] as number) ? index : best), 0);
  assert.equal(peakOf(german.mix), peakOf(own));
});

test("both programmes come out equally loud, whoever talks", async () => {
  const mixer = await Mixer.open();
  mixer.setLanguages(["de"]);
  mixer.add("ada", { source: voice(FLOOR, 0.05), gain: 1, muted: false });
  mixer.add("carla", { source: voice(INTERPRETER, 0.12), gain: 1, muted: false, language: "de" });
  ticks(mixer, 12_000);
  const loudness = mixer.interpretation("de")?.master.loudness.shortTerm ?? Number.NaN;
  assert.ok(Math.abs(loudness + 18) < 0.7, `${loudness} LUFS`);
  mixer.close();
});

test("somebody made an interpreter in the middle of the event leaves the floor and comes back when the task is taken away", async () => {
  const mixer = await Mixer.open();
  mixer.setLanguages(["de"]);
  mixer.add("carla", { source: voice(INTERPRETER), gain: 1, muted: false });
  assert.ok(toneLevel(ticks(mixer, 200), INTERPRETER) > -25);
  mixer.setLanguage("carla", "de");
  assert.ok(toneLevel(ticks(mixer, 200), INTERPRETER) < -80);
  mixer.setLanguage("carla", undefined);
  assert.ok(toneLevel(ticks(mixer, 200), INTERPRETER) > -25);
  mixer.close();
});
