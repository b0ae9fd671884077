import type { Selectable } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { AccountKind } from "../wire/accounts.ts";
import type { AccountTable } from "./account-tables.ts";
import { secretHash } from "./invitation.ts";
import type { EventStore, Step } from "./store.ts";

/** Names an account for good; a UUIDv7. */
export type AccountId = string;
export type { AccountKind };

/** Somebody who signs in by themselves. */
export interface Account {
  readonly id: AccountId;
  readonly kind: AccountKind;
  /** What others read. */
  readonly name: string;
  /** Whether it may what the operator of the house may. */
  readonly operator: boolean;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

/** Accounts and the seats they hold. An account that ended is found nowhere. */
export class Accounts {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async byId(id: AccountId): Promise<Account | undefined> {
    const [row] = await this.#store.read(this.#store.sql.selectFrom("account").selectAll().where("id", "=", id).where("ended_ms", "is", null));
    return row === undefined ? undefined : toAccount(row);
  }

  /** Who signs in by this address, given as its keyed hash. */
  async byEmailHash(hash: Uint8Array): Promise<Account | undefined> {
    const [row] = await this.#store.read(this.#store.sql.selectFrom("account").selectAll().where("email_hash", "=", hash).where("ended_ms", "is", null));
    return row === undefined ? undefined : toAccount(row);
  }

  /** Every account of one kind, the newest first. */
  async all(kind: AccountKind): Promise<readonly Account[]> {
    const query = this.#store.sql.selectFrom("account").selectAll().where("kind", "=", kind).where("ended_ms", "is", null).orderBy("id", "desc");
    return (await this.#store.read(query)).map(toAccount);
  }

  /** @throws `not-found` */
  async rename(id: AccountId, name: string): Promise<void> {
    const query = this.#store.sql.updateTable("account").set({ name }).where("id", "=", id).where("ended_ms", "is", null);
    await this.#store.write([{ query, changes: 1, otherwise: "not-found" }]);
  }

  /** Lets an account with passkeys do what the operator may, or no longer. @throws `not-found` */
  async setOperator(id: AccountId, operator: boolean): Promise<void> {
    const query = this.#store.sql
      .updateTable("account")
      .set({ operator: operator ? 1 : 0 })
      .where("id", "=", id)
      .where("kind", "=", "passkey");
    await this.#store.write([{ query: query.where("ended_ms", "is", null), changes: 1, otherwise: "not-found" }]);
  }

  /** Ends an account: nothing signs in to it, its sessions are over, its seats are held by nobody but their links. @throws `not-found` */
  async end(id: AccountId): Promise<void> {
    const { sql } = this.#store;
    const ended = sql.updateTable("account").set({ ended_ms: this.#clock.wallMs(), email_hash: null, operator: 0 }).where("id", "=", id);
    await this.#store.write([
      { query: ended.where("ended_ms", "is", null), changes: 1, otherwise: "not-found" },
      { query: sql.deleteFrom("session").where("account_id", "=", id) },
      { query: sql.deleteFrom("account_identity").where("account_id", "=", id) },
      { query: sql.deleteFrom("passkey").where("account_id", "=", id) },
      { query: sql.deleteFrom("recovery_code").where("account_id", "=", id) },
      { query: sql.deleteFrom("account_person").where("account_id", "=", id) },
    ]);
  }

  /** Lets an account hold seats that were opened by their links in its browser. */
  async hold(id: AccountId, personIds: readonly string[]): Promise<void> {
    if (personIds.length > 0) await this.#store.write(this.holdSteps(id, personIds));
  }

  /** Steps: an account holds these seats from now on. */
  holdSteps(id: AccountId, personIds: readonly string[]): Step[] {
    const granted_ms = this.#clock.wallMs();
    return personIds.map((person_id) => ({
      query: this.#store.sql
        .insertInto("account_person")
        .values({ account_id: id, person_id, granted_ms })
        .onConflict((conflict) => conflict.columns(["account_id", "person_id"]).doNothing()),
    }));
  }

  /** Step: a new account. `emailHash`: keyed hash of the address that signs in to it; `conflict` when another account has it. */
  insert(account: Account, emailHash: Uint8Array | null = null): Step {
    const { id, kind, name, operator, createdMs } = account;
    const row = { id, kind, name, email_hash: emailHash, operator: operator ? 1 : 0, created_ms: createdMs, ended_ms: null };
    return { query: this.#store.sql.insertInto("account").values(row) };
  }

  /** Who the house's own sign-in service means. */
  async byIdentity(issuer: string, subject: string): Promise<Account | undefined> {
    const query = this.#store.sql
      .selectFrom("account_identity")
      .innerJoin("account", "account.id", "account_identity.account_id")
      .selectAll("account")
      .where("issuer", "=", issuer)
      .where("subject", "=", subject)
      .where("ended_ms", "is", null);
    const [row] = await this.#store.read(query);
    return row === undefined ? undefined : toAccount(row);
  }

  /** Step: an account is signed in to by the service from now on; `conflict` when somebody was quicker. */
  insertIdentity(id: AccountId, issuer: string, subject: string): Step {
    return { query: this.#store.sql.insertInto("account_identity").values({ issuer, subject, account_id: id }) };
  }

  /** Step: what the service says of somebody's standing holds. */
  followProvider(id: AccountId, operator: boolean): Step {
    const query = this.#store.sql
      .updateTable("account")
      .set({ operator: operator ? 1 : 0 })
      .where("id", "=", id)
      .where("ended_ms", "is", null);
    return { query, changes: 1, otherwise: "unauthorised" };
  }

  /** Step: a challenge is answered now and never again; the whole transaction fails with `unauthorised` when it was. */
  useChallenge(challenge: string, expiresMs: number): Step {
    const row = { challenge_hash: secretHash(challenge), expires_ms: expiresMs };
    return { query: this.#store.sql.insertInto("used_challenge").values(row), otherwise: "unauthorised" };
  }

  /** Removes what only had a term: answered challenges and links nobody opened. */
  async prune(): Promise<void> {
    const nowMs = this.#clock.wallMs();
    await this.#store.write([
      { query: this.#store.sql.deleteFrom("used_challenge").where("expires_ms", "<=", nowMs) },
      { query: this.#store.sql.deleteFrom("sign_in_link").where("expires_ms", "<=", nowMs) },
    ]);
  }
}

/** A stored account as the domain knows it. */
export function toAccount({ id, kind, name, operator, created_ms }: Selectable<AccountTable>): Account {
  return { id, kind, name, operator: operator === 1, createdMs: created_ms };
}
