import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { Fft } from "./fft.ts";

/** Samples a spectrum is made of: 43 ms, so that a howl (some hertz wide) stands alone in its bin. */
export const WINDOW = 2048;
/** Width of a bin. Hertz. */
export const BIN_HERTZ = SAMPLE_RATE / WINDOW;
export const BINS = WINDOW / 2;

const FFT = new Fft(WINDOW);
const HANN = Float64Array.from({ length: WINDOW }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW));
/** Power of a full-scale sine in its bin, so that levels read in dBFS. */
const FULL_SCALE = (WINDOW / 4) ** 2;
// One pair for all: a spectrum is used up before the next is made.
const re = new Float64Array(WINDOW);
const im = new Float64Array(WINDOW);

/** The newest 43 ms of a signal by frequency, renewed every frame. */
export class Spectrum {
  readonly #past = new Float32Array(WINDOW);
  /** Level of each bin. dBFS; a sine of full scale gives 0. */
  readonly levels = new Float64Array(BINS);

  /** Takes the next frame and looks. @hot */
  push(frame: Float32Array): void {
    const past = this.#past;
    past.copyWithin(0, FRAME_SAMPLES);
    past.set(frame, WINDOW - FRAME_SAMPLES);
    for (let index = 0; index < WINDOW; index++) re[index] = (past[index] as number) * (HANN[index] as number);
    im.fill(0);
    FFT.transform(re, im);
    for (let bin = 0; bin < BINS; bin++) {
      const power = ((re[bin] as number) ** 2 + (im[bin] as number) ** 2) / FULL_SCALE;
      this.levels[bin] = 10 * Math.log10(power + 1e-14);
    }
  }
}
