import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { HOP_FRAMES } from "./phasors.ts";

/** Stretches that are compared, and the length of each. Looks; 400 ms, in which every usual loop has been round at least once. */
const STRETCHES = 4;
const STRETCH = 400 / FRAME_MS / HOP_FRAMES;
const LOOKS = STRETCHES * STRETCH;
/** Samples between two looks. */
const SAMPLES = HOP_FRAMES * FRAME_SAMPLES;
/** Least growth from stretch to stretch. dB; 5 dB/s, faster than a choir swells. */
const GROWTH_DB = 2;
/** Part of the growth before (in dB) that a stretch keeps up: a loop grows by the same number of decibels each time round, what people do grows ever less. A tone that swells evenly comes to 0.78. */
const KEPT_UP = 0.85;
/** Part of the power that must hold its phase. 0 to 1; of speech it is 0.12 at most. */
const HELD = 0.15;
/** Level from which it counts. dBFS; just before it is heard. */
const QUIETEST_DB = -45;

/** Finds the loop that howls up out of silence on several lines at once: sound that holds its phase and grows by the same number of decibels, stretch after stretch. */
export class SwellWatch {
  readonly #energies = new Float64Array(LOOKS);
  readonly #levels = new Float64Array(STRETCHES);
  #count = 0;
  /** Growth in the newest 400 ms when the input swells as loops do, else 0. dB. */
  growthDb = 0;

  /** Takes the `energy` of the newest two frames and the part of it that holds its phase. @hot */
  look(energy: number, held: number): void {
    this.#energies[this.#count++ % LOOKS] = energy;
    this.growthDb = 0;
    if (held < HELD || 10 * Math.log10(energy / SAMPLES + 1e-12) < QUIETEST_DB) return;
    const levels = this.#levels;
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      let sum = 0;
      for (let look = 0; look < STRETCH; look++) sum += this.#energies[(this.#count + stretch * STRETCH + look) % LOOKS] as number;
      levels[stretch] = 10 * Math.log10(sum / (STRETCH * SAMPLES) + 1e-12);
    }
    let least = GROWTH_DB;
    let growth = 0;
    for (let stretch = 1; stretch < STRETCHES; stretch++) {
      growth = (levels[stretch] as number) - (levels[stretch - 1] as number);
      if (growth < least) return;
      least = Math.max(GROWTH_DB, KEPT_UP * growth);
    }
    this.growthDb = growth;
  }
}
