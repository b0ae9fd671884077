import { SAMPLE_RATE } from "../../core/units.ts";
import { flushed } from "./k-weighting.ts";

/** Where the phase turns. Hertz; over the lowest harmonics of every voice, half an octave and more apart. */
const CENTRES = [150, 250, 420, 700];
/** Width of each turn. A higher number turns faster and delays more: with this one the lowest tones come 4 ms later than the highest, below what is heard. */
const QUALITY = 1;
/** Numbers per stage: two coefficients, two of memory. */
const STRIDE = 4;

/**
 * Takes height from the peaks of a voice without changing its loudness or its spectrum: a mouth's pulses have all their
 * harmonics peak at once, and after four all-pass filters they peak one after the other. What the limiter then takes off
 * is a fraction (`npm run bench -- fidelity`). Radio stations do the same. Mono, 48 kHz. @spec Bristow-Johnson, Audio EQ Cookbook (APF)
 */
export class PhaseRotator {
  readonly #stages = new Float64Array(CENTRES.length * STRIDE);

  constructor() {
    for (const [index, hertz] of CENTRES.entries()) {
      const angle = (2 * Math.PI * hertz) / SAMPLE_RATE;
      const alpha = Math.sin(angle) / (2 * QUALITY);
      this.#stages[index * STRIDE] = (-2 * Math.cos(angle)) / (1 + alpha);
      this.#stages[index * STRIDE + 1] = (1 - alpha) / (1 + alpha);
    }
  }

  /** Works in place. @hot */
  apply(frame: Float32Array): void {
    // Two stages at a time: the second works on one sample while the first has begun the next.
    for (let at = 0; at < this.#stages.length; at += 2 * STRIDE) this.#applyTwo(frame, at);
  }

  #applyTwo(frame: Float32Array, at: number): void {
    const stages = this.#stages;
    const middle = stages[at] as number;
    const outer = stages[at + 1] as number;
    let s1 = stages[at + 2] as number;
    let s2 = stages[at + 3] as number;
    const nextMiddle = stages[at + 4] as number;
    const nextOuter = stages[at + 5] as number;
    let t1 = stages[at + 6] as number;
    let t2 = stages[at + 7] as number;
    for (let index = 0; index < frame.length; index++) {
      const input = frame[index] as number;
      const between = outer * input + s1;
      s1 = middle * (input - between) + s2;
      s2 = input - outer * between;
      const output = nextOuter * between + t1;
      t1 = nextMiddle * (between - output) + t2;
      t2 = between - nextOuter * output;
      frame[index] = output;
    }
    stages[at + 2] = flushed(s1);
    stages[at + 3] = flushed(s2);
    stages[at + 6] = flushed(t1);
    stages[at + 7] = flushed(t2);
  }
}
