import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { Limiter } from "./limiter.ts";
import { LoudnessMeter } from "./loudness.ts";
import { PhaseRotator } from "./phase-rotator.ts";

function through(signal: Float32Array): Float32Array {
  const out = signal.slice();
  const rotator = new PhaseRotator();
  for (let at = 0; at < out.length; at += FRAME_SAMPLES) rotator.apply(out.subarray(at, at + FRAME_SAMPLES));
  return out;
}

const energy = (signal: Float32Array) => signal.reduce((sum, value) => sum + value * value, 0);
const highest = (signal: Float32Array) => signal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Two seconds of a voice's pulses: every harmonic of its pitch up to 4 kHz peaks at once, falling by 6 dB per octave. */
function pulses(hertz: number): Float32Array {
  return Float32Array.from({ length: 2 * SAMPLE_RATE }, (_, index) => {
    let sum = 0;
    for (let harmonic = 1; harmonic * hertz < 4_000; harmonic++) sum += Math.cos((2 * Math.PI * harmonic * hertz * index) / SAMPLE_RATE) / harmonic;
    return 0.2 * sum;
  });
}

test("every tone comes out as strong as it went in", () => {
  for (const hertz of [20, 80, 150, 200, 315, 420, 1_000, 4_000, 9_000, 16_000]) {
    const tone = Float32Array.from({ length: 2 * SAMPLE_RATE }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / SAMPLE_RATE));
    const [before, after] = [tone, through(tone)].map((signal) => energy(signal.subarray(SAMPLE_RATE))) as [number, number];
    const change = 10 * Math.log10(after / before);
    assert.ok(Math.abs(change) < 0.01, `${hertz} Hz: ${change} dB`);
  }
});

test("the peaks of deep and high voices lose three decibels and more, their loudness stays", () => {
  for (const hertz of [90, 120, 160, 220]) {
    const voice = pulses(hertz);
    const rotated = through(voice);
    const lower = 20 * Math.log10(highest(voice.subarray(SAMPLE_RATE)) / highest(rotated.subarray(SAMPLE_RATE)));
    assert.ok(lower >= 3, `${hertz} Hz: peaks ${lower} dB lower`);
    const [before, after] = [voice, rotated].map((signal) => {
      const meter = new LoudnessMeter();
      meter.push(signal);
      return meter.integrated;
    }) as [number, number];
    assert.ok(Math.abs(after - before) < 0.05, `${hertz} Hz: ${after - before} LU`);
  }
});

test("the limiter takes less from a voice whose phase was turned", () => {
  const loud = pulses(110).map((value) => 2 * value);
  const kept = (signal: Float32Array) => {
    const out = signal.slice();
    const limiter = new Limiter();
    for (let at = 0; at < out.length; at += FRAME_SAMPLES) limiter.apply(out.subarray(at, at + FRAME_SAMPLES));
    return 10 * Math.log10(energy(out) / energy(signal));
  };
  const [plain, rotated] = [kept(loud), kept(through(loud))];
  assert.ok(rotated - plain >= 2, `${plain} dB without, ${rotated} dB with it`);
});

test("silence after sound ends in true silence", () => {
  const rotator = new PhaseRotator();
  rotator.apply(new Float32Array(FRAME_SAMPLES).fill(0.5));
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let count = 0; count < 100; count++) {
    frame.fill(0);
    rotator.apply(frame);
  }
  assert.equal(highest(frame), 0);
});
