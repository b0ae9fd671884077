import type { Selectable } from "kysely";
import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import type { PasskeyTable } from "./account-tables.ts";
import { type Account, type AccountId, toAccount } from "./accounts.ts";
import type { EventStore, Step } from "./store.ts";

/** Passkeys of one account at most; who has ten devices has enough. */
export const PASSKEYS_MAX = 20;

/** A passkey as it is kept. */
export interface Passkey {
  /** base64url. */
  readonly credentialId: string;
  readonly accountId: AccountId;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  /** Where it was made. */
  readonly label: string;
  /** Whether its maker keeps copies on a person's other devices. */
  readonly synced: boolean;
  /** Unix milliseconds. */
  readonly createdMs: number;
  readonly usedMs: number | null;
}

/** Passkeys of accounts. */
export class Passkeys {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** An account's passkeys, the oldest first. */
  async of(accountId: AccountId): Promise<readonly Passkey[]> {
    const query = this.#store.sql.selectFrom("passkey").selectAll().where("account_id", "=", accountId).orderBy("created_ms").orderBy("credential_id");
    return (await this.#store.read(query)).map(toPasskey);
  }

  /** A passkey and whose it is; undefined when nobody here has it, or the account ended. */
  async find(credentialId: string): Promise<{ readonly passkey: Passkey; readonly account: Account } | undefined> {
    const [row] = await this.#store.read(this.#store.sql.selectFrom("passkey").selectAll().where("credential_id", "=", credentialId));
    if (row === undefined) return undefined;
    const [account] = await this.#store.read(this.#store.sql.selectFrom("account").selectAll().where("id", "=", row.account_id).where("ended_ms", "is", null));
    return account === undefined ? undefined : { passkey: toPasskey(row), account: toAccount(account) };
  }

  /** Step: a new passkey; `passkey-known` when some account has it already. */
  insert(passkey: Passkey): Step {
    const { credentialId, accountId, publicKey, counter, transports, label, synced, createdMs } = passkey;
    const row: PasskeyTable = {
      ...{ credential_id: credentialId, account_id: accountId, public_key: publicKey, counter, transports: transports.join(" "), label },
      ...{ synced: synced ? 1 : 0, created_ms: createdMs, used_ms: null },
    };
    return { query: this.#store.sql.insertInto("passkey").values(row), otherwise: "passkey-known" };
  }

  /** Step: a passkey was used. A count that did not rise means a copy of it: `unauthorised`. @spec WebAuthn Level 3 §6.1.1 */
  use(passkey: Passkey, counter: number): Step {
    const query = this.#store.sql
      .updateTable("passkey")
      .set({ counter, used_ms: this.#clock.wallMs() })
      .where("credential_id", "=", passkey.credentialId)
      // Many authenticators do not count and always say 0.
      .where("counter", counter === 0 ? "=" : "<", counter);
    return { query, changes: 1, otherwise: "unauthorised" };
  }

  /** Takes a passkey away and ends the sessions it opened. @throws `not-found`, `last-passkey` when nothing else would sign in to the account */
  async remove(accountId: AccountId, credentialId: string): Promise<void> {
    const { sql } = this.#store;
    if (!(await this.of(accountId)).some((passkey) => passkey.credentialId === credentialId)) throw new EarshotError("not-found");
    const other = sql.selectFrom("passkey as other").select("other.credential_id").where("other.account_id", "=", accountId);
    const code = sql.selectFrom("recovery_code").select("code_hash").where("account_id", "=", accountId).where("used_ms", "is", null);
    const query = sql
      .deleteFrom("passkey")
      .where("credential_id", "=", credentialId)
      .where("account_id", "=", accountId)
      .where((where) => where.or([where.exists(other.where("other.credential_id", "<>", credentialId)), where.exists(code)]));
    await this.#store.write([
      // Two devices that each take the other away wait for one another here.
      {
        query: sql.updateTable("account").set({ ended_ms: null }).where("id", "=", accountId).where("ended_ms", "is", null),
        changes: 1,
        otherwise: "not-found",
      },
      { query, changes: 1, otherwise: "last-passkey" },
      { query: sql.deleteFrom("session").where("passkey_id", "=", credentialId) },
    ]);
  }
}

function toPasskey(row: Selectable<PasskeyTable>): Passkey {
  const { credential_id: credentialId, account_id: accountId, public_key: publicKey, counter, transports, label, synced, created_ms, used_ms } = row;
  const kept = transports === "" ? [] : transports.split(" ");
  return { credentialId, accountId, publicKey, counter, transports: kept, label, synced: synced === 1, createdMs: created_ms, usedMs: used_ms };
}
