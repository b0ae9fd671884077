import type { Clock } from "../../core/clock.ts";

/** Answers kept at most; older ones are made again. */
const ENTRIES = 200;

/** Remembers what was made for a little while, so that a flood makes it once. A failure is remembered as long. */
export class Memo<Value> {
  readonly #clock: Clock;
  readonly #made = new Map<string, { readonly untilMs: number; readonly value: Promise<Value> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was made under this key at most `forMs` milliseconds ago, else what `make` makes now. */
  async get(key: string, forMs: number, make: () => Promise<Value>): Promise<Value> {
    const nowMs = this.#clock.steadyMs();
    const known = this.#made.get(key);
    if (known !== undefined && nowMs < known.untilMs) return await known.value;
    const value = make();
    this.#made.delete(key);
    this.#made.set(key, { untilMs: nowMs + forMs, value });
    if (this.#made.size > ENTRIES) this.#made.delete(this.#made.keys().next().value as string);
    return await value;
  }
}
