import { FRAME_MS } from "../../core/units.ts";
import { HOP_FRAMES } from "./phasors.ts";

/** A return that is this much louder than what was sent, for so long on balance, does not hang on what was sent. dB, looks; 2 s, in which a ducked loop is gone, however loud it was. */
const RETURN_DB = 10;
const LOOKS = 2_000 / FRAME_MS / HOP_FRAMES;
/** How much louder than before the duck it may have been since. Ratio of energies, 2 dB: a loop that goes on in spite of the duck has grown. */
const AS_LOUD = 1.6;
/** For how long repetitions mean nothing then, unless it gets so much louder. Looks, 10 minutes; ratio of mean energies, 6 dB. */
const KNOWN_LOOKS = 600_000 / FRAME_MS / HOP_FRAMES;
const LOUDER = 4;
/** Memory of the loudest, 1 dB in 2 s, and of the mean, 1 s. Per look. */
const LOUDEST_KEEP = 0.995;
const MEAN_KEEP = 0.96;

/** Tells a machine that repeats itself sample by sample (a drum machine, a telephone) from an echo: it does not care whether it is ducked. */
export class MachineWatch {
  #mean = 0;
  #loudest = 0;
  #loudestBefore = 0;
  #meanThen = 0;
  #evidence = 0;
  #left = 0;

  /** Whether the input is known for a machine that is as loud as it was. */
  get known(): boolean {
    return this.#left > 0;
  }

  /** Takes the `energy` of the newest look as it came in. @hot */
  hear(energy: number): void {
    this.#loudest = Math.max(LOUDEST_KEEP * this.#loudest, energy);
    this.#mean = MEAN_KEEP * this.#mean + (1 - MEAN_KEEP) * energy;
    if (this.#left > 0) this.#left = this.#mean > LOUDER * this.#meanThen ? 0 : this.#left - 1;
  }

  /** Marks the moment the input was ducked. */
  ducked(): void {
    this.#loudestBefore = this.#loudest;
    this.#evidence = 0;
  }

  /** Weighs a look at a ducked input: the return against what was sent, in dB. Returns true once it is sure. */
  weigh(returnDb: number): boolean {
    this.#evidence = Math.max(0, this.#evidence + (returnDb > RETURN_DB ? 1 : -1));
    if (this.#evidence < LOOKS || this.#loudest > AS_LOUD * this.#loudestBefore) return false;
    this.#left = KNOWN_LOOKS;
    this.#meanThen = this.#mean;
    return true;
  }
}
