/** Seconds within which everybody who waits shows up once: those who wait without a time are told to come again after fifteen, and add up to one at random. */
const SECONDS = 16;

/** Counts who showed up within the last {@link SECONDS} seconds, in fixed memory; nobody may be counted twice within fifteen. */
export class RollCall {
  readonly #shown = new Uint32Array(SECONDS);
  #second = 0;

  /** Somebody shows up. Unix milliseconds. */
  count(nowMs: number): void {
    this.#advance(nowMs);
    const at = this.#second % SECONDS;
    this.#shown[at] = (this.#shown[at] as number) + 1;
  }

  /** How many showed up. Unix milliseconds. */
  present(nowMs: number): number {
    this.#advance(nowMs);
    return this.#shown.reduce((sum, shown) => sum + shown, 0);
  }

  /** Nobody is there any more. */
  clear(): void {
    this.#shown.fill(0);
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    for (let at = Math.max(this.#second + 1, second - SECONDS + 1); at <= second; at++) this.#shown[at % SECONDS] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
