import { FRAME_SAMPLES } from "../core/units.ts";

/** Level given for silence. dBFS. */
export const SILENT_DB = -99;

/** Root mean square of one frame. dBFS, not below {@link SILENT_DB}. @hot */
export function levelOf(frame: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    sum += value * value;
  }
  return Math.max(SILENT_DB, 10 * Math.log10(sum / FRAME_SAMPLES + 1e-10));
}

/** Multiplies a frame by a gain that moves evenly from `from` to `to`, so that no step is heard. @hot */
export function ramp(frame: Float32Array, from: number, to: number): void {
  if (from === 1 && to === 1) return;
  const step = (to - from) / FRAME_SAMPLES;
  let gain = from;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    gain += step;
    frame[index] = (frame[index] as number) * gain;
  }
}

/** Highest level the programme may have. Linear; -1 dBFS leaves room for what codecs add. */
const CEILING = 0.891;
/** How fast the limiter lets go. Gain per frame; back at unity after about 0.6 s. */
const RELEASE_PER_FRAME = 0.033;

/** Keeps a mix under the ceiling: the gain drops within the frame that needs it and comes back slowly. */
export class Limiter {
  #gain = 1;

  /** Works in place. @hot */
  apply(frame: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) peak = Math.max(peak, Math.abs(frame[index] as number));
    const needed = peak > CEILING ? CEILING / peak : 1;
    const next = Math.min(needed, this.#gain + RELEASE_PER_FRAME);
    ramp(frame, Math.min(this.#gain, next), next);
    this.#gain = next;
  }
}
