import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { LoudnessMeter } from "./loudness.ts";
import { Master } from "./master.ts";

/** Frames of a tone at the programme's loudness, or of silence. */
function play(master: Master, seconds: number, amplitude: number): LoudnessMeter {
  const meter = new LoudnessMeter();
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < seconds * 48_000; at += FRAME_SAMPLES) {
    for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = amplitude * Math.sin((2 * Math.PI * 1_000 * (at + index)) / 48_000);
    master.apply(frame);
    meter.push(frame);
  }
  return meter;
}

test("a jingle after a long silence is not louder than one after talk", () => {
  // K-weighting lifts 1 kHz by 0.7 dB, which BS.1770 takes off again: -18 LUFS is -18 dBFS here.
  const amplitude = 10 ** (-18 / 20) * Math.SQRT2;
  const master = new Master();
  play(master, 30, 0);
  assert.equal(master.gainDb, 0);
  const { integrated } = play(master, 2, amplitude);
  assert.ok(Math.abs(integrated + 18) < 0.5, `${integrated} LUFS`);
});
