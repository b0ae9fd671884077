import { randomBytes } from "node:crypto";
import type { Selectable } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { Scope } from "../wire/access.ts";
import { type Account, type AccountId, toAccount } from "./accounts.ts";
import { secretHash } from "./invitation.ts";
import type { Person } from "./live-event.ts";
import { PERSON_COLUMNS, toPerson } from "./rows.ts";
import type { EventStore, Step } from "./store.ts";
import type { SessionTable } from "./tables.ts";

/** How long a browser stays signed in. Milliseconds; 30 days: a personal link is opened days before the event. */
export const SESSION_MS = 30 * 86_400_000;
/** How long the old session of a browser goes on after it entered again: requests of its other pages are under way. Milliseconds. */
const REPLACED_SESSION_MS = 60_000;
/** Bytes of a session's random id. 24 bytes = 192 bits. */
const SESSION_ID_BYTES = 24;

/** Who a browser is signed in as. */
export interface SessionView {
  readonly operator: boolean;
  /** People whose links were opened here, or whose seats the account holds, and which still open something; the latest last. */
  readonly people: readonly Person[];
  /** Events at which a suspension closes a seat of theirs. */
  readonly suspendedAt?: readonly string[];
  /** The account that is signed in, with the time at which its owner last showed that they sit there (Unix milliseconds; null: long ago). */
  readonly account?: Account & { readonly provenMs: number | null };
  /** For a program: what its token allows of the operator's acts, and its name. Absent for a browser. */
  readonly token?: { readonly name: string; readonly scopes: readonly Scope[] };
}

/** Who signs in to an account, and by what. */
export interface AccountGrant {
  readonly accountId: AccountId;
  /** The passkey it was done with; the session ends with it. */
  readonly passkeyId?: string;
  /** What the browser calls itself. */
  readonly agent: string;
  /** Steps that must succeed for it: the challenge is used up, the account made. */
  readonly steps: readonly Step[];
}

/** What a browser enters with: the host link, a person's (`device`: secret of the device that it is bound to from now on), or an account. */
export type Grant = { readonly hostSecret: string } | { readonly personId: string; readonly device?: string } | AccountGrant;

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
   * nobody can slip a browser a session they know. @throws `unauthorised` when the host link, challenge or code has been used before, `link-used` when another device opened the personal link.
   */
  async enter(grant: Grant, cookie: string | undefined): Promise<string> {
    const nowMs = this.#clock.wallMs();
    const before = cookie === undefined ? undefined : await this.#row(cookie);
    const id = randomBytes(SESSION_ID_BYTES).toString("base64url");
    const hash = secretHash(id);
    const people = new Set(cookie === undefined || before === undefined ? [] : (await this.#opened(cookie)).map((person) => person.id));
    if ("personId" in grant) {
      people.delete(grant.personId);
      people.add(grant.personId);
    }
    const signedIn =
      "accountId" in grant
        ? { account_id: grant.accountId, passkey_id: grant.passkeyId ?? null, proven_ms: nowMs, agent: grant.agent }
        : {
            account_id: before?.account_id ?? null,
            passkey_id: before?.passkey_id ?? null,
            proven_ms: before?.proven_ms ?? null,
            agent: before?.agent ?? "",
          };
    const operator = "hostSecret" in grant || before?.operator === 1 ? 1 : 0;
    const row = { id_hash: hash, operator, created_ms: nowMs, expires_ms: nowMs + SESSION_MS, ...signedIn };
    const steps: Step[] = [...("accountId" in grant ? grant.steps : []), { query: this.#store.sql.insertInto("session").values(row) }];
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
    if (cookie !== undefined) steps.push(this.#replace(cookie, nowMs + REPLACED_SESSION_MS));
    await this.#store.write(steps);
    return id;
  }

  /** Step: a session that another one replaced ends soon. */
  #replace(cookie: string, expires_ms: number): Step {
    const query = this.#store.sql.updateTable("session").set({ expires_ms }).where("id_hash", "=", secretHash(cookie)).where("expires_ms", ">", expires_ms);
    return { query };
  }

  async #row(cookie: string): Promise<Selectable<SessionTable> | undefined> {
    const query = this.#store.sql.selectFrom("session").selectAll().where("id_hash", "=", secretHash(cookie)).where("expires_ms", ">", this.#clock.wallMs());
    return (await this.#store.read(query))[0];
  }

  /** People whose links were opened in a session. */
  async #opened(cookie: string): Promise<readonly Person[]> {
    const rows = await this.#store.read(
      this.#store.sql
        .selectFrom("session_person")
        .innerJoin("person", "person.id", "session_person.person_id")
        .select(PERSON_COLUMNS)
        .where("session_hash", "=", secretHash(cookie))
        .where("revoked_ms", "is", null)
        .orderBy("granted_ms"),
    );
    return rows.map(toPerson);
  }

  /** People whose seats an account holds. */
  async #held(accountId: AccountId): Promise<readonly Person[]> {
    const rows = await this.#store.read(
      this.#store.sql
        .selectFrom("account_person")
        .innerJoin("person", "person.id", "account_person.person_id")
        .select(PERSON_COLUMNS)
        .where("account_id", "=", accountId)
        .where("revoked_ms", "is", null)
        .orderBy("granted_ms"),
    );
    return rows.map(toPerson);
  }

  /** Who the cookie's owner is; undefined when it opens nothing. */
  async find(cookie: string): Promise<SessionView | undefined> {
    const session = await this.#row(cookie);
    if (session === undefined) return undefined;
    const opened = await this.#opened(cookie);
    const account = session.account_id === null ? undefined : await this.#account(session.account_id);
    if (account === undefined) return { operator: session.operator === 1, people: opened };
    const held = (await this.#held(account.id)).filter(({ id }) => !opened.some((person) => person.id === id));
    const people = [...held, ...opened];
    return { operator: session.operator === 1 || account.operator, people, account: { ...account, provenMs: session.proven_ms } };
  }

  async #account(id: AccountId): Promise<Account | undefined> {
    const [row] = await this.#store.read(this.#store.sql.selectFrom("account").selectAll().where("id", "=", id).where("ended_ms", "is", null));
    return row === undefined ? undefined : toAccount(row);
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
