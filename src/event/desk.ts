import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { EventDraft } from "../wire/api.ts";
import type { LiveState, PublicEvent } from "../wire/public-state.ts";
import { type Actor, HOUSE, type NewAct } from "./act-log.ts";
import { Changes } from "./changes.ts";
import { checkTimeZone, readStartDate } from "./draft.ts";
import { HandDesk } from "./hand-desk.ts";
import { actsToFollow, type EventAct, transition } from "./lifecycle.ts";
import { ListenerDesk } from "./listener-desk.ts";
import { isoDate, type LiveEvent, type Person, PLAIN, toPublicEvent } from "./live-event.ts";
import { areDoorsDue } from "./schedule.ts";
import { NoteDesk } from "./note-desk.ts";
import { ScheduleDesk } from "./schedule-desk.ts";
import { SeatDesk } from "./seat-desk.ts";
import { SeriesDesk } from "./series-desk.ts";
import { isSlugAllowed, SLUG_MAX, slugCandidate, slugFromTitle } from "./slug.ts";
import { SOUND_CHECK_ID, soundCheck } from "./sound-check.ts";
import type { EventStore, Step } from "./store.ts";
import { NOBODY_SUSPENDED, type Suspended } from "./suspended.ts";

/** Addresses looked at together when a title's own address is taken. */
const SLUG_CANDIDATES = 50;
/** Coming backstage is written down at most this often per event. Milliseconds. */
const BACKSTAGE_NOTE_MS = 60_000;
/** Name of a host who gave none. */
const UNNAMED_HOST = "Host";
/** One minute. Milliseconds. */
const MINUTE_MS = 60_000;

/** What the desk works with. */
export interface EventDeskOptions {
  readonly store: EventStore;
  /** Key of the house: personal links are derived from it. 32 bytes. */
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  /** Called after every change of an event or its people, once it is on disk. */
  readonly onChange: (eventId: string) => void;
  /** Keys of everybody who is suspended at an event now; devices as `device:<SHA-256 of the secret, hex>`. Absent: nobody is. */
  readonly suspended?: Suspended;
}

/** An event that ended in another house. */
export interface EndedEvent extends Pick<LiveEvent, "id" | "slug" | "title" | "description" | "language" | "visibility"> {
  /** ISO 8601. */
  readonly startDate: string;
  readonly doorTime: string;
  readonly originUnixMs: number;
  readonly endedUnixMs: number;
  readonly speakers: readonly Pick<Person, "name" | "role">[];
}

/** What a copy of an event does not take over. */
export interface CopyChanges {
  readonly startDate: string;
  readonly timeZone?: string | undefined;
  readonly title?: string | undefined;
  readonly slug?: string | undefined;
}

/** Where live events are made and moved through their life. Every change is on disk when its promise resolves. */
export class EventDesk {
  readonly #changes: Changes;
  /** Moves, cancellations, corrections, and taking them back. */
  readonly schedule: ScheduleDesk;
  /** Who has a seat. */
  readonly seats: SeatDesk;
  /** Listeners who ask to speak. */
  readonly hands: HandDesk;
  /** What people write down for themselves. */
  readonly notes: NoteDesk;
  /** Events that belong together. */
  readonly series: SeriesDesk;
  /** Who may listen to an event by invitation. */
  readonly listeners: ListenerDesk;

  constructor(options: EventDeskOptions) {
    this.#changes = new Changes(options);
    const { suspended = NOBODY_SUSPENDED } = options;
    this.seats = new SeatDesk(this.#changes, options.houseKey, suspended);
    this.hands = new HandDesk(this.#changes, this.seats, suspended);
    this.notes = new NoteDesk(this.#changes);
    this.series = new SeriesDesk(this.#changes, this.seats, (bases) => Promise.all(bases.map((base) => this.#freeSlug(base))));
    this.listeners = new ListenerDesk(this.#changes, suspended);
    this.schedule = new ScheduleDesk(this.#changes, this.seats, this.series);
  }

  /** Makes the permanent event when it is not there yet. */
  async ensureSoundCheck(): Promise<void> {
    if ((await this.#changes.events.byId(SOUND_CHECK_ID)) !== undefined) return;
    await this.#changes.commit(SOUND_CHECK_ID, [this.#changes.events.insertEvent(soundCheck(this.#changes.nowMs))]);
  }

  /** Every event, the latest start first. */
  all(): Promise<readonly LiveEvent[]> {
    return this.#changes.events.all();
  }

  /** @throws `event-unknown` */
  async bySlug(slug: string): Promise<LiveEvent> {
    const event = await this.#changes.events.bySlug(slug);
    if (event === undefined) throw new EarshotError("event-unknown", { slug: slug.slice(0, SLUG_MAX) });
    return event;
  }

  /** @throws `event-unknown` */
  byId(id: string): Promise<LiveEvent> {
    return this.#changes.byId(id);
  }

  /** Writes down what was decided about an event's recording. */
  async noteRecording(
    eventId: string,
    act: "edit-recording" | "delete-recording",
    by: Actor,
    decided: Readonly<Record<string, string | number | boolean>>,
  ): Promise<void> {
    const after = Object.fromEntries(Object.entries(decided).map(([name, value]) => [name, String(value)]));
    await this.#changes.commit(eventId, [], { act, by, after });
  }

  /** Writes steps of another domain and the act that tells them as one transaction. */
  async record(eventId: string, steps: readonly Step[], act: NewAct): Promise<void> {
    await this.#changes.commit(eventId, steps, act);
  }

  /** The event as the public may know it. */
  async toPublic(event: LiveEvent): Promise<PublicEvent> {
    const series = event.seriesId === null ? undefined : await this.series.byId(event.seriesId);
    return toPublicEvent(event, { people: await this.seats.of(event.id), entries: await this.schedule.history(event.id), series });
  }

  /** Makes an event and its people. @throws `invalid-field`, `start-in-past`, `slug-taken` */
  async create(draft: EventDraft, by: Actor, pictures: Pick<LiveEvent, "artwork" | "cover"> = PLAIN): Promise<LiveEvent> {
    const { nowMs, events } = this.#changes;
    const timeZone = checkTimeZone(draft.timeZone);
    const startMs = readStartDate(draft.startDate, timeZone, nowMs);
    const { title, description, language, visibility, plannedMinutes } = draft;
    const doorMs = startMs - draft.doorsMinutesBefore * MINUTE_MS;
    const times = { timeZone, startMs, doorMs, plannedMinutes, createdMs: nowMs, updatedMs: nowMs, liveMs: null, endedMs: null, backstageMs: null };
    const fresh = { status: "scheduled", permanent: false, revision: 1, sequence: 0, previousStartMs: null, reason: "", handsOpen: false } as const;
    const { embed = true, mostListeners = null, series = "" } = draft;
    const rules = { embed, mostListeners, seriesId: await this.series.idOf(series) };
    const event = { ...PLAIN, ...pictures, ...rules, id: newId(nowMs), title, description, language, visibility, ...times, ...fresh };
    const named = draft.speakers.some((speaker) => speaker.role === "host");
    const speakers = named ? draft.speakers : [{ name: UNNAMED_HOST, role: "host" as const }, ...draft.speakers];
    const people = this.seats.firstPeople(event.id, speakers).map((person) => events.insertPerson(person, nowMs));
    const insert = async (slug: string): Promise<LiveEvent> => {
      await this.#changes.commit(event.id, [events.insertEvent({ ...event, slug }), ...people], { act: "make", by, after: { title, start_ms: startMs } });
      return { ...event, slug };
    };
    if (draft.slug !== undefined) return await insert(await this.#checkSlug(draft.slug));
    const base = slugFromTitle(title, language, `event-${isoDate(startMs, timeZone).slice(0, 10)}`);
    return await this.#changes.retry("slug-taken", async () => await insert(await this.#freeSlug(base)));
  }

  /** Makes an event like another one at another time: same texts, length, doors, picture, rules, people and roles; new address and links, no history. @throws like {@link create} */
  async duplicate(eventId: string, changes: CopyChanges, by: Actor): Promise<LiveEvent> {
    const seen = await this.#changes.changeable(eventId);
    // Who came from the audience came for that evening.
    const invited = (await this.seats.of(eventId)).filter(({ arrivesMuted }) => !arrivesMuted);
    const { title, description, language, visibility, plannedMinutes, embed, mostListeners, artwork, cover } = seen;
    const series = seen.seriesId === null ? undefined : (await this.series.byId(seen.seriesId))?.slug;
    const copy = { title: changes.title ?? title, description, language, visibility, plannedMinutes, embed, mostListeners, series, slug: changes.slug };
    const times = { startDate: changes.startDate, timeZone: changes.timeZone ?? seen.timeZone, doorsMinutesBefore: (seen.startMs - seen.doorMs) / MINUTE_MS };
    return await this.create({ ...copy, ...times, speakers: invited.map(({ name, role, interprets }) => ({ name, role, interprets })) }, by, {
      artwork,
      cover,
    });
  }

  /** Takes in an event that ended in another house, under its id; its address gets a number when it is given already here. */
  async adopt(ended: EndedEvent): Promise<LiveEvent> {
    const { nowMs, events } = this.#changes;
    const known = await events.byId(ended.id);
    if (known !== undefined) return known;
    const { id, title, description, language, visibility, originUnixMs, endedUnixMs } = ended;
    const [startMs, doorMs, liveMs, endedMs] = [Date.parse(ended.startDate), Date.parse(ended.doorTime), Math.round(originUnixMs), Math.round(endedUnixMs)];
    const times = { timeZone: "UTC", startMs, doorMs, liveMs, endedMs, createdMs: nowMs, updatedMs: nowMs, backstageMs: null };
    const plannedMinutes = Math.max(1, Math.ceil((endedMs - liveMs) / MINUTE_MS));
    const over = { status: "ended", permanent: false, revision: 1, sequence: 0, previousStartMs: null, reason: "", handsOpen: false } as const;
    const hosted = ended.speakers.some(({ role }) => role === "host");
    const speakers = hosted ? ended.speakers : [{ name: UNNAMED_HOST, role: "host" as const }, ...ended.speakers];
    const people = speakers.map(({ name, role }, position) => events.insertPerson(this.seats.newPerson({ eventId: id, name, role, position }), nowMs));
    return await this.#changes.retry("slug-taken", async () => {
      const slug = await this.#freeSlug(ended.slug);
      const event: LiveEvent = { ...PLAIN, id, slug, title, description, language, visibility, plannedMinutes, ...times, ...over };
      await this.#changes.commit(id, [events.insertEvent(event), ...people], { act: "import", by: HOUSE, after: { title, start_ms: startMs } });
      return event;
    });
  }

  /** Notes that somebody came backstage, so that the stage is started. */
  async noteBackstage(event: LiveEvent): Promise<void> {
    const { nowMs, store } = this.#changes;
    if (event.permanent || (event.backstageMs !== null && nowMs - event.backstageMs < BACKSTAGE_NOTE_MS)) return;
    const query = store.sql.updateTable("live_event").set({ backstage_ms: nowMs }).where("id", "=", event.id);
    await this.#changes.commit(event.id, [{ query }]);
  }

  /** Opens the doors of every event whose door time has come. */
  async openDueDoors(): Promise<void> {
    const { nowMs } = this.#changes;
    const due = (await this.all()).filter((event) => areDoorsDue(event, nowMs));
    for (const { id } of due) {
      await this.#move(id, (seen) => (areDoorsDue(seen, nowMs) ? ["open-doors"] : []), {});
    }
  }

  /** Takes over what a stage says of its event: it is the truth about going live and ending. */
  async followStage(state: LiveState): Promise<void> {
    const values = {
      ...(state.originUnixMs === undefined ? {} : { live_ms: Math.round(state.originUnixMs) }),
      ...(state.endedUnixMs === undefined ? {} : { ended_ms: Math.round(state.endedUnixMs) }),
    };
    await this.#move(state.eventId, (seen) => (seen.permanent ? [] : actsToFollow(seen.status, state.phase)), values);
  }

  async #move(eventId: string, acts: (seen: LiveEvent) => readonly EventAct[], values: { live_ms?: number; ended_ms?: number }): Promise<void> {
    await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.events.byId(eventId);
      if (seen === undefined) return;
      const walked = acts(seen);
      const status = walked.reduce((reached, act) => transition(reached, act) ?? reached, seen.status);
      if (status === seen.status) return;
      const told = walked.filter((act) => act !== "reschedule").map((act) => ({ act, by: HOUSE }) as const);
      await this.#changes.commit(eventId, [this.#changes.events.updateEvent(seen, { ...values, status })], ...told);
    });
  }

  async #checkSlug(slug: string): Promise<string> {
    if (isSlugAllowed(slug)) return slug;
    if ((await this.#changes.events.bySlug(slug)) !== undefined) throw new EarshotError("slug-taken", { field: "slug", value: slug });
    throw new EarshotError("invalid-field", {
      field: "slug",
      rule: `lower-case letters, digits and hyphens, at most ${SLUG_MAX}, no word of the house`,
      value: slug,
    });
  }

  async #freeSlug(base: string): Promise<string> {
    for (let from = 0; ; from += SLUG_CANDIDATES) {
      const candidates = Array.from({ length: SLUG_CANDIDATES }, (_, index) => slugCandidate(base, from + index));
      const taken = await this.#changes.events.takenSlugs(candidates);
      const free = candidates.find((slug) => !taken.has(slug));
      if (free !== undefined) return free;
    }
  }
}
