import type { Clock } from "../core/clock.ts";
import { secretHash } from "./invitation.ts";
import type { AccountId } from "./accounts.ts";
import type { EventStore } from "./store.ts";

/** Bytes of a session's hash that name it to its owner: too few to find the hash by, enough never to meet twice. */
const NAME_BYTES = 12;

/** A browser that is signed in to an account, as its owner sees it. Instants are Unix milliseconds. */
export interface AccountSession {
  readonly id: string;
  /** What it called itself when it signed in. */
  readonly agent: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Whether it is the browser that asks. */
  readonly own: boolean;
}

/** The browsers signed in to an account, for its owner. */
export class AccountSessions {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Sessions that still open something, the newest first. `cookie`: that of the browser that asks. */
  async of(accountId: AccountId, cookie: string | undefined): Promise<readonly AccountSession[]> {
    const query = this.#store.sql
      .selectFrom("session")
      .selectAll()
      .where("account_id", "=", accountId)
      .where("expires_ms", ">", this.#clock.wallMs())
      .orderBy("created_ms", "desc");
    const own = cookie === undefined ? "" : nameOf(secretHash(cookie));
    return (await this.#store.read(query)).map((row) => {
      const id = nameOf(row.id_hash);
      return { id, agent: row.agent, createdMs: row.created_ms, expiresMs: row.expires_ms, own: id === own };
    });
  }

  /** Ends one session of an account. @throws `not-found` */
  async end(accountId: AccountId, id: string): Promise<void> {
    const rows = await this.#store.read(this.#store.sql.selectFrom("session").select("id_hash").where("account_id", "=", accountId));
    const hash = rows.find(({ id_hash }) => nameOf(id_hash) === id)?.id_hash ?? new Uint8Array();
    await this.#store.write([{ query: this.#store.sql.deleteFrom("session").where("id_hash", "=", hash), changes: 1, otherwise: "not-found" }]);
  }

  /** Ends every session of an account but the one that asks. */
  async endOthers(accountId: AccountId, cookie: string): Promise<void> {
    const query = this.#store.sql.deleteFrom("session").where("account_id", "=", accountId).where("id_hash", "<>", secretHash(cookie));
    await this.#store.write([{ query }]);
  }
}

const nameOf = (hash: Uint8Array): string => Buffer.from(hash.subarray(0, NAME_BYTES)).toString("base64url");
