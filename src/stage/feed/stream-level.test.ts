import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { PROGRAMME_TARGET } from "../sound/programme-leveller.ts";
import { StreamLevel } from "./stream-level.ts";

/** Loudness of a 997 Hz sine of full scale. LUFS. @spec ITU-R BS.1770-5 Annex 1 */
const FULL_SCALE = -3.01;

/** Lets a station sound for some seconds at a loudness. LUFS. */
function sound(level: StreamLevel, seconds: number, lufs: number): void {
  const amplitude = 10 ** ((lufs - FULL_SCALE) / 20);
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < (seconds * 1_000) / FRAME_MS; at++) {
    for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = amplitude * Math.sin((2 * Math.PI * 997 * (at * FRAME_SAMPLES + index)) / SAMPLE_RATE);
    level.apply(frame);
  }
}
const isNear = (level: StreamLevel, lufs: number, tolerance: number) =>
  assert.ok(Math.abs(level.gainDb - (PROGRAMME_TARGET - lufs)) < tolerance, `${level.gainDb} dB for ${lufs} LUFS`);

test("a station is at the programme's loudness after seconds, and its pauses change nothing", () => {
  const level = new StreamLevel();
  sound(level, 5, -12);
  isNear(level, -12, 0.3);
  sound(level, 1.5, -35);
  isNear(level, -12, 0.3);
});

test("the loud half frame a stream begins with does not keep everything after it quiet", () => {
  const level = new StreamLevel();
  sound(level, 0.02, -6);
  sound(level, 8, -20.7);
  isNear(level, -20.7, 1);
});

test("who goes on more quietly is turned up, slowly", () => {
  const level = new StreamLevel();
  sound(level, 10, -9);
  sound(level, 4, -21);
  isNear(level, -9, 2);
  sound(level, 90, -21);
  isNear(level, -21, 1);
});
