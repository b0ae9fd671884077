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

test("the transform is the sum it stands for", () => {
  const size = 16;
  const input = Array.from({ length: size }, (_, index) => [Math.cos(index * index), Math.sin(3 * index) - 0.2] as const);
  const re = Float64Array.from(input, ([x]) => x);
  const im = Float64Array.from(input, ([, y]) => y);
  new Fft(size).transform(re, im);
  for (let bin = 0; bin < size; bin++) {
    let [sumRe, sumIm] = [0, 0];
    for (const [index, [x, y]] of input.entries()) {
      const angle = (-2 * Math.PI * bin * index) / size;
      sumRe += x * Math.cos(angle) - y * Math.sin(angle);
      sumIm += x * Math.sin(angle) + y * Math.cos(angle);
    }
    assert.ok(Math.hypot(sumRe - (re[bin] as number), sumIm - (im[bin] as number)) < 1e-9, `bin ${bin}`);
  }
});
