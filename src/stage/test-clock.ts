import type { Clock } from "../core/clock.ts";
import { milliseconds, unixMilliseconds } from "../core/units.ts";

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  wallMs() {
    return unixMilliseconds(1_800_000_000_000 + this.#now);
  }

  steadyMs() {
    return milliseconds(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
    });
  }

  /** Lets time pass and whoever slept through it go on. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
