import assert from "node:assert/strict";
import { test } from "node:test";
import { Fft, RealFft } from "./fft.ts";

test("the transform of real samples gives what the whole one gives, at half the cost", () => {
  const size = 64;
  const whole = new Fft(size);
  const real = new RealFft(size);
  const re = Float64Array.from({ length: size }, (_, index) => Math.sin(index * index) + 0.3);
  const im = new Float64Array(size);
  real.samples.set(re);
  real.transform();
  whole.transform(re, im);
  for (let bin = 0; bin < size / 2; bin++) {
    assert.ok(Math.abs((real.re[bin] as number) - (re[bin] as number)) < 1e-9, `re of bin ${bin}`);
    assert.ok(Math.abs((real.im[bin] as number) - (im[bin] as number)) < 1e-9, `im of bin ${bin}`);
  }
});
