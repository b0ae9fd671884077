import { FRAME_SAMPLES } from "../core/units.ts";

/** Level given for silence. dBFS. */
export const SILENT_DB = -99;
/** Time a change of gain takes, so that no step is heard. Samples; 10 ms. */
const RAMP_SAMPLES = 480;
/** Highest level a return feed passes unchanged. Linear; -1 dBFS leaves room for what codecs add. */
const CEILING = 0.891;
/** Root mean square of one frame. dBFS, not below {@link SILENT_DB}. @hot */
export function levelOf(frame: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    sum += value * value;
  }
  return decibelsOf(sum);
}

/** Holds every sample within full scale, in place: a decoder can be made to give any number, and none at all. @hot */
export function heal(frame: Float32Array): void {
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    // The comparison is false for NaN too.
    if (!(value >= -1 && value <= 1)) frame[index] = value > 1 ? 1 : value < -1 ? -1 : 0;
  }
}

/** Multiplies a frame in place by a gain that moves from `from` to `to` within 10 ms. Gives the level after that, dBFS. @hot */
export function shape(frame: Float32Array, from: number, to: number): number {
  const step = (to - from) / RAMP_SAMPLES;
  let sum = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const shaped = (frame[index] as number) * (index < RAMP_SAMPLES ? from + step * (index + 1) : to);
    frame[index] = shaped;
    sum += shaped * shaped;
  }
  return decibelsOf(sum);
}

/** Bends what is over the ceiling so that it never reaches full scale, in place. @hot */
export function softClip(frame: Float32Array): void {
  const room = 1 - CEILING;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    if (value > CEILING) frame[index] = CEILING + room * Math.tanh((value - CEILING) / room);
    else if (value < -CEILING) frame[index] = -CEILING + room * Math.tanh((value + CEILING) / room);
  }
}

function decibelsOf(sumOfSquares: number): number {
  return Math.max(SILENT_DB, 10 * Math.log10(sumOfSquares / FRAME_SAMPLES + 1e-10));
}
