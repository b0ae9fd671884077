import { type LiveEvent, type Person } from "./live-event.ts";
import { PERSON_COLUMNS, toLiveEvent, toLiveEventRow, toPerson } from "./rows.ts";
import type { EventStore, Step } from "./store.ts";
import type { LiveEventTable, PersonTable } from "./tables.ts";

/** Reads events and people, and makes the steps that change them; who calls it puts the steps into one transaction. */
export class EventRepository {
  readonly store: EventStore;

  constructor(store: EventStore) {
    this.store = store;
  }

  /** Every event, the latest start first. */
  async all(): Promise<readonly LiveEvent[]> {
    return (await this.store.read(this.store.sql.selectFrom("live_event").selectAll().orderBy("start_ms", "desc").orderBy("id"))).map(toLiveEvent);
  }

  async bySlug(slug: string): Promise<LiveEvent | undefined> {
    const [row] = await this.store.read(this.store.sql.selectFrom("live_event").selectAll().where("slug", "=", slug));
    return row === undefined ? undefined : toLiveEvent(row);
  }

  async byId(id: string): Promise<LiveEvent | undefined> {
    const [row] = await this.store.read(this.store.sql.selectFrom("live_event").selectAll().where("id", "=", id));
    return row === undefined ? undefined : toLiveEvent(row);
  }

  /** Which of these addresses are given already. */
  async takenSlugs(slugs: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.store.read(
      this.store.sql
        .selectFrom("live_event")
        .select("slug")
        .where("slug", "in", [...slugs]),
    );
    return new Set(rows.map((row) => row.slug));
  }

  /** People with a seat, in order; those whose link was revoked are left out. */
  async people(eventId: string): Promise<readonly Person[]> {
    const query = this.store.sql
      .selectFrom("person")
      .select(PERSON_COLUMNS)
      .where("event_id", "=", eventId)
      .where("revoked_ms", "is", null)
      .orderBy("position")
      .orderBy("id");
    return (await this.store.read(query)).map(toPerson);
  }

  /** Ids of those whose seat was taken away. */
  async removedSeats(eventId: string): Promise<readonly string[]> {
    const query = this.store.sql.selectFrom("person").select("id").where("event_id", "=", eventId).where("revoked_ms", "is not", null).orderBy("id");
    return (await this.store.read(query)).map(({ id }) => id);
  }

  async personBySecretHash(hash: Uint8Array): Promise<Person | undefined> {
    const query = this.store.sql.selectFrom("person").select(PERSON_COLUMNS).where("secret_hash", "=", hash).where("revoked_ms", "is", null);
    const [row] = await this.store.read(query);
    return row === undefined ? undefined : toPerson(row);
  }

  /** Step: a new event; refused with `slug-taken` when its address is given. */
  insertEvent(event: LiveEvent): Step {
    return { query: this.store.sql.insertInto("live_event").values(toLiveEventRow(event)), otherwise: "slug-taken" };
  }

  /** Step: a change of an event as it was seen; refused with `conflict` when somebody changed it since. */
  updateEvent(seen: LiveEvent, values: Partial<LiveEventTable>): Step {
    const query = this.store.sql
      .updateTable("live_event")
      .set({ ...values, revision: seen.revision + 1 })
      .where("id", "=", seen.id)
      .where("revision", "=", seen.revision);
    return { query, changes: 1, otherwise: "conflict" };
  }

  insertPerson(person: Person, createdMs: number): Step {
    const { id, eventId, name, role, position, generation, secretHash, deviceHash, arrivesMuted, interprets, aside } = person;
    const link = { generation, secret_hash: secretHash, device_hash: deviceHash };
    const row = {
      id,
      event_id: eventId,
      name,
      role,
      position,
      ...link,
      created_ms: createdMs,
      revoked_ms: null,
      arrives_muted: arrivesMuted ? 1 : 0,
      interprets,
      aside: aside ? 1 : 0,
      barred: 0,
    };
    return { query: this.store.sql.insertInto("person").values(row) };
  }

  /** Step: a change of a person who still has a seat at this event; else `not-found`. */
  updatePerson(eventId: string, personId: string, values: Partial<PersonTable>): Step {
    const query = this.store.sql.updateTable("person").set(values).where("id", "=", personId).where("event_id", "=", eventId).where("revoked_ms", "is", null);
    return { query, changes: 1, otherwise: "not-found" };
  }
}
