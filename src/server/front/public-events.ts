import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { DoorRecord } from "../../wire/door.ts";
import type { ListenerRecord } from "../../wire/listeners.ts";
import type { LiveState, PublicEvent, SeriesRecord } from "../../wire/public-state.ts";
import type { HouseLook } from "../../wire/house.ts";
import { readJson } from "../adapters/durable-file.ts";
import { PLAIN_LOOK, readLook } from "../adapters/house-look.ts";
import type { ReminderOffer } from "../../wire/reminders.ts";
import { REMINDER_OFFER } from "../adapters/reminder-offer.ts";

/** How long a file's content is used before its time stamp is looked at again. Milliseconds. */
const LOOK_AGAIN_MS = 500;

/** How old the list of announced addresses may be when somebody asks for one that is not known. Milliseconds; a flood of invented ones then costs ten looks a second, and a new event is there as soon as anybody can type it. */
const LIST_AGAIN_MS = 100;

interface Cached {
  lookedAt: number;
  /** 0 while there is no such file. */
  modifiedMs: number;
  value: unknown;
}

/** The announced events as control wrote them, read again when they changed. Works while control is dead. */
export class PublicEvents {
  readonly #dataFolder: string;
  readonly #clock: Clock;
  readonly #files = new Map<string, Cached>();
  /** Names of the files of events that are announced. */
  #announced: Promise<ReadonlySet<string>> | undefined;
  #listedAt = 0;
  #lookRead: unknown;
  #look = PLAIN_LOOK;

  constructor(dataFolder: string, clock: Clock) {
    this.#dataFolder = dataFolder;
    this.#clock = clock;
  }

  /** One event, or undefined when no such address was ever announced. */
  async event(slug: string): Promise<PublicEvent | undefined> {
    if (!/^[a-z0-9-]{1,80}$/.test(slug)) return undefined;
    const path = join("public", `${slug}.json`);
    if (!this.#files.has(path) && !(await this.#list()).has(`${slug}.json`)) return undefined;
    return (await this.#read(path)) as PublicEvent | undefined;
  }

  /** One event that has to be there. @throws `event-unknown` */
  async known(slug: string): Promise<PublicEvent> {
    const event = await this.event(slug);
    if (event === undefined) throw new EarshotError("event-unknown", { slug });
    return event;
  }

  /** The list of all announced events. */
  async list(): Promise<readonly PublicEvent[]> {
    const list = await this.#read(join("public", "index.json"));
    const events = Array.isArray(list) ? list : ((list as { events?: unknown } | undefined)?.events ?? []);
    return events as PublicEvent[];
  }

  /** How the house looks. */
  async look(): Promise<HouseLook> {
    const value = await this.#read(join("public", "house.json"));
    if (value !== this.#lookRead) {
      this.#lookRead = value;
      this.#look = readLook(value);
    }
    return this.#look;
  }

  /** Every series, by title. */
  async series(): Promise<readonly SeriesRecord[]> {
    const list = await this.#read(join("public", "series.json"));
    return Array.isArray(list) ? (list as SeriesRecord[]) : [];
  }

  /** How an event's personal listener link stands. */
  async listenerLink(eventId: string, link: string): Promise<"open" | "revoked" | "suspended"> {
    const record = (await this.#read(join("events", eventId, "listeners.json"))) as ListenerRecord | undefined;
    if (record?.revoked.includes(link) === true) return "revoked";
    return record?.suspended?.includes(link) === true ? "suspended" : "open";
  }

  /** How listeners can be reminded; undefined until control has said so. */
  async reminderOffer(): Promise<ReminderOffer | undefined> {
    return (await this.#read(REMINDER_OFFER)) as ReminderOffer | undefined;
  }

  /** What the stage last wrote about an event. */
  async lastState(eventId: string): Promise<LiveState | undefined> {
    return (await this.#read(join("events", eventId, "state.json"))) as LiveState | undefined;
  }

  /** The host's orders for the doors; left to the server while there are none. Where they name no cap, the event's own holds. */
  async orders(eventId: string, slug: string): Promise<DoorRecord> {
    const given = ((await this.#read(join("events", eventId, "doors.json"))) as DoorRecord | undefined) ?? { mode: "auto" };
    const { mostListeners } = (await this.event(slug)) ?? {};
    return mostListeners === undefined ? given : { mostListeners, ...given };
  }

  async #read(path: string): Promise<unknown> {
    const now = this.#clock.steadyMs();
    const cached = this.#files.get(path);
    if (cached !== undefined && now - cached.lookedAt < LOOK_AGAIN_MS) return cached.value;
    const absolute = join(this.#dataFolder, path);
    const modifiedMs = await stat(absolute).then(
      (found) => found.mtimeMs,
      () => undefined,
    );
    if (modifiedMs === undefined) {
      // Only files of the house and of announced events are asked for, so that what is remembered of missing ones has an end.
      this.#files.set(path, { lookedAt: now, modifiedMs: 0, value: undefined });
      return undefined;
    }
    const value = cached?.modifiedMs === modifiedMs ? cached.value : await readJson(absolute);
    this.#files.set(path, { lookedAt: now, modifiedMs, value });
    return value;
  }

  /** The announced addresses, as they were a moment ago. */
  async #list(): Promise<ReadonlySet<string>> {
    const now = this.#clock.steadyMs();
    if (this.#announced === undefined || now - this.#listedAt >= LIST_AGAIN_MS) {
      this.#listedAt = now;
      this.#announced = readdir(join(this.#dataFolder, "public")).then(
        (names) => new Set(names),
        () => new Set(),
      );
    }
    return await this.#announced;
  }
}
