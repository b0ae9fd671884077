import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { Scope } from "../wire/access.ts";
import { secretHash } from "./invitation.ts";
import type { Person } from "./live-event.ts";
import { PERSON_COLUMNS, toPerson } from "./rows.ts";
import type { EventStore, Step } from "./store.ts";

/** How long a browser stays signed in. Milliseconds; 30 days: a personal link is opened days before the event. */
export const SESSION_MS = 30 * 86_400_000;
/** How long the old session of a browser goes on after it entered again: requests of its other pages are under way. Milliseconds. */
const REPLACED_SESSION_MS = 60_000;
/** Bytes of a session's random id. 24 bytes = 192 bits. */
const SESSION_ID_BYTES = 24;

/** Who a browser is signed in as. */
export interface SessionView {
  readonly operator: boolean;
  /** People whose links were opened here and still open something, the latest last. */
  readonly people: readonly Person[];
  /** For a program: what its token allows of the operator's acts, and its name. Absent for a browser. */
  readonly token?: { readonly name: string; readonly scopes: readonly Scope[] };
}

/** What a browser enters with: the host link, or a person's; `device`: secret of the device that the person's link is bound to from now on. */
export type Grant = { readonly hostSecret: string } | { readonly personId: string; readonly device?: string };

/** Sessions of browsers. Only hashes are stored: a copy of the database signs nobody in. */
export class Sessions {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Signs a browser in, adding to what it already was; returns the new id for its cookie. The id is always a new one, so that
   * nobody can slip a browser a session they know. @throws `unauthorised` when the host link has been used before, `link-used` when another device opened the personal link.
   */
  async enter(grant: Grant, cookie: string | undefined): Promise<string> {
    const nowMs = this.#clock.wallMs();
    const before = cookie === undefined ? undefined : await this.find(cookie);
    const id = randomBytes(SESSION_ID_BYTES).toString("base64url");
    const hash = secretHash(id);
    const operator = "hostSecret" in grant || before?.operator === true ? 1 : 0;
    const people = new Set(before?.people.map((person) => person.id));
    if ("personId" in grant) {
      people.delete(grant.personId);
      people.add(grant.personId);
    }
    const steps: Step[] = [
      { query: this.#store.sql.insertInto("session").values({ id_hash: hash, operator, created_ms: nowMs, expires_ms: nowMs + SESSION_MS }) },
    ];
    if ("hostSecret" in grant) {
      const used = { secret_hash: secretHash(grant.hostSecret), used_ms: nowMs };
      steps.push({ query: this.#store.sql.insertInto("used_host_link").values(used), otherwise: "unauthorised" });
    }
    if ("personId" in grant && grant.device !== undefined) {
      const device_hash = secretHash(grant.device);
      // Of two devices at the same moment exactly one is the first: the database decides.
      const bind = this.#store.sql
        .updateTable("person")
        .set({ device_hash })
        .where("id", "=", grant.personId)
        .where((where) => where.or([where("device_hash", "is", null), where("device_hash", "=", device_hash)]));
      steps.push({ query: bind, changes: 1, otherwise: "link-used" });
    }
    for (const [index, personId] of [...people].entries()) {
      steps.push({ query: this.#store.sql.insertInto("session_person").values({ session_hash: hash, person_id: personId, granted_ms: nowMs + index }) });
    }
    if (cookie !== undefined) {
      const expires_ms = nowMs + REPLACED_SESSION_MS;
      const replaced = this.#store.sql
        .updateTable("session")
        .set({ expires_ms })
        .where("id_hash", "=", secretHash(cookie))
        .where("expires_ms", ">", expires_ms);
      steps.push({ query: replaced });
    }
    await this.#store.write(steps);
    return id;
  }

  /** Who the cookie's owner is; undefined when it opens nothing. */
  async find(cookie: string): Promise<SessionView | undefined> {
    const hash = secretHash(cookie);
    const query = this.#store.sql.selectFrom("session").select("operator").where("id_hash", "=", hash).where("expires_ms", ">", this.#clock.wallMs());
    const [session] = await this.#store.read(query);
    if (session === undefined) return undefined;
    const people = await this.#store.read(
      this.#store.sql
        .selectFrom("session_person")
        .innerJoin("person", "person.id", "session_person.person_id")
        .select(PERSON_COLUMNS)
        .where("session_hash", "=", hash)
        .where("revoked_ms", "is", null)
        .orderBy("granted_ms"),
    );
    return { operator: session.operator === 1, people: people.map(toPerson) };
  }

  /** Signs a browser out. */
  async leave(cookie: string): Promise<void> {
    await this.#store.write([{ query: this.#store.sql.deleteFrom("session").where("id_hash", "=", secretHash(cookie)) }]);
  }

  /** Removes sessions whose time is over. */
  async prune(): Promise<void> {
    await this.#store.write([{ query: this.#store.sql.deleteFrom("session").where("expires_ms", "<=", this.#clock.wallMs()) }]);
  }
}
