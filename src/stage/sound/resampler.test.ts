import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { RESAMPLER_CONTEXT, Resampler } from "./resampler.ts";

/** What comes out of `seconds` of a signal read at the speeds that `ppmAt` gives for each frame. */
function read(signal: (at: number) => number, frames: number, ppmAt: (frame: number) => number): { readonly out: Float32Array; readonly used: number } {
  const resampler = new Resampler();
  const out = new Float32Array(frames * FRAME_SAMPLES);
  const input = new Float32Array(FRAME_SAMPLES + 2 * RESAMPLER_CONTEXT);
  let used = 0;
  for (let frame = 0; frame < frames; frame++) {
    const ppm = ppmAt(frame);
    const needed = resampler.needed(ppm);
    assert.ok(needed <= input.length);
    // What it did not ask for is poison.
    input.fill(Number.NaN);
    for (let index = 0; index < needed; index++) input[index] = signal(used + index);
    used += resampler.read(input, out.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES), ppm);
  }
  return { out, used };
}

const sine = (hertz: number) => (at: number) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / 48_000);

test("at the plain rate a voice passes unchanged", () => {
  const { out, used } = read(sine(1_234), 20, () => 0);
  assert.equal(used, out.length);
  assert.ok(out.every((value, at) => value === Math.fround(sine(1_234)(at + RESAMPLER_CONTEXT / 2 - 1))));
});

test("read faster or slower, sibilants keep their strength and nothing is added", () => {
  for (const ppm of [500, -500])
    for (const hertz of [400, 4_000, 9_000, 15_000]) {
      const { out } = read(sine(hertz), 50, () => ppm);
      let [error, energy] = [0, 0];
      for (const [index, value] of out.entries()) {
        const wanted = sine(hertz)(RESAMPLER_CONTEXT / 2 - 1 + index * (1 + ppm * 1e-6));
        error += (value - wanted) ** 2;
        energy += wanted ** 2;
      }
      assert.ok(10 * Math.log10(error / energy) < -50, `${hertz} Hz at ${ppm} ppm: ${10 * Math.log10(error / energy)} dB from what it should be`);
    }
});

test("it uses as much as the speed says, and comes back to plain copies", () => {
  for (const ppm of [500, -500, 137]) {
    const { out, used } = read(sine(1_000), 1_000, (frame) => (frame < 900 ? ppm : 0));
    assert.ok(Math.abs(used - out.length - 900 * FRAME_SAMPLES * ppm * 1e-6) <= 1, `${used - out.length} samples`);
    const last = out.subarray(-FRAME_SAMPLES);
    const from = used - FRAME_SAMPLES + RESAMPLER_CONTEXT / 2 - 1;
    assert.ok(
      last.every((value, at) => value === Math.fround(sine(1_000)(from + at))),
      "copies at the end",
    );
  }
});
