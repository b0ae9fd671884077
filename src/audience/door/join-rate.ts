/** Bounds of the rate, as multiples of what was set or rehearsed. */
const LEAST = 0.1;
const MOST = 4;
/** Pressure over which the rate falls and under which it rises while somebody waits. */
const TOO_MUCH = 0.9;
const ROOM = 0.7;
/** Steps per second: down fast, up slowly. */
const DOWN = 0.8;
const UP = 1.05;

/** How many newcomers a second the machine bears: it starts at what was set, falls under pressure, and rises while there is room and somebody waits. */
export class JoinRate {
  readonly #set: number;
  #factor = 1;

  constructor(joinsPerSecond: number) {
    this.#set = joinsPerSecond;
  }

  get perSecond(): number {
    return this.#set * this.#factor;
  }

  /** Follows the pressure of the last second. */
  follow(pressure: number, somebodyWaits: boolean): void {
    if (pressure > TOO_MUCH) this.#factor = Math.max(LEAST, this.#factor * DOWN);
    else if (pressure < ROOM && (somebodyWaits || this.#factor < 1)) this.#factor = Math.min(somebodyWaits ? MOST : 1, this.#factor * UP);
    else if (!somebodyWaits && this.#factor > 1) this.#factor = Math.max(1, this.#factor / UP);
  }
}
