import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";

/** How fast the gain comes back. dB per frame; 6 dB/s: a loop shows itself again before it hurts. */
const RETURN_DB = (6 * FRAME_MS) / 1000;
/** Most that is remembered, and for how long. dB, frames; an input that howls again and again is simply too loud in its room. */
const LEARNED_MOST_DB = -30;
const FORGET_FRAMES = 120_000 / FRAME_MS;

/** Turns an input down at once and up slowly, and no further than what it howled at before. */
export class Duck {
  #targetDb = 0;
  #gainDb = 0;
  #learnedDb = 0;
  #learnedAt = 0;
  #frame = 0;
  /** Whether nothing is let through. */
  muted = false;

  /** Gain now. dB; -Infinity when muted. */
  get gainDb(): number {
    return this.muted ? Number.NEGATIVE_INFINITY : this.#gainDb;
  }

  /** Gain it is on its way to. dB. */
  get targetDb(): number {
    return this.#targetDb;
  }

  /** Gain it comes back to. dB, at most 0. */
  get learnedDb(): number {
    return this.#learnedDb;
  }

  /** Turns down to `db` unless it is lower already. */
  down(db: number): void {
    this.#targetDb = Math.min(this.#targetDb, db);
  }

  /** Remembers that the input is to come back no louder than `db`. */
  learn(db: number): void {
    this.#learnedDb = Math.max(LEARNED_MOST_DB, Math.min(this.#learnedDb, db));
    this.#learnedAt = this.#frame;
  }

  /** Turns up to what was learned. */
  letGo(): void {
    this.#targetDb = this.#learnedDb;
  }

  /** Takes everything back. */
  forget(): void {
    this.#learnedDb = 0;
    this.#targetDb = 0;
    this.muted = false;
  }

  /** Works in place on one frame. @hot */
  apply(frame: Float32Array): void {
    this.#frame++;
    if (this.#learnedDb < 0 && this.#frame - this.#learnedAt > FORGET_FRAMES) {
      if (this.#targetDb === this.#learnedDb) this.#targetDb = 0;
      this.#learnedDb = 0;
    }
    const from = this.muted ? 0 : 10 ** (this.#gainDb / 20);
    // Down within a frame, up slowly.
    this.#gainDb = this.#targetDb < this.#gainDb ? this.#targetDb : Math.min(this.#targetDb, this.#gainDb + RETURN_DB);
    const to = this.muted ? 0 : 10 ** (this.#gainDb / 20);
    const step = (to - from) / FRAME_SAMPLES;
    if (from !== 1 || to !== 1) for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) * (from + step * (index + 1));
  }
}
