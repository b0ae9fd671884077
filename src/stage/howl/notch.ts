import { SAMPLE_RATE } from "../../core/units.ts";

/** Width of a notch as a part of its frequency: a sixth of an octave; a voice barely changes, a loop that drifts with the room's temperature stays inside. */
const Q = 9;

/** Takes one narrow band out of a signal. Mono, 48 kHz. @spec Bristow-Johnson, Audio EQ Cookbook (notch) */
export class Notch {
  readonly hertz: number;
  readonly #b0: number;
  readonly #b1: number;
  readonly #a2: number;
  #s1 = 0;
  #s2 = 0;

  constructor(hertz: number) {
    const omega = (2 * Math.PI * hertz) / SAMPLE_RATE;
    const alpha = Math.sin(omega) / (2 * Q);
    this.hertz = hertz;
    this.#b0 = 1 / (1 + alpha);
    this.#b1 = (-2 * Math.cos(omega)) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
  }

  /** Works in place. @hot */
  apply(frame: Float32Array): void {
    const b0 = this.#b0;
    const b1 = this.#b1;
    const a2 = this.#a2;
    let s1 = this.#s1;
    let s2 = this.#s2;
    for (let index = 0; index < frame.length; index++) {
      const input = frame[index] as number;
      const output = b0 * input + s1;
      s1 = b1 * input - b1 * output + s2;
      s2 = b0 * input - a2 * output;
      frame[index] = output;
    }
    this.#s1 = Math.abs(s1) < 1e-20 ? 0 : s1;
    this.#s2 = Math.abs(s2) < 1e-20 ? 0 : s2;
  }
}
