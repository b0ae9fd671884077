import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FRAME_SAMPLES } from "../core/units.ts";
import { Limiter, shape } from "./audio.ts";

const filled = (value: number) => new Float32Array(FRAME_SAMPLES).fill(value);
const greatestStep = (frame: Float32Array) =>
  frame.reduce((most, value, index) => Math.max(most, index === 0 ? 0 : Math.abs(value - (frame[index - 1] as number))), 0);

test("whatever thirteen people shout, the programme stays within full scale", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -13, max: 13, noNaN: true }), { minLength: 1, maxLength: 20 }), (peaks) => {
      const limiter = new Limiter();
      for (const peak of peaks) {
        const frame = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => peak * Math.sin(index / 7));
        limiter.apply(frame);
        assert.ok(frame.every((value) => value >= -1 && value <= 1));
      }
    }),
  );
});

test("what is not too loud passes the limiter unchanged, also after something that was", () => {
  const limiter = new Limiter();
  const quiet = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => 0.8 * Math.sin(index / 20));
  const first = quiet.slice();
  limiter.apply(first);
  assert.deepEqual(first, quiet);
  limiter.apply(filled(3));
  let last = quiet.slice();
  for (let count = 0; count < 50; count++) {
    last = quiet.slice();
    limiter.apply(last);
  }
  assert.deepEqual(last, quiet);
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
  assert.ok(Number.isFinite(shape(frame, 1, 1)));
  assert.deepEqual([...frame.subarray(0, 4)], [0, 1, -1, 0]);
});
