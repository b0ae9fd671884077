import { randomBytes, timingSafeEqual } from "node:crypto";
import { EarshotError } from "../core/errors.ts";
import { CREW_MAX, type EventEdit } from "../wire/api.ts";
import { canonicalLanguage } from "../wire/language.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, isStageRole, type Role } from "../wire/room.ts";
import type { Actor } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { personalSecret, secretHash } from "./invitation.ts";
import type { Person } from "./live-event.ts";
import type { Step } from "./store.ts";
import { accountKey, keyList, type PersonKeys, type Suspended, suspensionKey } from "./suspended.ts";

/** Bytes of a person's id. 9 bytes = 12 characters: never the same twice, and short, because every listener's stream carries it. */
const PERSON_ID_BYTES = 9;

/** Languages an event can be interpreted into at a time. Each is mixed and encoded like the programme itself: about a tenth of a core. */
const LANGUAGES_MAX = 4;

/** Somebody to give a seat to. */
interface Invitee {
  readonly name: string;
  readonly role: Role;
  /** BCP 47 tag of the language they are to interpret into; absent or empty: they speak on the floor. */
  readonly interprets?: string | undefined;
}

/** What changes about somebody with a seat. */
type PersonEdit = { readonly [Field in keyof Invitee]?: Invitee[Field] | undefined };

/** People with a seat at an event: who has one, whose link opens it, and who loses it. */
export class SeatDesk {
  readonly #changes: Changes;
  readonly #houseKey: Uint8Array;
  readonly #suspended: Suspended;

  /** `houseKey`: personal links are derived from it; 32 bytes. */
  constructor(changes: Changes, houseKey: Uint8Array, suspended: Suspended) {
    this.#changes = changes;
    this.#houseKey = houseKey;
    this.#suspended = suspended;
  }

  /** People with a seat, in order. */
  of(eventId: string): Promise<readonly Person[]> {
    return this.#changes.events.people(eventId);
  }

  /** Ids of seats that were taken away, and of those whose people are suspended: these are given back when the suspension ends. */
  async removed(eventId: string): Promise<readonly string[]> {
    const suspended = await this.#suspended(eventId);
    const gone = await this.#changes.events.removedSeats(eventId);
    if (suspended.size === 0) return gone;
    const people = await this.of(eventId);
    const free = new Set((await this.#freeOf(people, suspended)).map(({ id }) => id));
    return [...gone, ...people.flatMap(({ id }) => (free.has(id) ? [] : [id]))];
  }

  /** Those of these people whose seats open: the suspended have none, whatever link, session or account they come with. `own`: what whoever asks is known under. */
  async free(people: readonly Person[], own: readonly string[] = []): Promise<readonly Person[]> {
    const free: Person[] = [];
    for (const [eventId, some] of Map.groupBy(people, (person) => person.eventId))
      free.push(...(await this.#freeOf(some, await this.#suspended(eventId), own)));
    return people.filter((person) => free.includes(person));
  }

  /** Who has a seat, by everything they are known under; undefined while nobody came to it. @throws `not-found` */
  async keysOf(eventId: string, personId: string): Promise<{ readonly person: Person; readonly keys: PersonKeys | undefined }> {
    const person = (await this.of(eventId)).find(({ id }) => id === personId);
    if (person === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
    return { person, keys: (await this.#known([person])).get(personId)?.[0] };
  }

  /** Ids of those people to whose seats somebody came. */
  async came(people: readonly Person[]): Promise<ReadonlySet<string>> {
    return new Set((await this.#known(people)).keys());
  }

  /** People of an event whom a suspension of these keys would meet. */
  async met(eventId: string, keys: PersonKeys): Promise<readonly Person[]> {
    const people = await this.of(eventId);
    const known = await this.#known(people);
    const wanted = new Set(keyList(keys));
    return people.filter(({ id }) => known.get(id)?.some((one) => keyList(one).some((key) => wanted.has(key))));
  }

  /** The person whose link holds this secret, if it still opens anything. */
  bySecret(secret: string): Promise<Person | undefined> {
    return this.#changes.events.personBySecretHash(secretHash(secret));
  }

  /** The secret of a person's present link; undefined when another house key made it: such a link works but can only be renewed, not shown. */
  secretOf(person: Person): string | undefined {
    const secret = personalSecret(this.#houseKey, person.id, person.generation);
    return timingSafeEqual(secretHash(secret), person.secretHash) ? secret : undefined;
  }

  /** Gives a person a seat and a link. @throws `invalid-field` when the stage is full, `forbidden` */
  async invite(eventId: string, { name, role, interprets }: Invitee, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      const person = this.newPerson({ eventId, name, role, position: nextPosition(people), interprets: readTask(interprets, role) });
      checkCounts([...people, person]);
      checkLanguages([...people, person]);
      const steps = [this.#changes.events.updateEvent(seen, {}), this.#changes.events.insertPerson(person, this.#changes.nowMs)];
      await this.#changes.commit(eventId, steps, { act: "invite", by, after: { person: person.id, name, role, ...taskOf(person) } });
      return person;
    });
  }

  /** Takes a person's seat and link away; their device cannot ask to speak at this event again. @throws `forbidden` for the last host, `not-found` */
  revoke(eventId: string, personId: string, by: Actor): Promise<void> {
    return this.#leave(eventId, personId, { act: "revoke", by });
  }

  /** A person goes back to the audience, by themselves or asked to; they may ask to speak again. @throws `forbidden` for the last host, `not-found` */
  toAudience(eventId: string, personId: string, act: "step-down" | "to-audience", by: Actor): Promise<void> {
    return this.#leave(eventId, personId, { act, by });
  }

  /**
   * Gives a person another name, role or language to interpret into; what is absent stays. With another role they lose what only the old one had: the language,
   * the talk aside. @throws `not-found`, `invalid-field`, `forbidden` for the host's role, which is handed over
   */
  async edit(eventId: string, personId: string, { name, role, interprets }: PersonEdit, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      const person = people.find(({ id }) => id === personId);
      if (person === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
      const wanted = { name: name ?? person.name, role: role ?? person.role };
      if (wanted.role !== person.role && (person.role === "host" || wanted.role === "host"))
        throw new EarshotError("forbidden", { act: "edit-people", rule: "the host hands over" });
      const speaks = wanted.role === "speaker";
      const changed = {
        ...person,
        ...wanted,
        interprets: readTask(interprets ?? (speaks ? person.interprets : ""), wanted.role),
        aside: person.aside && speaks,
      };
      const others = people.map((other) => (other === person ? changed : other));
      checkLanguages(others);
      checkCounts(others);
      const values = { name: changed.name, role: changed.role, interprets: changed.interprets, aside: changed.aside ? 1 : 0 };
      const { events } = this.#changes;
      const steps = [events.updateEvent(seen, {}), events.updatePerson(eventId, personId, values)];
      const onlyTask = changed.name === person.name && changed.role === person.role;
      const tell = (one: Person) => ({ person: one.id, name: one.name, ...(onlyTask ? {} : { role: one.role }), ...taskOf(one) });
      await this.#changes.commit(eventId, steps, { act: onlyTask ? "set-task" : "edit-people", by, before: tell(person), after: tell(changed) });
      return changed;
    });
  }

  /** Takes a speaker off the air for a talk with the producer alone, or, with false, puts them on stage: muted, until they unmute. @throws `not-found`, `forbidden` for whoever is no speaker */
  async setAside(eventId: string, personId: string, aside: boolean, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const person = (await this.of(eventId)).find(({ id }) => id === personId);
      if (person === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
      if (person.role !== "speaker") throw new EarshotError("forbidden", { act: "take-aside", rule: "a speaker", value: person.role });
      if (person.aside === aside) return person;
      const { events } = this.#changes;
      const steps = [events.updateEvent(seen, {}), events.updatePerson(eventId, personId, { aside: aside ? 1 : 0 })];
      const told = { person: person.id, name: person.name };
      await this.#changes.commit(eventId, steps, { act: aside ? "take-aside" : "bring-on-stage", by, after: told });
      return { ...person, aside };
    });
  }

  /** Makes another person the host; whoever was becomes a co-host, in one step, so that the event never has none. @throws `not-found`, `forbidden`, `stage-full` */
  async handOver(eventId: string, personId: string, by: Actor): Promise<void> {
    await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      const next = people.find(({ id }) => id === personId);
      if (next === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
      // From behind the stage, and from interpreting, they need a place on it.
      if (!isOnFloor(next)) requirePlace(people);
      const { events } = this.#changes;
      const hosts = people.filter(({ role, id }) => role === "host" && id !== personId);
      const steps = hosts.map(({ id }) => events.updatePerson(eventId, id, { role: "co-host" }));
      const after = { person: next.id, name: next.name };
      await this.#changes.commit(
        eventId,
        [events.updateEvent(seen, {}), ...steps, events.updatePerson(eventId, personId, { role: "host", interprets: "", aside: 0 })],
        {
          act: "hand-over",
          by,
          after,
        },
      );
    });
  }

  /** A person from the audience who is not written down yet: their link opens on one device only, and they arrive muted. @throws `stage-full` */
  async guest(eventId: string, guest: Pick<Person, "name" | "deviceHash" | "aside">): Promise<Person> {
    const people = await this.of(eventId);
    requirePlace(people);
    const { name, deviceHash, aside } = guest;
    return { ...this.newPerson({ eventId, name, role: "speaker", position: nextPosition(people) }), deviceHash, aside, arrivesMuted: true };
  }

  /** Gives a person a new link that the next device may open; the old one opens nothing any more, and who came by it is signed out. @throws `not-found` */
  async renewLink(eventId: string, personId: string, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const person = (await this.of(eventId)).find((other) => other.id === personId);
      if (person === undefined) throw new EarshotError("not-found", { person: personId });
      const renewed = this.#withLink({ ...person, generation: person.generation + 1 });
      const values = { generation: renewed.generation, secret_hash: renewed.secretHash, device_hash: null };
      const { sql } = this.#changes.store;
      const signOut = { query: sql.deleteFrom("session_person").where("person_id", "=", personId) };
      // Whoever took the seat into their account by the old link came by it too.
      const letGo = { query: sql.deleteFrom("account_person").where("person_id", "=", personId) };
      const steps = [this.#changes.events.updateEvent(seen, {}), this.#changes.events.updatePerson(eventId, personId, values), signOut, letGo];
      await this.#changes.commit(eventId, steps, { act: "renew-link", by, after: { person: person.id } });
      return renewed;
    });
  }

  /** Notes that a person's seat is opened to an encoder, which speaks and is recorded in their name. @throws `event-ended`, `not-found`, `forbidden` for whoever is not heard on stage */
  async giveEncoder(eventId: string, personId: string, by: Actor): Promise<Person> {
    const { status } = await this.#changes.changeable(eventId);
    if (status === "ended" || status === "cancelled") throw new EarshotError("event-ended", { status });
    const person = (await this.of(eventId)).find(({ id }) => id === personId);
    if (person === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
    if (!isStageRole(person.role)) throw new EarshotError("forbidden", { act: "speak", rule: "a place on stage", value: person.role });
    await this.#changes.commit(eventId, [], { act: "give-encoder", by, after: { person: person.id, name: person.name } });
    return person;
  }

  /** Steps that bring the people to this list: with id = keep and rename, without = invite, left out = revoke. @throws `forbidden`, `invalid-field` */
  async editSteps(eventId: string, list: NonNullable<EventEdit["speakers"]>): Promise<Step[]> {
    const people = await this.of(eventId);
    const kept = new Set(list.map((entry) => entry.id));
    const gone = people.filter((person) => person.role !== "host" && !kept.has(person.id));
    const wanted = list.map(({ id, name, role, interprets }) => {
      const before = role === "speaker" ? people.find((person) => person.id === id)?.interprets : undefined;
      return { id, name, role, interprets: readTask(interprets ?? before, role) };
    });
    const staying = people.filter((person) => !gone.includes(person)).map((person) => wanted.find((entry) => entry.id === person.id) ?? person);
    checkCounts([...staying, ...wanted.filter((entry) => entry.id === undefined)]);
    checkHostStays(staying);
    checkLanguages(wanted);
    const { nowMs, events } = this.#changes;
    return [
      ...gone.flatMap((person) => [events.updatePerson(eventId, person.id, { revoked_ms: nowMs }), this.#lowerHand(person.id)]),
      ...wanted.map(({ id, name, role, interprets }, index) =>
        id === undefined
          ? events.insertPerson(this.newPerson({ eventId, name, role, position: index + 1, interprets }), nowMs)
          : events.updatePerson(eventId, id, { name, role, position: index + 1, interprets, ...(role === "speaker" ? {} : { aside: 0 }) }),
      ),
    ];
  }

  /** The people an event begins with, not written down yet. @throws `invalid-field` */
  firstPeople(eventId: string, invitees: readonly Invitee[]): readonly Person[] {
    const people = invitees.map(({ name, role, interprets }, position) =>
      this.newPerson({ eventId, name, role, position, interprets: readTask(interprets, role) }),
    );
    checkLanguages(people);
    checkCounts(people);
    return people;
  }

  /** A person who is not written down yet, with a link. */
  newPerson({ interprets = "", ...person }: Pick<Person, "eventId" | "name" | "role" | "position"> & { readonly interprets?: string | undefined }): Person {
    return this.#withLink({
      ...person,
      interprets,
      id: randomBytes(PERSON_ID_BYTES).toString("base64url"),
      generation: 1,
      revoked: false,
      deviceHash: null,
      arrivesMuted: false,
      aside: false,
    });
  }

  /** People whom no suspension meets, under whatever they are known. A host is never met: the event would have nobody. */
  async #freeOf(people: readonly Person[], suspended: ReadonlySet<string>, own: readonly string[] = []): Promise<readonly Person[]> {
    if (suspended.size === 0 || people.length === 0) return people;
    const meets = (keys: readonly string[]) => keys.some((key) => suspended.has(key));
    const known = meets(own) ? undefined : await this.#known(people);
    return people.filter(({ id, role }) => role === "host" || (known !== undefined && !known.get(id)?.some((keys) => meets(keyList(keys)))));
  }

  /** What the people with these seats are known under, by seat: as who holds it in an account, as who opened the link, as who asked to speak. Without an entry: nobody came. */
  async #known(people: readonly Person[]): Promise<ReadonlyMap<string, readonly PersonKeys[]>> {
    const { store } = this.#changes;
    const { sql } = store;
    const ids = people.map(({ id }) => id);
    if (ids.length === 0) return new Map();
    const holders = await store.read(sql.selectFrom("account_person").select(["account_id", "person_id"]).where("person_id", "in", ids));
    const hands = await store.read(sql.selectFrom("hand").select(["person_id", "device_hash", "author_key", "listener_key"]).where("person_id", "in", ids));
    const known = people.map(({ id, deviceHash }) => {
      const hand = hands.find(({ person_id }) => person_id === id);
      const opened = deviceHash ?? hand?.device_hash;
      const device = opened === undefined ? "" : suspensionKey(opened);
      const listener = hand?.listener_key ?? "";
      const accounts = holders.filter(({ person_id }) => person_id === id).map(({ account_id }) => accountKey(account_id));
      const authors = [...accounts, hand?.author_key ?? "", device].filter((author) => author !== "");
      return [id, authors.map((author): PersonKeys => ({ author, device, listener }))] as const;
    });
    return new Map(known.filter(([, keys]) => keys.length > 0));
  }

  async #leave(eventId: string, personId: string, act: { readonly act: "revoke" | "step-down" | "to-audience"; readonly by: Actor }): Promise<void> {
    await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      if (people.some(({ id }) => id === personId)) checkHostStays(people.filter(({ id }) => id !== personId));
      const { events, nowMs } = this.#changes;
      const values = { revoked_ms: nowMs, barred: act.act === "revoke" ? 1 : 0 };
      const steps = [events.updateEvent(seen, {}), events.updatePerson(eventId, personId, values), this.#lowerHand(personId)];
      await this.#changes.commit(eventId, steps, { ...act, before: told(people, personId) });
    });
  }

  /** Step: the hand that led a person to the stage goes down with their seat. */
  #lowerHand(personId: string): Step {
    const { store, nowMs } = this.#changes;
    return { query: store.sql.updateTable("hand").set({ state: "lowered", changed_ms: nowMs }).where("person_id", "=", personId) };
  }

  #withLink(person: Omit<Person, "secretHash">): Person {
    return { ...person, secretHash: secretHash(personalSecret(this.#houseKey, person.id, person.generation)) };
  }
}

function nextPosition(people: readonly Person[]): number {
  return Math.max(-1, ...people.map((person) => person.position)) + 1;
}

function told(people: readonly Person[], personId: string): Record<string, string> {
  const person = people.find(({ id }) => id === personId);
  return person === undefined ? {} : { person: person.id, name: person.name, role: person.role };
}

/** A person's task as it is kept: a tag in its one spelling, or empty. @throws `invalid-field` */
function readTask(interprets: string | undefined, role: Role): string {
  if (interprets === undefined || interprets === "") return "";
  const language = canonicalLanguage(interprets);
  if (language === undefined) throw new EarshotError("invalid-field", { field: "interprets", rule: "a BCP 47 language tag", value: interprets.slice(0, 40) });
  if (role !== "speaker") throw new EarshotError("invalid-field", { field: "interprets", rule: "only a speaker interprets", value: role });
  return language;
}

function taskOf({ interprets }: Person): { readonly interprets?: string } {
  return interprets === "" ? {} : { interprets };
}

function checkLanguages(people: readonly Pick<Person, "interprets">[]): void {
  const languages = new Set(people.map(({ interprets }) => interprets).filter((language) => language !== ""));
  if (languages.size > LANGUAGES_MAX)
    throw new EarshotError("invalid-field", { field: "interprets", rule: `at most ${LANGUAGES_MAX} languages beside the floor`, value: languages.size });
}

/** Whether somebody takes one of the places on the floor, as the stage counts them: an interpreter's voice is a programme of its own. */
function isOnFloor({ role, interprets }: Pick<Person, "role" | "interprets">): boolean {
  return isStageRole(role) && interprets === "";
}

/** @throws `stage-full` when nobody more can come on the floor. */
function requirePlace(people: readonly Person[]): void {
  if (people.filter(isOnFloor).length >= FLOOR_MAX) throw new EarshotError("stage-full", { limit: FLOOR_MAX });
}

function checkCounts(people: readonly Pick<Person, "role" | "interprets">[]): void {
  const floor = people.filter(isOnFloor).length;
  const interpreters = people.filter(({ interprets }) => interprets !== "").length;
  const groups = [
    { count: floor, limit: FLOOR_MAX, who: "people on stage, the host among them" },
    { count: interpreters, limit: INTERPRETERS_MAX, who: "interpreters" },
    { count: people.length - floor - interpreters, limit: CREW_MAX, who: "people behind the stage" },
  ];
  for (const { count, limit, who } of groups)
    if (count > limit) throw new EarshotError("invalid-field", { field: "speakers", rule: `at most ${limit} ${who}`, value: count });
}

function checkHostStays(people: readonly { readonly role: Role }[]): void {
  if (!people.some((person) => person.role === "host")) throw new EarshotError("forbidden", { rule: "an event keeps its host" });
}
