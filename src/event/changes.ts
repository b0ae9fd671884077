import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { ActLog, type NewAct } from "./act-log.ts";
import { EventRepository } from "./event-repository.ts";
import type { LiveEvent } from "./live-event.ts";
import type { EventStore, Step } from "./store.ts";

/** How often a change is tried again after somebody else changed the same event. */
const CONFLICT_ATTEMPTS = 8;

/** What changes are written with. */
export interface ChangesOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Called after every change of an event or its people, once it is on disk. */
  readonly onChange: (eventId: string) => void;
}

/** The one way in which anything about an event changes: one transaction of steps and the acts that tell them, tried again when somebody was quicker. */
export class Changes {
  readonly #options: ChangesOptions;
  readonly events: EventRepository;
  readonly log: ActLog;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.events = new EventRepository(options.store);
    this.log = new ActLog(options.store);
  }

  get nowMs(): number {
    return this.#options.clock.wallMs();
  }

  get store(): EventStore {
    return this.#options.store;
  }

  /** @throws `event-unknown` */
  async byId(eventId: string): Promise<LiveEvent> {
    const event = await this.events.byId(eventId);
    if (event === undefined) throw new EarshotError("event-unknown", { eventId });
    return event;
  }

  /** @throws `event-unknown`, `forbidden` for the permanent event */
  async changeable(eventId: string): Promise<LiveEvent> {
    const event = await this.byId(eventId);
    if (event.permanent) throw new EarshotError("forbidden", { rule: "the Sound check stays as it is" });
    return event;
  }

  /** Writes steps and acts as one transaction; on disk when it resolves. */
  async commit(eventId: string, steps: readonly Step[], ...acts: readonly NewAct[]): Promise<void> {
    const { nowMs } = this;
    await this.#options.store.write([...steps, ...acts.map((act) => this.log.insert(eventId, nowMs, act))]);
    this.#options.onChange(eventId);
  }

  /** Writes what belongs together about several events as one transaction: all of them are made, or none. */
  async commitAll(parts: readonly { readonly eventId: string; readonly steps: readonly Step[]; readonly acts: readonly NewAct[] }[]): Promise<void> {
    const { nowMs } = this;
    await this.#options.store.write(parts.flatMap(({ eventId, steps, acts }) => [...steps, ...acts.map((act) => this.log.insert(eventId, nowMs, act))]));
    for (const { eventId } of parts) this.#options.onChange(eventId);
  }

  /** Tries again while an attempt fails with this code; the last failure is thrown. */
  async retry<Result>(code: "conflict" | "slug-taken", attempt: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (attempts >= CONFLICT_ATTEMPTS || !(error instanceof EarshotError) || error.code !== code) throw error;
      }
    }
  }
}
