/** Bounds of the rate, as multiples of what was set or rehearsed. */
const LEAST = 0.1;
const MOST = 4;
/** Pressure over which the rate falls and under which it rises while somebody waits. */
const TOO_MUCH = 0.95;
const ROOM = 0.7;
/** Steps per second: down, back to what was set faster, beyond it slowly. */
const DOWN = 0.95;
const BACK = 1.1;
const UP = 1.02;
/** How fast promises follow. Per second: half a minute, because the tickets of a whole crowd are given out in its first seconds. */
const PROMISES_FOLLOW = 0.03;
/** Share of the rate that must really have come in before more is dared: times are promised long before they are due. */
const USED = 0.8;

/** How many newcomers a second the machine bears: it starts at what was set, falls under pressure, and rises while it is used up, there is room, and somebody waits. */
export class JoinRate {
  readonly #set: number;
  #factor = 1;
  #slowFactor = 1;

  constructor(joinsPerSecond: number) {
    this.#set = joinsPerSecond;
  }

  /** What may come in now. */
  get perSecond(): number {
    return this.#set * this.#factor;
  }

  /** What times are given out by. */
  get promisedPerSecond(): number {
    return this.#set * this.#slowFactor;
  }

  /** Follows the last second: its pressure, how many came in, and whether anybody waits. */
  follow(pressure: number, admitted: number, somebodyWaits: boolean): void {
    if (pressure > TOO_MUCH) this.#factor = Math.max(LEAST, this.#factor * DOWN);
    else if (pressure < ROOM && this.#factor < 1) this.#factor = Math.min(1, this.#factor * BACK);
    else if (pressure < ROOM && somebodyWaits && admitted >= this.perSecond * USED) this.#factor = Math.min(MOST, this.#factor * UP);
    else if (!somebodyWaits && this.#factor > 1) this.#factor = Math.max(1, this.#factor / UP);
    this.#slowFactor += (this.#factor - this.#slowFactor) * PROMISES_FOLLOW;
  }
}
