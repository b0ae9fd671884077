import type { RunningStage } from "../supervisor/ipc.ts";

/** Longest that somebody who asks for a stage that died is held. Milliseconds: a start takes half a second, on a busy machine two; a page gives its attempt up after five. */
const HOLD_MS = 3_000;
/** After this long a stage that died is not expected back at any moment. Milliseconds; who asks then is told so at once and comes again by themselves. */
const EXPECTED_FOR_MS = 10_000;
/** Held at one time, all stages; two for each seat of two full ones. Whoever comes beyond them is told to come again. */
const MAX_HELD = 64;

interface Held {
  readonly slug: string;
  readonly sinceMs: number;
  readonly letGo: (stage: RunningStage | undefined) => void;
}

/** Stages that died and will be back in a moment: whoever knocks meanwhile is let in when they are, instead of knocking again and again. */
export class LostStages {
  readonly #lostAt = new Map<string, number>();
  readonly #held = new Set<Held>();

  /** Takes over which stages run now, by slug, and which ran before. */
  setRunning(before: ReadonlyMap<string, RunningStage>, now: ReadonlyMap<string, RunningStage>, nowMs: number): void {
    for (const slug of before.keys()) if (!now.has(slug)) this.#lostAt.set(slug, nowMs);
    for (const [slug, stage] of now) {
      this.#lostAt.delete(slug);
      for (const held of this.#held) if (held.slug === slug) this.#letGo(held, stage);
    }
  }

  /** Resolves with the stage when it is back, or with undefined: at once when it is not expected, later when it did not come in time. */
  async comeBack(slug: string, nowMs: number): Promise<RunningStage | undefined> {
    const lostAt = this.#lostAt.get(slug);
    if (lostAt === undefined || nowMs - lostAt > EXPECTED_FOR_MS || this.#held.size >= MAX_HELD) return undefined;
    const { promise, resolve: letGo } = Promise.withResolvers<RunningStage | undefined>();
    this.#held.add({ slug, sinceMs: nowMs, letGo });
    return await promise;
  }

  /** Lets go who was held too long; call about once a second. */
  advance(nowMs: number): void {
    for (const held of this.#held) if (nowMs - held.sinceMs >= HOLD_MS) this.#letGo(held, undefined);
    for (const [slug, lostAt] of this.#lostAt) if (nowMs - lostAt > EXPECTED_FOR_MS) this.#lostAt.delete(slug);
  }

  #letGo(held: Held, stage: RunningStage | undefined): void {
    this.#held.delete(held);
    held.letGo(stage);
  }
}
