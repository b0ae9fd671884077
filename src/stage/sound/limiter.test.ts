import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { Limiter, LIMITER_DELAY } from "./limiter.ts";
import { TruePeakMeter } from "./true-peak.ts";

function limit(signal: Float32Array): Float32Array {
  const limiter = new Limiter();
  const out = signal.slice();
  for (let at = 0; at + FRAME_SAMPLES <= out.length; at += FRAME_SAMPLES) limiter.apply(out.subarray(at, at + FRAME_SAMPLES));
  return out;
}

const truePeakDb = (signal: Float32Array) => {
  const meter = new TruePeakMeter();
  meter.push(signal);
  return 20 * Math.log10(meter.highest);
};

test("whatever is shouted, no true peak of the programme is above -1 dBTP", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ amplitude: fc.double({ min: 0, max: 13, noNaN: true }), hertz: fc.integer({ min: 30, max: 16_000 }) }), {
        minLength: 2,
        maxLength: 12,
      }),
      (bursts) => {
        const signal = new Float32Array(bursts.length * 2 * FRAME_SAMPLES);
        for (let index = 0; index < signal.length; index++) {
          const { amplitude, hertz } = bursts[Math.floor(index / (2 * FRAME_SAMPLES))] as (typeof bursts)[number];
          signal[index] = amplitude * Math.sin((2 * Math.PI * hertz * index) / 48_000 + 0.7);
        }
        const peak = truePeakDb(limit(signal));
        assert.ok(peak <= -1, `${peak} dBTP`);
      },
    ),
    { numRuns: 200 },
  );
});

test("what is not too loud comes out as it went in, 1.75 ms later", () => {
  const signal = Float32Array.from({ length: 4_800 }, (_, index) => 0.5 * Math.sin(index / 20));
  const out = limit(signal);
  for (let index = LIMITER_DELAY; index < out.length; index++) assert.ok(Math.abs((out[index] as number) - (signal[index - LIMITER_DELAY] as number)) < 1e-6);
});

test("the gain falls without a click and is back within a second", () => {
  const signal = new Float32Array(48_000).fill(0.5);
  signal.fill(2, 9_600, 9_696);
  const out = limit(signal);
  for (let index = 9_600 - 200; index < 9_600 + LIMITER_DELAY - 1; index++) {
    const step = Math.abs((out[index + 1] as number) - (out[index] as number));
    assert.ok(step < 0.02, `step of ${step} at ${index}`);
  }
  assert.ok((out[47_000] as number) > 0.495);
});

test("no number is ever lost to infinity", () => {
  const out = limit(new Float32Array(4_800).fill(1e6));
  assert.ok(out.every((value) => Number.isFinite(value) && Math.abs(value) <= 1));
});
