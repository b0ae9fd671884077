import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { KWeighting, loudnessOf } from "../sound/k-weighting.ts";
import { PROGRAMME_TARGET } from "../sound/programme-leveller.ts";

/** Gain before anything is known. dB; most stations send between -16 and -8 LUFS. */
const FIRST_DB = -6;
/** Furthest the gain goes. dB. */
const LEAST_DB = -24;
const MOST_DB = 12;
/** Memory of the loudness. Frames; 20 s, so that music keeps its loud and quiet passages. */
const MEMORY_FRAMES = 20_000 / FRAME_MS;
/** What is quieter than this, or than the mean by this much, is a pause. LUFS, LU. */
const SILENCE_LUFS = -50;
const PAUSE_LU = -10;
/** Longest pause. Frames; 2 s: what goes on quietly for longer is how it sounds, and the click before it, or the half frame a station's stream begins with, was the exception. */
const LONGEST_PAUSE_FRAMES = 2_000 / FRAME_MS;
/** How fast the gain moves: at once in the first three seconds, then so that nobody hears it move. dB per frame. */
const EAGER_FRAMES = 3_000 / FRAME_MS;
const EAGER_STEP_DB = 0.25;
const CALM_STEP_DB = 0.02;

/** Brings a stream of unknown loudness to that of the programme, slowly. Mono, 48 kHz. */
export class StreamLevel {
  readonly #weighting = new KWeighting();
  #mean = 0;
  #heard = 0;
  /** Frames in a row that were quieter than the rest. */
  #quieter = 0;
  #gainDb = FIRST_DB;

  /** Gain now. dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** Works in place. @hot */
  apply(frame: Float32Array): void {
    const energy = this.#weighting.energy(frame) / FRAME_SAMPLES;
    const loudness = loudnessOf(energy);
    if (loudness > SILENCE_LUFS) {
      const isQuieter = this.#heard > 0 && loudness <= loudnessOf(this.#mean) + PAUSE_LU;
      this.#quieter = isQuieter ? this.#quieter + 1 : 0;
      if (!isQuieter || this.#quieter > LONGEST_PAUSE_FRAMES) {
        this.#heard++;
        this.#mean += (energy - this.#mean) / Math.min(this.#heard, MEMORY_FRAMES);
      }
    }
    const from = 10 ** (this.#gainDb / 20);
    if (this.#heard > 0) {
      const wanted = Math.min(MOST_DB, Math.max(LEAST_DB, PROGRAMME_TARGET - loudnessOf(this.#mean)));
      const step = this.#heard < EAGER_FRAMES ? EAGER_STEP_DB : CALM_STEP_DB;
      this.#gainDb += Math.min(step, Math.max(-step, wanted - this.#gainDb));
    }
    const slope = (10 ** (this.#gainDb / 20) - from) / FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) * (from + slope * (index + 1));
  }
}
