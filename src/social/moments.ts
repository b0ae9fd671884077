import type { Clock } from "../core/clock.ts";
import { REACTION_MOMENT_SECONDS, REACTIONS, type Reaction } from "../wire/wall.ts";

/** How long a reaction counts. Milliseconds. */
const MOMENT_MS = REACTION_MOMENT_SECONDS * 1_000;
/** People of one event and one reaction that are counted; some 2 MB for all four. With more the number stands still, and nobody would read a larger one otherwise. */
const PEOPLE_MAX = 20_000;

/** How many people reacted so to the moment; what nobody did is absent. */
export type MomentCounts = Readonly<Partial<Record<Reaction, number>>>;

/** Reactions to what is heard at this moment: how many people reacted within the last minute, each once, and nothing else about them. In memory only: they are over with the moment. */
export class Moments {
  readonly #clock: Pick<Clock, "steadyMs">;
  /** By event and reaction: who reacted and when. Steady milliseconds; the earliest first. */
  readonly #events = new Map<string, Map<Reaction, Map<string, number>>>();

  constructor(clock: Pick<Clock, "steadyMs">) {
    this.#clock = clock;
  }

  /** Events that somebody reacts to. */
  get events(): readonly string[] {
    return [...this.#events.keys()];
  }

  /** Counts somebody for a minute from now; who reacts again is not counted again. */
  take(eventId: string, reaction: Reaction, authorKey: string): void {
    const reactions = this.#events.get(eventId) ?? new Map<Reaction, Map<string, number>>();
    this.#events.set(eventId, reactions);
    const people = reactions.get(reaction) ?? new Map<string, number>();
    reactions.set(reaction, people);
    const known = people.delete(authorKey);
    if (known || people.size < PEOPLE_MAX) people.set(authorKey, this.#clock.steadyMs());
  }

  /** How many people react to an event now; undefined when nobody does. */
  counts(eventId: string): MomentCounts | undefined {
    const reactions = this.#events.get(eventId);
    if (reactions === undefined) return undefined;
    const nowMs = this.#clock.steadyMs();
    for (const [reaction, people] of reactions) {
      for (const [author, atMs] of people) {
        if (nowMs - atMs < MOMENT_MS) break;
        people.delete(author);
      }
      if (people.size === 0) reactions.delete(reaction);
    }
    if (reactions.size === 0) {
      this.#events.delete(eventId);
      return undefined;
    }
    return Object.fromEntries(REACTIONS.flatMap((one) => (reactions.has(one) ? [[one, reactions.get(one)?.size ?? 0]] : [])));
  }
}
