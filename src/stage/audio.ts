import { FRAME_SAMPLES } from "../core/units.ts";

/** Level given for silence. dBFS. */
export const SILENT_DB = -99;
/** Time a change of gain takes, so that no step is heard. Samples; 10 ms. */
const RAMP_SAMPLES = 480;
/** Highest level the programme passes unchanged. Linear; -1 dBFS leaves room for what codecs add. */
const CEILING = 0.891;
/** How far the limiter's gain falls at the start of a frame that needs it. Samples; 2 ms: short enough to catch a peak, long enough not to click. */
const ATTACK_SAMPLES = 96;
/** How fast the limiter lets go. Gain per frame; back at unity after about 0.6 s. */
const RELEASE_PER_FRAME = 0.033;

/** Root mean square of one frame. dBFS, not below {@link SILENT_DB}. @hot */
export function levelOf(frame: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    sum += value * value;
  }
  return decibelsOf(sum);
}

/**
 * Makes a frame fit to be mixed, in place: multiplies by a gain that moves from `from` to `to` within 10 ms, holds every
 * sample within full scale (a decoder can be made to give any number). Gives the level after that, dBFS. @hot
 */
export function shape(frame: Float32Array, from: number, to: number): number {
  const step = (to - from) / RAMP_SAMPLES;
  let sum = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    // The comparison is false for NaN too.
    const safe = value >= -1 && value <= 1 ? value : value > 1 ? 1 : value < -1 ? -1 : 0;
    const shaped = safe * (index < RAMP_SAMPLES ? from + step * (index + 1) : to);
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

/** Keeps a mix within full scale: the gain drops at the start of the frame that needs it, comes back slowly, and what still stands out is bent. */
export class Limiter {
  #gain = 1;

  /** Works in place. @hot */
  apply(frame: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) peak = Math.max(peak, Math.abs(frame[index] as number));
    const needed = peak > CEILING ? CEILING / peak : 1;
    const from = this.#gain;
    const to = Math.min(needed, from + RELEASE_PER_FRAME);
    this.#gain = to;
    if (from === 1 && to === 1) return;
    const length = to < from ? ATTACK_SAMPLES : FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const gain = index < length ? from + ((to - from) * (index + 1)) / length : to;
      frame[index] = (frame[index] as number) * gain;
    }
    softClip(frame);
  }
}

function decibelsOf(sumOfSquares: number): number {
  return Math.max(SILENT_DB, 10 * Math.log10(sumOfSquares / FRAME_SAMPLES + 1e-10));
}
