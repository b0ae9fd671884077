/** Furthest time that is given out. Seconds; an evening is over by then. */
export const LONGEST_SECONDS = 7_200;
/** How late a time may be used before it counts as given up. Seconds. */
export const GRACE_SECONDS = 120;

/** Counts times that were given out, by the second they fall in: how many are still to come, have come and are still good, and were given up. Fixed memory. */
export class GivenTimes {
  /** A ring. */
  readonly #due = new Uint32Array(LONGEST_SECONDS * 2);
  #countedSecond = 0;
  #lapsed = 0;
  /** Times still to come. */
  waiting = 0;
  /** Times that have come, were not used, and are still good. */
  overdue = 0;

  /** Times that nobody used. */
  get lapsed(): number {
    return Math.max(0, this.#lapsed);
  }

  /** A time is given out. Unix milliseconds. */
  give(atMs: number, nowMs: number): void {
    this.advance(nowMs);
    const at = Math.floor(atMs / 1_000) % this.#due.length;
    this.#due[at] = (this.#due[at] as number) + 1;
    this.waiting++;
  }

  /** A time that was given out is used or exchanged; false when it was not given out here, or has been. */
  take(atMs: number, nowMs: number): boolean {
    this.advance(nowMs);
    const second = Math.floor(atMs / 1_000);
    // Whoever comes late enough has been taken for lost already.
    if (second < this.#countedSecond - GRACE_SECONDS) {
      this.#lapsed--;
      return true;
    }
    const at = second % this.#due.length;
    if ((this.#due[at] as number) === 0) return false;
    this.#due[at] = (this.#due[at] as number) - 1;
    if (second >= this.#countedSecond) this.waiting--;
    else this.overdue--;
    return true;
  }

  /** Counts the seconds that have passed: their times are no longer to come, and two minutes later they are given up. */
  advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (this.#countedSecond === 0 || second - this.#countedSecond > LONGEST_SECONDS) this.#countedSecond = second;
    for (; this.#countedSecond < second; this.#countedSecond++) {
      const come = this.#due[this.#countedSecond % this.#due.length] as number;
      this.waiting -= come;
      this.overdue += come;
      const old = (this.#countedSecond - GRACE_SECONDS + this.#due.length) % this.#due.length;
      this.#lapsed += this.#due[old] as number;
      this.overdue -= this.#due[old] as number;
      this.#due[old] = 0;
    }
  }
}
