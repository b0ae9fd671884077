import { FRAME_SAMPLES } from "../../core/units.ts";

/** Samples that make one between two others. Even; 16 are flat within 0.1 dB up to 17 kHz, so that sibilants keep their edge. */
const TAPS = 16;
/** Places between two samples that are told apart; taking the nearest errs by 60 dB less than a tone of 10 kHz. */
const PHASES = 1_024;
/** Shape of the Kaiser window: a flat pass band before a deep stop band. */
const KAISER_BETA = 5;

/** Speed at which the last part of a sample is made good. Millionths; a sample in 40 ms, far below what an ear tells. */
const SETTLING_PPM = 500;

/** Samples that are kept while reading, before and behind the one that is read. They delay a voice by 8 samples, 0.17 ms. */
export const RESAMPLER_CONTEXT = TAPS;
/** By how much a voice comes out later than it was written behind that context. Samples. */
export const RESAMPLER_DELAY = TAPS / 2 + 1;

/** Reads a signal a little faster or slower than it was written, without a click and without a change of its spectrum; at the plain rate it copies. */
export class Resampler {
  /** How far behind its middle tap the next sample lies. Phases, [0, PHASES). */
  #phase = 0;

  /** Input samples that have to be there for the next frame at this speed. `ppm`: how much faster it reads than was written, millionths. @hot */
  needed(ppm: number): number {
    return RESAMPLER_CONTEXT + FRAME_SAMPLES + Math.ceil(Math.max(0, this.#phase / PHASES + FRAME_SAMPLES * ppm * 1e-6));
  }

  /** Fills `out` (960 samples) from the start of `input` and says how many input samples are done with. Told to go back to the plain rate (0) it goes on slowly until it meets a written sample. @hot */
  read(input: Float32Array, out: Float32Array, ppm: number): number {
    if (ppm === 0 && this.#phase === 0) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = input[index + TAPS / 2 - 1] as number;
      return FRAME_SAMPLES;
    }
    const taps = TABLE;
    const settle = ppm === 0;
    // Backwards to the sample before: that needs no more input than there is.
    const step = PHASES * 1e-6 * (settle ? -SETTLING_PPM : ppm);
    let phase = this.#phase;
    let at = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++, at++) {
      const row = Math.floor(phase) * TAPS;
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap++) sum += (input[at + tap] as number) * (taps[row + tap] as number);
      out[index] = sum;
      if (settle) phase = Math.max(0, phase + step);
      else phase += step;
      if (phase >= PHASES) {
        phase -= PHASES;
        at++;
      } else if (phase < 0) {
        phase += PHASES;
        at--;
      }
    }
    this.#phase = phase;
    return at;
  }
}

/** Taps by phase; 64 KB that are the same for everyone. */
const TABLE = makeTable();

function makeTable(): Float32Array {
  const rows = new Float32Array(PHASES * TAPS);
  for (let phase = 0; phase < PHASES; phase++) writeTaps(rows.subarray(phase * TAPS, (phase + 1) * TAPS), phase / PHASES);
  return rows;
}

/** A windowed sinc that reads `fraction` of a sample behind the middle tap; its sum is 1, so that a constant stays what it is. */
function writeTaps(taps: Float32Array, fraction: number): void {
  const half = TAPS / 2;
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const distance = tap - (half - 1) - fraction;
    const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
    taps[tap] = sinc * bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (distance / half) ** 2)));
    sum += taps[tap] as number;
  }
  for (let tap = 0; tap < TAPS; tap++) taps[tap] = (taps[tap] as number) / sum;
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
