import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type EventDraft, type EventEdit, SPEAKERS_MAX } from "../wire/api.ts";
import type { LiveState } from "../wire/public-state.ts";
import type { Role } from "../wire/room.ts";
import { checkTimeZone, readStartDate } from "./draft.ts";
import { EventRepository } from "./event-repository.ts";
import { personalSecret, secretHash } from "./invitation.ts";
import { actsToFollow, type EventAct, transition } from "./lifecycle.ts";
import { isoDate, type LiveEvent, type Person } from "./live-event.ts";
import { areDoorsDue, DOORS_BEFORE_START_MS } from "./schedule.ts";
import { isSlugAllowed, SLUG_MAX, slugCandidate, slugFromTitle } from "./slug.ts";
import { SOUND_CHECK_ID, soundCheck } from "./sound-check.ts";
import type { EventStore, Step } from "./store.ts";

/** Bytes of a person's id. 9 bytes = 12 characters: never the same twice, and short, because every listener's stream carries it. */
const PERSON_ID_BYTES = 9;
/** Addresses looked at together when a title's own address is taken. */
const SLUG_CANDIDATES = 50;
/** How often a change is tried again after somebody else changed the same event. */
const CONFLICT_ATTEMPTS = 8;
/** Coming backstage is written down at most this often per event. Milliseconds. */
const BACKSTAGE_NOTE_MS = 60_000;
/** Name of a host who gave none. */
const UNNAMED_HOST = "Host";

/** What the desk works with. */
export interface EventDeskOptions {
  readonly store: EventStore;
  /** Key of the house: personal links are derived from it. 32 bytes. */
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  /** Called after every change of an event or its people, once it is on disk. */
  readonly onChange: (eventId: string) => void;
}

/** Where live events are made, changed and moved through their life. Every change is on disk when its promise resolves. */
export class EventDesk {
  readonly #options: EventDeskOptions;
  readonly #events: EventRepository;

  constructor(options: EventDeskOptions) {
    this.#options = options;
    this.#events = new EventRepository(options.store);
  }

  /** Makes the permanent event when it is not there yet. */
  async ensureSoundCheck(): Promise<void> {
    if ((await this.#events.byId(SOUND_CHECK_ID)) !== undefined) return;
    await this.#commit(SOUND_CHECK_ID, [this.#events.insertEvent(soundCheck(this.#nowMs))]);
  }

  /** Every event, the latest start first. */
  all(): Promise<readonly LiveEvent[]> {
    return this.#events.all();
  }

  /** @throws `event-unknown` */
  async bySlug(slug: string): Promise<LiveEvent> {
    const event = await this.#events.bySlug(slug);
    if (event === undefined) throw new EarshotError("event-unknown", { slug: slug.slice(0, SLUG_MAX) });
    return event;
  }

  /** @throws `event-unknown` */
  async byId(id: string): Promise<LiveEvent> {
    const event = await this.#events.byId(id);
    if (event === undefined) throw new EarshotError("event-unknown", { eventId: id });
    return event;
  }

  /** People with a seat, in order. */
  people(eventId: string): Promise<readonly Person[]> {
    return this.#events.people(eventId);
  }

  /** Ids of seats that were taken away. */
  removedSeats(eventId: string): Promise<readonly string[]> {
    return this.#events.removedSeats(eventId);
  }

  /** The person whose link holds this secret, if it still opens anything. */
  personBySecret(secret: string): Promise<Person | undefined> {
    return this.#events.personBySecretHash(secretHash(secret));
  }

  /** The secret of a person's present link; undefined when another house key made it: such a link works but can only be renewed, not shown. */
  secretOf(person: Person): string | undefined {
    const secret = personalSecret(this.#options.houseKey, person.id, person.generation);
    return timingSafeEqual(secretHash(secret), person.secretHash) ? secret : undefined;
  }

  /** Makes an event and its people. @throws `invalid-field`, `start-in-past`, `slug-taken` */
  async create(draft: EventDraft): Promise<LiveEvent> {
    const nowMs = this.#nowMs;
    const timeZone = checkTimeZone(draft.timeZone);
    const startMs = readStartDate(draft.startDate, timeZone, nowMs);
    const { title, description, language } = draft;
    const times = { timeZone, startMs, doorMs: startMs - DOORS_BEFORE_START_MS, createdMs: nowMs, liveMs: null, endedMs: null, backstageMs: null };
    const event = { id: newId(nowMs), title, description, language, ...times, status: "scheduled", permanent: false, revision: 1 } as const;
    const named = draft.speakers.some((speaker) => speaker.role === "host");
    const speakers = named ? draft.speakers : [{ name: UNNAMED_HOST, role: "host" as const }, ...draft.speakers];
    const people = speakers.map(({ name, role }, position) => this.#insert({ eventId: event.id, name, role, position }));
    const insert = async (slug: string): Promise<LiveEvent> => {
      await this.#commit(event.id, [this.#events.insertEvent({ ...event, slug }), ...people]);
      return { ...event, slug };
    };
    if (draft.slug !== undefined) return await insert(await this.#checkSlug(draft.slug));
    const base = slugFromTitle(title, language, `event-${isoDate(startMs, timeZone).slice(0, 10)}`);
    return await this.#retry("slug-taken", async () => await insert(await this.#freeSlug(base)));
  }

  /** Changes what is given; the list of speakers is the whole list. @throws `invalid-field`, `start-in-past`, `transition-invalid`, `forbidden` */
  async edit(eventId: string, edit: EventEdit): Promise<LiveEvent> {
    await this.#retry("conflict", async () => {
      const seen = await this.#changeable(eventId);
      const timeZone = edit.timeZone === undefined ? seen.timeZone : checkTimeZone(edit.timeZone);
      const values = {
        ...(edit.title === undefined ? {} : { title: edit.title }),
        ...(edit.description === undefined ? {} : { description: edit.description }),
        ...(edit.timeZone === undefined ? {} : { time_zone: timeZone }),
        ...(edit.startDate === undefined ? {} : this.#reschedule(seen, edit.startDate, timeZone)),
      };
      const people = edit.speakers === undefined ? [] : this.#editPeople(eventId, await this.people(eventId), edit.speakers);
      await this.#commit(eventId, [this.#events.updateEvent(seen, values), ...people]);
    });
    return await this.byId(eventId);
  }

  /** Gives a person a seat and a link. @throws `invalid-field` when the stage is full, `forbidden` */
  async invite(eventId: string, { name, role }: { readonly name: string; readonly role: Role }): Promise<Person> {
    return await this.#retry("conflict", async () => {
      const seen = await this.#changeable(eventId);
      const people = await this.people(eventId);
      checkSpeakerCount(people.length + 1);
      const position = Math.max(-1, ...people.map((person) => person.position)) + 1;
      const person = this.#newPerson({ eventId, name, role, position });
      await this.#commit(eventId, [this.#events.updateEvent(seen, {}), this.#events.insertPerson(person, this.#nowMs)]);
      return person;
    });
  }

  /** Takes a person's seat and link away. @throws `forbidden` for the last host, `not-found` */
  async revoke(eventId: string, personId: string): Promise<void> {
    await this.#retry("conflict", async () => {
      const seen = await this.#changeable(eventId);
      checkHostStays((await this.people(eventId)).filter((person) => person.id !== personId));
      await this.#commit(eventId, [this.#events.updateEvent(seen, {}), this.#events.updatePerson(eventId, personId, { revoked_ms: this.#nowMs })]);
    });
  }

  /** Gives a person a new link; the old one opens nothing any more. @throws `not-found` */
  async renewLink(eventId: string, personId: string): Promise<Person> {
    return await this.#retry("conflict", async () => {
      const seen = await this.#changeable(eventId);
      const person = (await this.people(eventId)).find((other) => other.id === personId);
      if (person === undefined) throw new EarshotError("not-found", { person: personId });
      const renewed = this.#withLink({ ...person, generation: person.generation + 1 });
      const values = { generation: renewed.generation, secret_hash: renewed.secretHash };
      await this.#commit(eventId, [this.#events.updateEvent(seen, {}), this.#events.updatePerson(eventId, personId, values)]);
      return renewed;
    });
  }

  /** Notes that somebody came backstage, so that the stage is started. */
  async noteBackstage(event: LiveEvent): Promise<void> {
    const nowMs = this.#nowMs;
    if (event.permanent || (event.backstageMs !== null && nowMs - event.backstageMs < BACKSTAGE_NOTE_MS)) return;
    const query = this.#options.store.sql.updateTable("live_event").set({ backstage_ms: nowMs }).where("id", "=", event.id);
    await this.#commit(event.id, [{ query }]);
  }

  /** Opens the doors of every event whose door time has come. */
  async openDueDoors(): Promise<void> {
    const nowMs = this.#nowMs;
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

  get #nowMs(): number {
    return this.#options.clock.wallMs();
  }

  async #move(eventId: string, acts: (seen: LiveEvent) => readonly EventAct[], values: { live_ms?: number; ended_ms?: number }): Promise<void> {
    await this.#retry("conflict", async () => {
      const seen = await this.#events.byId(eventId);
      if (seen === undefined) return;
      const status = acts(seen).reduce((reached, act) => transition(reached, act) ?? reached, seen.status);
      if (status === seen.status) return;
      await this.#commit(eventId, [this.#events.updateEvent(seen, { ...values, status })]);
    });
  }

  #reschedule(seen: LiveEvent, startDate: string, timeZone: string) {
    const start_ms = readStartDate(startDate, timeZone, this.#nowMs);
    const door_ms = start_ms - DOORS_BEFORE_START_MS;
    const status = transition(seen.status, "reschedule");
    if (status === undefined) throw new EarshotError("transition-invalid", { act: "reschedule", status: seen.status });
    return { start_ms, door_ms, status };
  }

  #editPeople(eventId: string, people: readonly Person[], list: NonNullable<EventEdit["speakers"]>): Step[] {
    const kept = new Set(list.map((entry) => entry.id));
    const gone = people.filter((person) => person.role !== "host" && !kept.has(person.id));
    checkSpeakerCount(people.length - gone.length + list.filter((entry) => entry.id === undefined).length);
    const staying = people.filter((person) => !gone.includes(person));
    checkHostStays(staying.map((person) => list.find((entry) => entry.id === person.id) ?? person));
    return [
      ...gone.map((person) => this.#events.updatePerson(eventId, person.id, { revoked_ms: this.#nowMs })),
      ...list.map(({ id, name, role }, index) =>
        id === undefined
          ? this.#insert({ eventId, name, role, position: index + 1 })
          : this.#events.updatePerson(eventId, id, { name, role, position: index + 1 }),
      ),
    ];
  }

  #newPerson(person: Pick<Person, "eventId" | "name" | "role" | "position">): Person {
    return this.#withLink({ ...person, id: newPersonId(), generation: 1, revoked: false });
  }

  #insert(person: Pick<Person, "eventId" | "name" | "role" | "position">): Step {
    return this.#events.insertPerson(this.#newPerson(person), this.#nowMs);
  }

  #withLink(person: Omit<Person, "secretHash">): Person {
    return { ...person, secretHash: secretHash(personalSecret(this.#options.houseKey, person.id, person.generation)) };
  }

  async #changeable(eventId: string): Promise<LiveEvent> {
    const event = await this.byId(eventId);
    if (event.permanent) throw new EarshotError("forbidden", { rule: "the Sound check stays as it is" });
    return event;
  }

  async #checkSlug(slug: string): Promise<string> {
    if (isSlugAllowed(slug)) return slug;
    if ((await this.#events.bySlug(slug)) !== undefined) throw new EarshotError("slug-taken", { field: "slug", value: slug });
    throw new EarshotError("invalid-field", {
      field: "slug",
      rule: `lower-case letters, digits and hyphens, at most ${SLUG_MAX}, no word of the house`,
      value: slug,
    });
  }

  async #freeSlug(base: string): Promise<string> {
    for (let from = 0; ; from += SLUG_CANDIDATES) {
      const candidates = Array.from({ length: SLUG_CANDIDATES }, (_, index) => slugCandidate(base, from + index));
      const taken = await this.#events.takenSlugs(candidates);
      const free = candidates.find((slug) => !taken.has(slug));
      if (free !== undefined) return free;
    }
  }

  async #commit(eventId: string, steps: readonly Step[]): Promise<void> {
    await this.#options.store.write(steps);
    this.#options.onChange(eventId);
  }

  async #retry<Result>(code: "conflict" | "slug-taken", attempt: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (attempts >= CONFLICT_ATTEMPTS || !(error instanceof EarshotError) || error.code !== code) throw error;
      }
    }
  }
}

function newPersonId(): string {
  return randomBytes(PERSON_ID_BYTES).toString("base64url");
}

function checkSpeakerCount(count: number): void {
  if (count > SPEAKERS_MAX + 1)
    throw new EarshotError("invalid-field", { field: "speakers", rule: `at most ${SPEAKERS_MAX} speakers and the host`, value: count });
}

function checkHostStays(people: readonly { readonly role: Role }[]): void {
  if (!people.some((person) => person.role === "host")) throw new EarshotError("forbidden", { rule: "an event keeps its host" });
}
