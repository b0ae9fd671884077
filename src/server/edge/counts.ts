import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { EventCounts, type EventCountsOptions } from "./event-counts.ts";
import { isEventId } from "./house-files.ts";

/** How often the fronts' new lines are looked for. Milliseconds; the figure that everybody sees waits for it. */
const ROUND_MS = 1_000;
/** How long an event's folder stays after its end once the house has everything. Milliseconds; a day, in which an operator can look. */
const KEEP_MS = 24 * 3_600_000;
/** How long what is left may take when the edge ends. Milliseconds; less than the supervisor waits before it kills. */
const LAST_ROUND_MS = 4_000;

/** Brings home what the fronts count, event by event, for as long as anything of it is on this disk. */
export class Counts {
  readonly #options: Omit<EventCountsOptions, "eventId" | "folder"> & { readonly dataFolder: string };
  readonly #events = new Map<string, Promise<EventCounts>>();
  readonly #opened = new Set<EventCounts>();
  readonly #end = new AbortController();
  #running: ReadonlySet<string> | undefined;
  readonly #rounds: Promise<void>;

  constructor(options: Omit<EventCountsOptions, "eventId" | "folder"> & { readonly dataFolder: string }) {
    this.#options = options;
    this.#rounds = this.#run();
  }

  /** Lines and windows that the house does not have yet. */
  get waiting(): number {
    return [...this.#opened].reduce((sum, event) => sum + event.waiting, 0);
  }

  /** The events that have a stage; undefined: the house is away, and nothing is told until it is back. */
  async setRunning(eventIds: readonly string[] | undefined): Promise<void> {
    this.#running = eventIds === undefined ? undefined : new Set(eventIds);
    const known = new Set([...(eventIds ?? []), ...this.#events.keys()]);
    // What cannot be read is told by the rounds.
    for (const eventId of known)
      await this.#event(eventId).then(
        (event) => event.running(this.#running?.has(eventId)),
        () => {},
      );
  }

  /** The event is over, as its stage said. Unix milliseconds. */
  async end(eventId: string, endedUnixMs: number): Promise<void> {
    await this.#event(eventId).then(
      (event) => event.end(endedUnixMs),
      () => {},
    );
  }

  /** Ends the rounds after a last one, which tells the house what is left. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#rounds;
    await this.#round(AbortSignal.timeout(LAST_ROUND_MS));
  }

  #event(eventId: string): Promise<EventCounts> {
    let event = this.#events.get(eventId);
    if (event === undefined) {
      const { dataFolder, ...rest } = this.#options;
      event = EventCounts.open({ ...rest, eventId, folder: join(dataFolder, "events", eventId) });
      this.#events.set(eventId, event);
      event.then(
        (opened) => this.#opened.add(opened),
        // What could not be read is tried again at the next round.
        () => this.#events.delete(eventId),
      );
    }
    return event;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
      } catch (cause) {
        log.error("the round of counts failed", { cause });
      }
      await clock.sleep(ROUND_MS, signal).catch(() => {});
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { dataFolder, log } = this.#options;
    const ids = (await readdir(join(dataFolder, "events"))).filter(isEventId);
    await Promise.all(
      ids.map(async (eventId) => {
        try {
          const event = await this.#event(eventId);
          if (event.isHome) return await this.#forget(eventId, event);
          await event.collect();
          if (this.#running !== undefined) await event.tell(signal);
        } catch (cause) {
          log.error("the counts of an event could not be kept; they are looked at again", { event: eventId, cause });
        }
      }),
    );
  }

  /** Removes what is left of an event that is home, when it ended long ago. */
  async #forget(eventId: string, event: EventCounts): Promise<void> {
    const { endedUnixMs } = event;
    const { dataFolder, clock } = this.#options;
    if (endedUnixMs === undefined || this.#running?.has(eventId) !== false || clock.wallMs() < endedUnixMs + KEEP_MS) return;
    this.#events.delete(eventId);
    this.#opened.delete(event);
    await rm(join(dataFolder, "events", eventId), { recursive: true, force: true });
  }
}
