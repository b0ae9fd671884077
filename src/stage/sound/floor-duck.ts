import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";

/** How far the floor goes down under an interpreter. dB; low enough to be understood over, high enough to tell who speaks and how. */
const LOWERED_DB = -18;
/** From full to lowered. Milliseconds; within an interpreter's first syllable. */
const DOWN_MS = 200;
/** From lowered to full. Milliseconds; slow enough that nobody notices when it begins. */
const UP_MS = 1_500;
/** How long an interpreter is silent before the floor comes back. Milliseconds; longer than they wait for the end of a sentence. */
const HOLD_MS = 3_000;
const DOWN_STEP_DB = (-LOWERED_DB * FRAME_MS) / DOWN_MS;
const UP_STEP_DB = (-LOWERED_DB * FRAME_MS) / UP_MS;

/** Turns the floor down while an interpreter talks, and up again when they have been silent for a while. */
export class FloorDuck {
  #db = 0;
  #heldFrames = 0;

  /** Gain of the floor now. dB, 0 to -18. */
  get gainDb(): number {
    return this.#db;
  }

  /** Adds one frame of the floor to `mix`, as loud as it may be now. @hot */
  add(floor: Float32Array, mix: Float32Array, talking: boolean): void {
    if (talking) this.#heldFrames = HOLD_MS / FRAME_MS;
    else if (this.#heldFrames > 0) this.#heldFrames--;
    const from = 10 ** (this.#db / 20);
    this.#db = this.#heldFrames > 0 ? Math.max(LOWERED_DB, this.#db - DOWN_STEP_DB) : Math.min(0, this.#db + UP_STEP_DB);
    const slope = (10 ** (this.#db / 20) - from) / FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) mix[index] = (mix[index] as number) + (floor[index] as number) * (from + slope * (index + 1));
  }
}
