import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { Duck } from "./duck.ts";

/** Lets a second of full scale through; gives its last sample. */
function second(duck: Duck): number {
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let count = 0; count < 50; count++) duck.apply(frame.fill(1));
  return frame[FRAME_SAMPLES - 1] as number;
}

test("a microphone is turned down within one frame and comes back by 6 dB a second, no louder than it howled at", () => {
  const duck = new Duck();
  duck.down(-12);
  duck.learn(-3);
  const frame = new Float32Array(FRAME_SAMPLES).fill(1);
  duck.apply(frame);
  assert.ok(Math.abs((frame[FRAME_SAMPLES - 1] as number) - 10 ** (-12 / 20)) < 1e-6);
  assert.ok(Math.abs((frame[0] as number) - 1) < 1e-3, "without a click");
  duck.letGo();
  assert.ok(Math.abs(second(duck) - 10 ** (-6 / 20)) < 1e-3);
  second(duck);
  assert.ok(Math.abs(second(duck) - 10 ** (-3 / 20)) < 1e-3);
});

test("after two quiet minutes a microphone is as loud as ever", () => {
  const duck = new Duck();
  duck.down(-12);
  duck.learn(-12);
  duck.letGo();
  for (let count = 0; count < 125; count++) second(duck);
  assert.equal(duck.gainDb, 0);
});

test("the host can take a mute back at once", () => {
  const duck = new Duck();
  duck.muted = true;
  assert.equal(second(duck), 0);
  assert.equal(duck.gainDb, Number.NEGATIVE_INFINITY);
  duck.forget();
  assert.equal(second(duck), 1);
});
