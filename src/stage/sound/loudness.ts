import { SAMPLE_RATE } from "../../core/units.ts";
import { KWeighting, loudnessOf, meanSquareOf } from "./k-weighting.ts";

/** Step of all windows. Samples; 100 ms, so that gating blocks of 400 ms overlap by 75 %. @spec ITU-R BS.1770-5 Annex 1 */
const STEP_SAMPLES = SAMPLE_RATE / 10;
const MOMENTARY_STEPS = 4;
const SHORT_TERM_STEPS = 30;
/** Quieter than this counts for nothing. LUFS. @spec ITU-R BS.1770-5 Annex 1 */
export const ABSOLUTE_GATE = -70;
/** How far below the mean a block still counts. LU. @spec ITU-R BS.1770-5 Annex 1; EBU Tech 3342 */
const RELATIVE_GATE = -10;
const RANGE_GATE = -20;
/** Bins of the histograms. 0.05 LU from the gate up to +10 LUFS: hours of audio in a fixed memory, finer than any display. */
const BIN_LU = 0.05;
const BINS = Math.round((10 - ABSOLUTE_GATE) / BIN_LU);

/** Blocks counted by loudness, so that a programme of any length needs no more memory. */
class Histogram {
  readonly #counts = new Float64Array(BINS);
  readonly #powers = new Float64Array(BINS);

  add(meanSquare: number): void {
    const loudness = loudnessOf(meanSquare);
    if (loudness < ABSOLUTE_GATE) return;
    const bin = Math.min(BINS - 1, Math.floor((loudness - ABSOLUTE_GATE) / BIN_LU));
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    this.#powers[bin] = (this.#powers[bin] as number) + meanSquare;
  }

  /** Loudness of all blocks no further than `gate` below their mean; -Infinity without any. */
  gated(gate: number): number {
    return this.#meanFrom(this.#binOf(this.#meanFrom(0) + gate));
  }

  /** Loudness below which this share of the gated blocks lies. */
  percentile(share: number, gate: number): number {
    const first = this.#binOf(this.#meanFrom(0) + gate);
    let total = 0;
    for (let bin = first; bin < BINS; bin++) total += this.#counts[bin] as number;
    let seen = 0;
    for (let bin = first; bin < BINS; bin++) {
      seen += this.#counts[bin] as number;
      if (seen >= share * total && seen > 0) return ABSOLUTE_GATE + (bin + 0.5) * BIN_LU;
    }
    return Number.NEGATIVE_INFINITY;
  }

  #binOf(loudness: number): number {
    return Number.isFinite(loudness) ? Math.min(BINS - 1, Math.max(0, Math.floor((loudness - ABSOLUTE_GATE) / BIN_LU))) : 0;
  }

  #meanFrom(first: number): number {
    let count = 0;
    let power = 0;
    for (let bin = first; bin < BINS; bin++) {
      count += this.#counts[bin] as number;
      power += this.#powers[bin] as number;
    }
    return count === 0 ? Number.NEGATIVE_INFINITY : loudnessOf(power / count);
  }
}

/** Measures loudness as broadcasters do: momentary (400 ms), short-term (3 s), integrated with gates, and range. Mono or two channels, 48 kHz. @spec ITU-R BS.1770-5, EBU Tech 3341, EBU Tech 3342 */
export class LoudnessMeter {
  readonly #weighting = new KWeighting();
  readonly #rightWeighting = new KWeighting();
  readonly #steps = new Float64Array(SHORT_TERM_STEPS);
  readonly #blocks = new Histogram();
  readonly #windows = new Histogram();
  #stepsDone = 0;
  #sum = 0;
  #filled = 0;

  /** Takes samples of any number, f32; `right`: as many of the other channel. @hot */
  push(samples: Float32Array, right?: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(samples.length - at, STEP_SAMPLES - this.#filled);
      this.#sum += this.#weighting.energy(samples, at, at + count);
      if (right !== undefined) this.#sum += this.#rightWeighting.energy(right, at, at + count);
      this.#filled += count;
      at += count;
      if (this.#filled === STEP_SAMPLES) this.#step();
    }
  }

  /** Loudness of the last 400 ms. LUFS; -Infinity before there were as many. */
  get momentary(): number {
    return this.#over(MOMENTARY_STEPS);
  }

  /** Loudness of the last 3 s. LUFS; -Infinity before there were as many. */
  get shortTerm(): number {
    return this.#over(SHORT_TERM_STEPS);
  }

  /** Loudness of everything so far. LUFS; -Infinity while nothing was loud enough to count. */
  get integrated(): number {
    return this.#blocks.gated(RELATIVE_GATE);
  }

  /** Loudness range of everything so far. LU. @spec EBU Tech 3342 */
  get range(): number {
    const [low, high] = [0.1, 0.95].map((share) => this.#windows.percentile(share, RANGE_GATE)) as [number, number];
    return Number.isFinite(low) ? high - low : 0;
  }

  #step(): void {
    this.#steps[this.#stepsDone % SHORT_TERM_STEPS] = this.#sum;
    this.#stepsDone++;
    this.#sum = 0;
    this.#filled = 0;
    if (this.#stepsDone >= MOMENTARY_STEPS) this.#blocks.add(meanSquareOf(this.momentary));
    if (this.#stepsDone >= SHORT_TERM_STEPS) this.#windows.add(meanSquareOf(this.shortTerm));
  }

  #over(steps: number): number {
    if (this.#stepsDone < steps) return Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let back = 1; back <= steps; back++) sum += this.#steps[(this.#stepsDone - back) % SHORT_TERM_STEPS] as number;
    return loudnessOf(sum / (steps * STEP_SAMPLES));
  }
}
