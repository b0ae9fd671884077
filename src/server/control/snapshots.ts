import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import { type EventDesk, type LiveEvent, toStageManifest } from "../../event/mod.ts";
import type { ListenerRecord } from "../../wire/listeners.ts";
import { isListed, type PublicEvent, type SeriesRecord } from "../../wire/public-state.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { writeHandActs } from "../adapters/hand-acts.ts";

/** What the snapshots are made from and where they go. */
export interface SnapshotsOptions {
  readonly dataFolder: string;
  readonly desk: EventDesk;
  readonly log: Log;
  /** Called when a stage would find a new manifest. */
  readonly onManifest: (event: LiveEvent) => void;
  /** Whether an event's page has a wall to show. */
  readonly hasWall: (eventId: string) => Promise<boolean>;
}

/**
 * Keeps the files that front and stages read in step with the database: `public/<slug>.json`, `public/index.json`, `events/<id>/event.json`, `hand-acts.json`.
 * A file that could not be written is tried again at the next {@link flush}; until then the old one stands.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #changed = new Set<string>();
  readonly #published = new Map<string, PublicEvent>();
  #indexChanged = true;
  #flushing: Promise<void> = Promise.resolve();
  /** Files that could not be written since the start. */
  failures = 0;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** Says that an event or its people changed. */
  mark(eventId: string): void {
    this.#changed.add(eventId);
  }

  /** Whether the stage of this event finds its manifest. */
  isPublished(eventId: string): boolean {
    return this.#published.has(eventId);
  }

  /** Writes what changed. Never rejects: what fails is logged, counted and tried again. Runs one after the other. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#writeChanged());
    return this.#flushing;
  }

  async #writeChanged(): Promise<void> {
    for (const eventId of [...this.#changed]) {
      this.#changed.delete(eventId);
      await this.#attempt(
        () => this.#writeEvent(eventId),
        () => this.#changed.add(eventId),
      );
    }
    if (!this.#indexChanged) return;
    this.#indexChanged = false;
    await this.#attempt(
      () => this.#writeIndex(),
      () => {
        this.#indexChanged = true;
      },
    );
  }

  async #writeEvent(eventId: string): Promise<void> {
    const { dataFolder, desk } = this.#options;
    const event: LiveEvent = await desk.byId(eventId);
    const people = await desk.seats.of(eventId);
    const folder = join(dataFolder, "events", eventId);
    await mkdir(folder, { recursive: true });
    // Before the event itself: a front that reads of an event by invitation finds whom to refuse.
    await this.#writeListeners(event, join(folder, "listeners.json"));
    await writeHandActs(this.#options.dataFolder, eventId, await desk.hands.acts(eventId));
    await writeDurably(join(folder, "event.json"), `${JSON.stringify(toStageManifest(event, people, await desk.seats.removed(eventId)))}\n`);
    this.#options.onManifest(event);
    const wall = (await this.#options.hasWall(eventId)) ? { wall: true as const } : {};
    const publicEvent: PublicEvent = { ...(await desk.toPublic(event)), ...wall };
    await mkdir(join(dataFolder, "public"), { recursive: true });
    await writeDurably(join(dataFolder, "public", `${event.slug}.json`), `${JSON.stringify(publicEvent)}\n`);
    this.#published.set(eventId, publicEvent);
    this.#indexChanged = true;
  }

  /** Only where somebody is to be refused: of every other event, and of one whose recording was deleted, nothing of its listeners lies about. */
  async #writeListeners({ id, visibility }: LiveEvent, path: string): Promise<void> {
    const { desk } = this.#options;
    const [revoked, suspended] = visibility === "invited" ? [await desk.listeners.revoked(id), await desk.listeners.suspended(id)] : [[], []];
    if (revoked.length + suspended.length > 0)
      await writeDurably(path, `${JSON.stringify({ revoked, ...(suspended.length === 0 ? {} : { suspended }) } satisfies ListenerRecord)}\n`);
    else await rm(path, { force: true });
  }

  async #writeIndex(): Promise<void> {
    // What is not for everybody stands in no list at all, so that nobody who makes one can forget it.
    const listed = [...this.#published.values()].filter(isListed);
    const events = listed.sort((one, other) => Date.parse(other.startDate) - Date.parse(one.startDate));
    await mkdir(join(this.#options.dataFolder, "public"), { recursive: true });
    await writeDurably(join(this.#options.dataFolder, "public", "index.json"), `${JSON.stringify(events)}\n`);
    const series = (await this.#options.desk.series.all()).map(({ slug, title, description }): SeriesRecord => ({ slug, title, description }));
    await writeDurably(join(this.#options.dataFolder, "public", "series.json"), `${JSON.stringify(series)}\n`);
  }

  async #attempt(write: () => Promise<void>, again: () => void): Promise<void> {
    try {
      await write();
    } catch (cause) {
      again();
      this.failures++;
      this.#options.log.error("a public file could not be written; the old one stands and it is tried again", { cause });
    }
  }
}
