import { randomBytes, timingSafeEqual } from "node:crypto";
import { EarshotError } from "../core/errors.ts";
import { type EventEdit, SPEAKERS_MAX } from "../wire/api.ts";
import type { Role } from "../wire/room.ts";
import type { Actor } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { personalSecret, secretHash } from "./invitation.ts";
import type { Person } from "./live-event.ts";
import type { Step } from "./store.ts";

/** Bytes of a person's id. 9 bytes = 12 characters: never the same twice, and short, because every listener's stream carries it. */
const PERSON_ID_BYTES = 9;

/** People with a seat at an event: who has one, whose link opens it, and who loses it. */
export class SeatDesk {
  readonly #changes: Changes;
  readonly #houseKey: Uint8Array;

  /** `houseKey`: personal links are derived from it; 32 bytes. */
  constructor(changes: Changes, houseKey: Uint8Array) {
    this.#changes = changes;
    this.#houseKey = houseKey;
  }

  /** People with a seat, in order. */
  of(eventId: string): Promise<readonly Person[]> {
    return this.#changes.events.people(eventId);
  }

  /** Ids of seats that were taken away. */
  removed(eventId: string): Promise<readonly string[]> {
    return this.#changes.events.removedSeats(eventId);
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
  async invite(eventId: string, { name, role }: { readonly name: string; readonly role: Role }, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      checkSpeakerCount(people.length + 1);
      const person = this.newPerson({ eventId, name, role, position: nextPosition(people) });
      const steps = [this.#changes.events.updateEvent(seen, {}), this.#changes.events.insertPerson(person, this.#changes.nowMs)];
      await this.#changes.commit(eventId, steps, { act: "invite", by, after: { person: person.id, name, role } });
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

  /** Makes another person the host; whoever was becomes a co-host, in one step, so that the event never has none. @throws `not-found`, `forbidden` */
  async handOver(eventId: string, personId: string, by: Actor): Promise<void> {
    await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const people = await this.of(eventId);
      const next = people.find(({ id }) => id === personId);
      if (next === undefined) throw new EarshotError("not-found", { person: personId.slice(0, 64) });
      const { events } = this.#changes;
      const hosts = people.filter(({ role, id }) => role === "host" && id !== personId);
      const steps = hosts.map(({ id }) => events.updatePerson(eventId, id, { role: "co-host" }));
      const after = { person: next.id, name: next.name };
      await this.#changes.commit(eventId, [events.updateEvent(seen, {}), ...steps, events.updatePerson(eventId, personId, { role: "host" })], {
        act: "hand-over",
        by,
        after,
      });
    });
  }

  /** A person from the audience who is not written down yet: their link opens on one device only, and they arrive muted. @throws `stage-full` */
  async guest(eventId: string, name: string, deviceHash: Uint8Array | null): Promise<Person> {
    const people = await this.of(eventId);
    if (people.length > SPEAKERS_MAX) throw new EarshotError("stage-full", { limit: SPEAKERS_MAX + 1 });
    return { ...this.newPerson({ eventId, name, role: "speaker", position: nextPosition(people) }), deviceHash, arrivesMuted: true };
  }

  /** Gives a person a new link that the next device may open; the old one opens nothing any more, and who came by it is signed out. @throws `not-found` */
  async renewLink(eventId: string, personId: string, by: Actor): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const person = (await this.of(eventId)).find((other) => other.id === personId);
      if (person === undefined) throw new EarshotError("not-found", { person: personId });
      const renewed = this.#withLink({ ...person, generation: person.generation + 1 });
      const values = { generation: renewed.generation, secret_hash: renewed.secretHash, device_hash: null };
      const signOut = { query: this.#changes.store.sql.deleteFrom("session_person").where("person_id", "=", personId) };
      const steps = [this.#changes.events.updateEvent(seen, {}), this.#changes.events.updatePerson(eventId, personId, values), signOut];
      await this.#changes.commit(eventId, steps, { act: "renew-link", by, after: { person: person.id } });
      return renewed;
    });
  }

  /** Steps that bring the people to this list: with id = keep and rename, without = invite, left out = revoke. @throws `forbidden`, `invalid-field` */
  async editSteps(eventId: string, list: NonNullable<EventEdit["speakers"]>): Promise<Step[]> {
    const people = await this.of(eventId);
    const kept = new Set(list.map((entry) => entry.id));
    const gone = people.filter((person) => person.role !== "host" && !kept.has(person.id));
    checkSpeakerCount(people.length - gone.length + list.filter((entry) => entry.id === undefined).length);
    const staying = people.filter((person) => !gone.includes(person));
    checkHostStays(staying.map((person) => list.find((entry) => entry.id === person.id) ?? person));
    const { nowMs, events } = this.#changes;
    return [
      ...gone.flatMap((person) => [events.updatePerson(eventId, person.id, { revoked_ms: nowMs }), this.#lowerHand(person.id)]),
      ...list.map(({ id, name, role }, index) =>
        id === undefined
          ? events.insertPerson(this.newPerson({ eventId, name, role, position: index + 1 }), nowMs)
          : events.updatePerson(eventId, id, { name, role, position: index + 1 }),
      ),
    ];
  }

  /** A person who is not written down yet, with a link. */
  newPerson(person: Pick<Person, "eventId" | "name" | "role" | "position">): Person {
    return this.#withLink({
      ...person,
      id: randomBytes(PERSON_ID_BYTES).toString("base64url"),
      generation: 1,
      revoked: false,
      deviceHash: null,
      arrivesMuted: false,
    });
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

function checkSpeakerCount(count: number): void {
  if (count > SPEAKERS_MAX + 1)
    throw new EarshotError("invalid-field", { field: "speakers", rule: `at most ${SPEAKERS_MAX} speakers and the host`, value: count });
}

function checkHostStays(people: readonly { readonly role: Role }[]): void {
  if (!people.some((person) => person.role === "host")) throw new EarshotError("forbidden", { rule: "an event keeps its host" });
}
