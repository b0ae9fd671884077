import { FRAME_MS } from "../../core/units.ts";

/** A pause shorter than this belongs to the turn: breath and thought. Frames; 0.7 s. Source: pauses within turns in conversation have a median of 0.3 s and are rarely over 0.7 s (Heldner and Edlund 2010). */
export const BRIDGE_FRAMES = 700 / FRAME_MS;
/** Voice a turn needs. Frames; 200 ms: a short yes is 250, a cough is less. */
export const TURN_FRAMES = 200 / FRAME_MS;
/** Turns kept per person; an event of twelve hours at ten turns a minute has fewer. */
const MOST_TURNS = 10_000;

/** A stretch of talk. Frames since going live, end exclusive. */
export type Turn = readonly [start: number, end: number];

/** One person's talk: joins voiced frames to turns. */
export class TalkClock {
  readonly turns: Turn[] = [];
  #start = -1;
  #lastVoiced = -1;
  #voicedFrames = 0;
  /** Frames of all finished turns. */
  #done = 0;
  #longest = 0;
  interruptionsMade = 0;
  interruptionsSuffered = 0;

  /** Takes up turns of an earlier run. */
  restore(turns: readonly Turn[]): void {
    for (const turn of turns) this.#keep(turn);
  }

  /**
   * Takes one frame. `voiced`: this frame holds the person's voice; `onset`: how many frames before it already did, when the voice was only now recognised.
   * Gives the turn that ended, if one did. @hot
   */
  note(frame: number, voiced: boolean, onset: number): Turn | undefined {
    if (voiced) {
      const before = this.#start >= 0 && frame - this.#lastVoiced > BRIDGE_FRAMES ? this.#end() : undefined;
      if (this.#start < 0) {
        this.#start = Math.max(this.turns.at(-1)?.[1] ?? 0, frame - onset);
        this.#voicedFrames = frame - this.#start;
      }
      this.#lastVoiced = frame;
      this.#voicedFrames++;
      return before;
    }
    return this.#start >= 0 && frame - this.#lastVoiced > BRIDGE_FRAMES ? this.#end() : undefined;
  }

  /** First frame of the turn that goes on now; -1 between turns, and while it may still be a cough. */
  get turnStart(): number {
    return this.#voicedFrames >= TURN_FRAMES ? this.#start : -1;
  }

  /** Last frame with voice. */
  get lastVoiced(): number {
    return this.#lastVoiced;
  }

  /** Talk so far, the present turn included. Frames. */
  get talked(): number {
    return this.#done + this.#open;
  }

  get longest(): number {
    return Math.max(this.#longest, this.#open);
  }

  /** All turns, the present one as long as it is. */
  get allTurns(): readonly Turn[] {
    return this.#open > 0 ? [...this.turns, [this.#start, this.#lastVoiced + 1]] : this.turns;
  }

  /** Ends the present turn: muted, left, or the event is over. */
  finish(): Turn | undefined {
    return this.#start >= 0 ? this.#end() : undefined;
  }

  get #open(): number {
    return this.turnStart < 0 ? 0 : this.#lastVoiced + 1 - this.#start;
  }

  #end(): Turn | undefined {
    const turn: Turn = [this.#start, this.#lastVoiced + 1];
    const counts = this.#voicedFrames >= TURN_FRAMES;
    this.#start = -1;
    this.#voicedFrames = 0;
    if (!counts) return undefined;
    this.#keep(turn);
    return turn;
  }

  #keep(turn: Turn): void {
    const length = turn[1] - turn[0];
    this.#done += length;
    this.#longest = Math.max(this.#longest, length);
    if (this.turns.length < MOST_TURNS) this.turns.push(turn);
  }
}
