import { SAMPLE_RATE } from "../../core/units.ts";
import { TRUE_PEAK_TAPS, TruePeakMeter } from "./true-peak.ts";

/** Highest true peak that leaves the limiter. dBTP; broadcasters ask for -1 of what listeners decode, and AAC at 64 kbit/s adds a decibel or two (`npm run bench -- fidelity`). */
const CEILING_DB = -2.2;
const CEILING = 10 ** (CEILING_DB / 20);
/** How far it looks ahead: the time in which the gain falls. Samples; 1.5 ms is short for the ear and long enough not to click. */
const LOOK_AHEAD = 72;
/** Time in which the gain comes back by 63 %. Seconds; several periods of the lowest voice, and short enough that only the loudest syllables are touched. */
const RELEASE_SECONDS = 0.05;
const RELEASE = 1 - Math.exp(-1 / (RELEASE_SECONDS * SAMPLE_RATE));
/** Samples by which the interpolating meter is late: its peak lies between the sixth and the seventh newest sample. */
const METER_DELAY = TRUE_PEAK_TAPS / 2;

/** How long a peak's gain is wanted. Samples; two more than the look-ahead, for the samples beside the peak. */
const HOLD = LOOK_AHEAD + 2;
const CANDIDATES = HOLD + 1;

/** Delay of the limiter. Samples. */
export const LIMITER_DELAY = LOOK_AHEAD + METER_DELAY;

/**
 * Holds the programme below its ceiling by looking ahead: each peak's gain is wanted for the whole look-ahead before it
 * (sliding minimum), and reached by a straight line (moving mean), so that nothing is bent and nothing clicks. 48 kHz, mono or two channels at one gain, so that no voice moves;
 * of two channels also their sum stays under the ceiling, for who hears them as one.
 */
export class Limiter {
  readonly #meter = new TruePeakMeter(CEILING);
  readonly #rightMeter = new TruePeakMeter(CEILING);
  readonly #sumMeter = new TruePeakMeter(CEILING);
  readonly #delay = new Float32Array(LIMITER_DELAY);
  readonly #rightDelay = new Float32Array(LIMITER_DELAY);
  readonly #means = new Float64Array(LOOK_AHEAD).fill(1);
  /** Sliding minimum: candidates in rising order with the time at which each came. */
  readonly #candidates = new Float64Array(CANDIDATES);
  readonly #times = new Float64Array(CANDIDATES);
  #first = 0;
  #count = 0;
  #now = 0;
  #held = 1;
  #sum = LOOK_AHEAD;

  /** Works in place; the frame comes out {@link LIMITER_DELAY} samples late. @hot */
  apply(frame: Float32Array, right?: Float32Array): void {
    for (let index = 0; index < frame.length; index++) {
      const sample = frame[index] as number;
      let peak = this.#meter.next(sample);
      if (right !== undefined) {
        const other = right[index] as number;
        peak = Math.max(peak, this.#rightMeter.next(other), this.#sumMeter.next((sample + other) * Math.SQRT1_2));
      }
      const lowest = this.#slide(peak > CEILING ? CEILING / peak : 1);
      this.#held = lowest < this.#held ? lowest : this.#held + (lowest - this.#held) * RELEASE;
      const slot = this.#now % LOOK_AHEAD;
      this.#sum += this.#held - (this.#means[slot] as number);
      this.#means[slot] = this.#held;
      const late = this.#now % LIMITER_DELAY;
      const gain = Math.min(1, this.#sum / LOOK_AHEAD);
      frame[index] = (this.#delay[late] as number) * gain;
      this.#delay[late] = sample;
      if (right !== undefined) {
        const other = right[index] as number;
        right[index] = (this.#rightDelay[late] as number) * gain;
        this.#rightDelay[late] = other;
      }
      this.#now++;
    }
    // Thousands of additions leave a rest behind: begun anew from the held gains now and then.
    let sum = 0;
    for (let index = 0; index < LOOK_AHEAD; index++) sum += this.#means[index] as number;
    this.#sum = sum;
  }

  /** Lowest gain wanted within the look-ahead. @hot */
  #slide(gain: number): number {
    while (this.#count > 0 && (this.#candidates[(this.#first + this.#count - 1) % CANDIDATES] as number) >= gain) this.#count--;
    const slot = (this.#first + this.#count) % CANDIDATES;
    this.#candidates[slot] = gain;
    this.#times[slot] = this.#now;
    this.#count++;
    while ((this.#times[this.#first] as number) <= this.#now - HOLD) {
      this.#first = (this.#first + 1) % CANDIDATES;
      this.#count--;
    }
    return this.#candidates[this.#first] as number;
  }
}
