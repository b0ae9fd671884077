import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, level, speak } from "../../../test/material/speech.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { NoiseSuppressor } from "./noise-suppressor.ts";
import { NoiseSwitch } from "./noise-switch.ts";

/** Sound by which the network is late. Samples; 10 ms, half of its overlapping windows. */
const DELAY = 480;

let folder = "";
let voice: Float32Array;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-noise-"));
  voice = decode(speak(folder, "voice", "en-gb", "Good evening and welcome. Tonight we talk about sound that arrives on time.", 6));
});
after(() => rmSync(folder, { recursive: true }));

/** A fan: noise that falls off towards the treble, the same in every run. */
function fan(length: number, amplitude: number): Float32Array {
  let [random, low] = [1, 0];
  return Float32Array.from({ length }, () => {
    random = (random * 48_271) % 2_147_483_647;
    low += 0.1 * (random / 1_073_741_823.5 - 1 - low);
    return amplitude * low;
  });
}

async function suppressed(signal: Float32Array): Promise<Float32Array> {
  const suppressor = await NoiseSuppressor.open();
  const out = signal.slice();
  for (let at = 0; at + FRAME_SAMPLES <= out.length; at += FRAME_SAMPLES) suppressor.process(out.subarray(at, at + FRAME_SAMPLES));
  suppressor.close();
  return out;
}

test("a fan alone is at least 15 dB quieter after a second", async () => {
  const noise = fan(4 * SAMPLE_RATE, 0.1);
  const out = await suppressed(noise);
  const taken = level(noise.subarray(2 * SAMPLE_RATE)) - level(out.subarray(2 * SAMPLE_RATE));
  assert.ok(taken >= 15, `${taken} dB`);
});

test("a voice over a fan keeps its level and comes out nearer to itself than it went in", async () => {
  const noise = fan(voice.length, 0.4);
  const out = await suppressed(voice.map((value, index) => value + (noise[index] as number)));
  const [from, to] = [SAMPLE_RATE, 5 * SAMPLE_RATE];
  const clean = voice.subarray(from, to);
  const kept = out.subarray(from + DELAY, to + DELAY);
  assert.ok(Math.abs(level(kept) - level(clean)) < 1, `${level(kept) - level(clean)} dB`);
  const rest = level(kept.map((value, index) => value - (clean[index] as number)));
  assert.ok(rest < level(noise.subarray(from, to)) - 4, `${rest} dBFS of error against ${level(noise.subarray(from, to))} dBFS of noise`);
});

test("two voices do not share a memory", async () => {
  const [one, other] = [await NoiseSuppressor.open(), await NoiseSuppressor.open()];
  const silence = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at + FRAME_SAMPLES <= voice.length; at += FRAME_SAMPLES) {
    one.process(voice.slice(at, at + FRAME_SAMPLES));
    silence.fill(0);
    other.process(silence);
    assert.ok(silence.every((value) => value === 0));
  }
  one.close();
  other.close();
});

test("a host who turns it on and off again is heard to do neither: no click, and off is the voice as it came", async () => {
  const noiseSwitch = new NoiseSwitch();
  const tone = Float32Array.from({ length: 60 * FRAME_SAMPLES }, (_, index) => 0.3 * Math.sin((2 * Math.PI * 200 * index) / SAMPLE_RATE));
  const out = tone.slice();
  for (let frame = 0; frame < 60; frame++) {
    if (frame === 20 || frame === 40) await noiseSwitch.set(frame === 20);
    noiseSwitch.process(out.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
  }
  let steepest = 0;
  for (let index = 1; index < out.length; index++) steepest = Math.max(steepest, Math.abs((out[index] as number) - (out[index - 1] as number)));
  assert.ok(steepest < 2 * 0.3 * ((2 * Math.PI * 200) / SAMPLE_RATE), `a step of ${steepest}`);
  assert.deepEqual(out.subarray(0, 20 * FRAME_SAMPLES), tone.subarray(0, 20 * FRAME_SAMPLES));
  assert.deepEqual(out.subarray(41 * FRAME_SAMPLES), tone.subarray(41 * FRAME_SAMPLES));
  assert.notDeepEqual(out.subarray(30 * FRAME_SAMPLES, 31 * FRAME_SAMPLES), tone.subarray(30 * FRAME_SAMPLES, 31 * FRAME_SAMPLES));
});
