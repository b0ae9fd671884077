import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { RealFft } from "./fft.ts";

/** Samples a spectrum is made of: 43 ms, so that a howl (some hertz wide) stands alone in its bin. */
const WINDOW = 2048;
/** Width of a bin. Hertz. */
export const BIN_HERTZ = SAMPLE_RATE / WINDOW;
export const BINS = WINDOW / 2;

const HANN = Float64Array.from({ length: WINDOW }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW));
/** Power of a full-scale sine in its bin, so that levels read in dBFS. */
const FULL_SCALE = (WINDOW / 4) ** 2;
/** Least power a bin is said to have, so that nothing is ever divided by zero; -140 dBFS. */
const LEAST = 1e-14;
// One for all: a spectrum is used up before the next is made.
const FFT = new RealFft(WINDOW);
/** The newest 43 ms of a signal by frequency. */
export class Spectrum {
  readonly #past = new Float32Array(WINDOW);
  /** Power of each bin; a sine of full scale gives 1. */
  readonly powers = new Float64Array(BINS);

  /** Takes the next frame. @hot */
  push(frame: Float32Array): void {
    this.#past.copyWithin(0, FRAME_SAMPLES);
    this.#past.set(frame, WINDOW - FRAME_SAMPLES);
  }

  /** Looks at the newest frames. @hot */
  look(): void {
    const past = this.#past;
    for (let index = 0; index < WINDOW; index++) FFT.samples[index] = (past[index] as number) * (HANN[index] as number);
    FFT.transform();
    const { re, im } = FFT;
    for (let bin = 0; bin < BINS; bin++) {
      const x = re[bin] as number;
      const y = im[bin] as number;
      this.powers[bin] = (x * x + y * y) / FULL_SCALE + LEAST;
    }
  }

  /** Phase of a bin. Radians; only until another input's spectrum is made. */
  phase(bin: number): number {
    return Math.atan2(FFT.im[bin] as number, FFT.re[bin] as number);
  }
}
