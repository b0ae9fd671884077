import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { KWeighting, loudnessOf } from "./k-weighting.ts";
import { ABSOLUTE_GATE } from "./loudness.ts";

/** Loudness of the programme. LUFS. */
export const PROGRAMME_TARGET = -18;
/** Step of the looks at the loudness. Frames; 100 ms. */
const STEP_FRAMES = 100 / FRAME_MS;
/** Steps in a gating block: 400 ms, one block per step. @spec ITU-R BS.1770-5 Annex 1 */
const BLOCK_STEPS = 4;
/** What the gain follows: the last two seconds that came in. Blocks. */
const FOLLOWED_BLOCKS = 20;
/** What is made good: the last ten seconds that went out. Blocks. */
const KEPT_BLOCKS = 100;
/** Talk it takes before anything is corrected. Blocks. */
const ENOUGH_BLOCKS = 10;
/** Quieter than the mean by this much is a pause. LU. @spec ITU-R BS.1770-5 Annex 1 */
const PAUSE_LU = -10;
/** Furthest the gain goes. dB; single voices are levelled already, so it only evens out how many talk at a time. */
const MOST_DB = 6;
/** Furthest a past deviation is made good. dB. */
const MOST_TRIM_DB = 2.5;
/** Memory of what the limiter takes off. Frames; 3 s, long enough for a few of the syllables it meets. */
const LOSS_FRAMES = 3_000 / FRAME_MS;
const LOSS_FADE = 1 - 1 / LOSS_FRAMES;
/** Share of what the limiter takes off that is given in advance. The rest stays a little quieter: to make all of it good would flatten a voice with high peaks. */
const LOSS_SHARE = 0.3;
/** Energy of all that is remembered below which nothing was said. Mean square of a frame, -60 LUFS. */
const LOSS_LEAST = 1e-6;
/** How eagerly a deviation is followed. dB per second for each squared dB of it: a change of voices is met at once, the rise and fall of one voice is left alone. */
const URGE = 1;
/** How fast the gain moves. dB per second. */
const SPEED = 4;

/** Loudness over the last blocks, pauses left out. */
class Window {
  readonly #weighting = new KWeighting();
  readonly #rightWeighting = new KWeighting();
  readonly #last = new Float64Array(BLOCK_STEPS);
  readonly #blocks: Float64Array;
  #block = 0;
  #sum = 0;

  constructor(blocks: number) {
    this.#blocks = new Float64Array(blocks);
  }

  /** Takes a frame; gives its weighted energy. */
  push(frame: Float32Array, right: Float32Array | undefined): number {
    const energy = this.#weighting.energy(frame) + (right === undefined ? 0 : this.#rightWeighting.energy(right));
    this.#sum += energy;
    return energy;
  }

  /** Ends a step. */
  step(): void {
    const last = this.#last;
    last.copyWithin(0, 1);
    last[BLOCK_STEPS - 1] = this.#sum / (STEP_FRAMES * FRAME_SAMPLES);
    this.#sum = 0;
    let sum = 0;
    for (let index = 0; index < BLOCK_STEPS; index++) sum += last[index] as number;
    this.#blocks[this.#block] = sum / BLOCK_STEPS;
    this.#block = (this.#block + 1) % this.#blocks.length;
  }

  /** LUFS; -Infinity while there was too little talk. */
  get loudness(): number {
    return this.#over(this.#over(ABSOLUTE_GATE) + PAUSE_LU);
  }

  #over(gate: number): number {
    // No mean, no gate: silence without end is no very quiet talk that wants to be turned up.
    if (gate === Number.NEGATIVE_INFINITY) return gate;
    let count = 0;
    let sum = 0;
    for (let index = 0; index < this.#blocks.length; index++) {
      const value = this.#blocks[index] as number;
      if (loudnessOf(value) < gate) continue;
      sum += value;
      count++;
    }
    return count < ENOUGH_BLOCKS ? Number.NEGATIVE_INFINITY : loudnessOf(sum / count);
  }
}

/** Brings the mix to the programme's loudness: follows what comes in, and makes good over the next seconds what went out too loud or too quiet. Mono or two channels at one gain, 48 kHz. */
export class ProgrammeLeveller {
  readonly #in = new Window(FOLLOWED_BLOCKS);
  readonly #out = new Window(KEPT_BLOCKS);
  #frames = 0;
  #gainDb = 0;
  #targetDb = 0;
  /** Weighted energy handed to the limiter and got back from it, fading. */
  #given = 0;
  #got = 0;

  /** Gain now. dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** Works in place. @hot */
  apply(frame: Float32Array, right?: Float32Array): void {
    const energy = this.#in.push(frame, right);
    const from = 10 ** (this.#gainDb / 20);
    const away = this.#targetDb - this.#gainDb;
    const speed = Math.min(SPEED, URGE * away * away);
    this.#gainDb += Math.sign(away) * Math.min(Math.abs(away), (speed * FRAME_MS) / 1000);
    const to = 10 ** (this.#gainDb / 20);
    const slope = (to - from) / FRAME_SAMPLES;
    this.#given = this.#given * LOSS_FADE + energy * from * to;
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const gain = from + slope * (index + 1);
      frame[index] = (frame[index] as number) * gain;
      if (right !== undefined) right[index] = (right[index] as number) * gain;
    }
  }

  /** Takes the same frame as it leaves the house, after the limiter: what that takes off is given in advance. @hot */
  sent(frame: Float32Array, right?: Float32Array): void {
    this.#got = this.#got * LOSS_FADE + this.#out.push(frame, right);
    if (++this.#frames === STEP_FRAMES) this.#look();
  }

  #look(): void {
    this.#frames = 0;
    this.#in.step();
    this.#out.step();
    const loudness = this.#in.loudness;
    if (!Number.isFinite(loudness)) return;
    const sent = this.#out.loudness;
    const trim = Number.isFinite(sent) ? Math.min(MOST_TRIM_DB, Math.max(-MOST_TRIM_DB, PROGRAMME_TARGET - sent)) : 0;
    this.#targetDb = Math.min(MOST_DB, Math.max(-MOST_DB, PROGRAMME_TARGET + trim + LOSS_SHARE * this.#lossDb - loudness));
  }

  /** What the limiter takes off. dB, not negative. */
  get #lossDb(): number {
    if (this.#got < LOSS_LEAST * FRAME_SAMPLES) return 0;
    return Math.min(MOST_TRIM_DB, Math.max(0, 10 * Math.log10(this.#given / this.#got)));
  }
}
