/** Counts who shows up, by the second, over the last seconds; fixed memory. */
export class RollCall {
  /** A ring. */
  readonly #shown: Uint32Array;
  #second = 0;

  /** `seconds`: how many are remembered. */
  constructor(seconds: number) {
    this.#shown = new Uint32Array(seconds);
  }

  /** Somebody shows up. Unix milliseconds. */
  count(nowMs: number): void {
    this.#advance(nowMs);
    const at = this.#second % this.#shown.length;
    this.#shown[at] = (this.#shown[at] as number) + 1;
  }

  /** How many showed up, from the second of `fromMs` on. Unix milliseconds. */
  present(nowMs: number, fromMs = 0): number {
    this.#advance(nowMs);
    const { length } = this.#shown;
    let sum = 0;
    for (let second = Math.max(this.#second - length + 1, Math.floor(fromMs / 1_000)); second <= this.#second; second++)
      sum += this.#shown[second % length] as number;
    return sum;
  }

  /** Nobody is there any more. */
  clear(): void {
    this.#shown.fill(0);
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    const { length } = this.#shown;
    for (let at = Math.max(this.#second + 1, second - length + 1); at <= second; at++) this.#shown[at % length] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
