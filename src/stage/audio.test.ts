import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FRAME_SAMPLES } from "../core/units.ts";
import { heal, shape, softClip } from "./audio.ts";

const filled = (value: number) => new Float32Array(FRAME_SAMPLES).fill(value);
const greatestStep = (frame: Float32Array) =>
  frame.reduce((most, value, index) => Math.max(most, index === 0 ? 0 : Math.abs(value - (frame[index - 1] as number))), 0);

test("whatever thirteen people shout, a return feed stays within full scale and keeps its sound below it", () => {
  fc.assert(
    fc.property(fc.double({ min: -13, max: 13, noNaN: true }), (peak) => {
      const frame = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => peak * Math.sin(index / 7));
      const before = frame.slice();
      softClip(frame);
      assert.ok(frame.every((value, index) => Math.abs(value) <= 1 && (Math.abs(before[index] as number) > 0.891 || value === before[index])));
    }),
  );
});

test("muting takes ten milliseconds and makes no step", () => {
  const frame = filled(0.5);
  shape(frame, 1, 0);
  assert.ok(greatestStep(frame) < 0.002);
  assert.equal(frame[479], 0);
  assert.equal(frame[FRAME_SAMPLES - 1], 0);
});

test("a decoder that gives no number or an endless one cannot spoil the mix", () => {
  const frame = filled(Number.NaN);
  frame[1] = Number.POSITIVE_INFINITY;
  frame[2] = -1e30;
  heal(frame);
  assert.deepEqual([...frame.subarray(0, 4)], [0, 1, -1, 0]);
});
