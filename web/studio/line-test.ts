/** Round trips of one test. Ten in two seconds show both the usual time and how far it strays. */
const ROUNDS = 10;
const PAUSE_MS = 200;
/** A round trip up to this is not noticed in a conversation. Milliseconds. @spec ITU-T G.114 */
const GOOD_MS = 150;
/** Up to this people begin to talk over each other, but get along. Milliseconds. @spec ITU-T G.114 */
const FAIR_MS = 400;
/** How far the slowest may be from the usual one. Milliseconds; what the stage's jitter buffer evens out without being noticed. */
const STEADY_MS = 100;

/** How a line to the stage is. Milliseconds. */
export interface LineVerdict {
  readonly verdict: "good" | "fair" | "poor" | "none";
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Judges round trips; those that were lost are not in the list. Milliseconds. */
export function judgeLine(times: readonly number[], sent: number): LineVerdict {
  const sorted = times.toSorted((one, other) => one - other);
  const medianMs = Math.round(sorted[sorted.length >> 1] ?? 0);
  const worstMs = Math.round(sorted.at(-1) ?? 0);
  if (sorted.length * 2 < sent) return { verdict: "none", medianMs, worstMs };
  if (sorted.length < sent || medianMs > FAIR_MS || worstMs - medianMs > 2 * FAIR_MS) return { verdict: "poor", medianMs, worstMs };
  return { verdict: medianMs <= GOOD_MS && worstMs - medianMs <= STEADY_MS ? "good" : "fair", medianMs, worstMs };
}

/** Tests the line to the stage. `ping`: one round trip in milliseconds; undefined when no answer came. */
export async function testLine(
  ping: () => Promise<number | undefined>,
  pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<LineVerdict> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const time = await ping();
    if (time !== undefined) times.push(time);
    await pause(PAUSE_MS);
  }
  return judgeLine(times, ROUNDS);
}

/** An answer that takes longer is none. Milliseconds. */
const PONG_LIMIT_MS = 2_000;

/** Measures round trips over a line that answers one after the other. */
export class RoundTrip {
  #pong: (() => void) | undefined;

  /** One round trip in milliseconds; undefined when no answer came in time. `send` sends the question. */
  ask(send: () => void): Promise<number | undefined> {
    const before = performance.now();
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), PONG_LIMIT_MS);
      this.#pong = () => {
        clearTimeout(late);
        resolve(performance.now() - before);
      };
      send();
    });
  }

  /** The answer came. */
  answered(): void {
    this.#pong?.();
  }
}
