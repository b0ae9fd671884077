import { randomBytes } from "node:crypto";
import { EarshotError } from "../core/errors.ts";
import { LISTENERS_MAX } from "../wire/listeners.ts";
import type { Actor } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { listenerLinkKey, type Suspended } from "./suspended.ts";

/** Bytes of a link's id: 12 characters, never the same twice. */
const LINK_ID_BYTES = 9;

/** A link that opens an event to one listener. */
export interface ListenerLink {
  readonly id: string;
  /** Whom it was made for. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

/** Personal listener links of events by invitation: made, listed, taken away. */
export class ListenerDesk {
  readonly #changes: Changes;
  readonly #suspended: Suspended;

  constructor(changes: Changes, suspended: Suspended) {
    this.#changes = changes;
    this.#suspended = suspended;
  }

  /** Links that open the event now, in the order they were made. */
  async of(eventId: string): Promise<readonly ListenerLink[]> {
    const query = this.#changes.store.sql
      .selectFrom("listener_link")
      .select(["id", "name", "created_ms"])
      .where("event_id", "=", eventId)
      .where("revoked_ms", "is", null)
      .orderBy("created_ms")
      .orderBy("id");
    return (await this.#changes.store.read(query)).map(({ id, name, created_ms: createdMs }) => ({ id, name, createdMs }));
  }

  /** A link that opens the event now. */
  async find(eventId: string, linkId: string): Promise<ListenerLink | undefined> {
    const query = this.#changes.store.sql
      .selectFrom("listener_link")
      .select(["id", "name", "created_ms"])
      .where("event_id", "=", eventId)
      .where("id", "=", linkId)
      .where("revoked_ms", "is", null);
    const [row] = await this.#changes.store.read(query);
    return row === undefined ? undefined : { id: row.id, name: row.name, createdMs: row.created_ms };
  }

  /** Ids of links that were taken away. */
  async revoked(eventId: string): Promise<readonly string[]> {
    const query = this.#changes.store.sql
      .selectFrom("listener_link")
      .select("id")
      .where("event_id", "=", eventId)
      .where("revoked_ms", "is not", null)
      .orderBy("id");
    return (await this.#changes.store.read(query)).map(({ id }) => id);
  }

  /** Ids of links whose owners are suspended now: until that ends they open nothing, and nobody listens by them. */
  async suspended(eventId: string): Promise<readonly string[]> {
    const suspended = await this.#suspended(eventId);
    return suspended.size === 0 ? [] : (await this.of(eventId)).map(({ id }) => id).filter((id) => suspended.has(listenerLinkKey(id)));
  }

  /** Makes a link for each name. @throws `invalid-field` when there are too many, `forbidden` for the permanent event */
  async invite(eventId: string, names: readonly string[], by: Actor): Promise<readonly ListenerLink[]> {
    return await this.#changes.retry("conflict", async () => {
      const { store, nowMs, events } = this.#changes;
      const seen = await this.#changes.changeable(eventId);
      const made = (await this.of(eventId)).length + (await this.revoked(eventId)).length;
      if (made + names.length > LISTENERS_MAX) throw new EarshotError("invalid-field", { field: "names", rule: `at most ${LISTENERS_MAX} links for an event` });
      // A millisecond apart, so that the list keeps the order they were named in.
      const links = names.map((name, index) => ({ id: randomBytes(LINK_ID_BYTES).toString("base64url"), name, createdMs: nowMs + index }));
      const rows = links.map(({ id, name, createdMs }) => ({ id, event_id: eventId, name, created_ms: createdMs, revoked_ms: null }));
      const insert = { query: store.sql.insertInto("listener_link").values(rows) };
      // The event's own row rises too, so that two who invite at once are counted one after the other.
      await this.#changes.commit(eventId, [events.updateEvent(seen, {}), insert], { act: "invite-listeners", by, after: { count: String(names.length) } });
      return links;
    });
  }

  /** Takes a link away: within a second it opens nothing, and who listens by it hears nothing more. @throws `not-found` */
  async revoke(eventId: string, linkId: string, by: Actor): Promise<void> {
    const { store, nowMs } = this.#changes;
    const query = store.sql
      .updateTable("listener_link")
      .set({ revoked_ms: nowMs })
      .where("id", "=", linkId)
      .where("event_id", "=", eventId)
      .where("revoked_ms", "is", null);
    await this.#changes.commit(eventId, [{ query, changes: 1, otherwise: "not-found" }], { act: "revoke-listener", by, after: { link: linkId } });
  }
}
