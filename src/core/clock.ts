import { type Milliseconds, milliseconds, type UnixMilliseconds, unixMilliseconds } from "./units.ts";

/** The two clocks of the house; passed in wherever time is needed so that tests own it. */
export interface Clock {
  /** Wall-clock instant, for people and records. Milliseconds since the Unix epoch; may jump. */
  wallMs(): UnixMilliseconds;
  /** Steady clock for intervals. Milliseconds with fraction; never goes back. */
  steadyMs(): Milliseconds;
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  wallMs: () => unixMilliseconds(Date.now()),
  steadyMs: () => milliseconds(performance.now()),
  sleep(ms, signal) {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};
