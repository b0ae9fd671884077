import { randomInt } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { type Account, type AccountId, toAccount } from "./accounts.ts";
import { secretHash } from "./invitation.ts";
import type { EventStore, Step } from "./store.ts";

/** Codes on one printed page. */
export const RECOVERY_CODES = 10;
/** Letters and digits that nobody mistakes on paper. @spec Crockford's Base32 */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Characters of a code: 100 bits, out of reach of guessing with or without the database, and no name has to be typed beside it. */
const CODE_CHARACTERS = 20;
/** Characters between hyphens. */
const GROUP = 5;

/** Printed codes that sign in once each. Only hashes are stored. */
export class RecoveryCodes {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Makes a new page of codes; the codes of the page before open nothing any more. They are never shown again. */
  async make(accountId: AccountId): Promise<readonly string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, newCode);
    const created_ms = this.#clock.wallMs();
    const rows = codes.map((code) => ({ code_hash: hashOf(code), account_id: accountId, created_ms, used_ms: null }));
    await this.#store.write([
      { query: this.#store.sql.deleteFrom("recovery_code").where("account_id", "=", accountId) },
      { query: this.#store.sql.insertInto("recovery_code").values(rows) },
    ]);
    return codes;
  }

  /** Codes of the present page, and how many of them are left; undefined when there is none. Unix milliseconds. */
  async of(accountId: AccountId): Promise<{ readonly left: number; readonly madeMs: number } | undefined> {
    const rows = await this.#store.read(this.#store.sql.selectFrom("recovery_code").select(["created_ms", "used_ms"]).where("account_id", "=", accountId));
    const [first] = rows;
    return first === undefined ? undefined : { left: rows.filter(({ used_ms }) => used_ms === null).length, madeMs: first.created_ms };
  }

  /** Whose code this is, as somebody typed it from paper; undefined when it opens nothing. */
  async find(typed: string): Promise<Account | undefined> {
    const query = this.#store.sql
      .selectFrom("recovery_code")
      .innerJoin("account", "account.id", "recovery_code.account_id")
      .selectAll("account")
      .where("code_hash", "=", hashOf(typed))
      .where("recovery_code.used_ms", "is", null)
      .where("account.ended_ms", "is", null);
    const [row] = await this.#store.read(query);
    return row === undefined ? undefined : toAccount(row);
  }

  /** Step: the code is used up; `unauthorised` when it was already. */
  use(typed: string): Step {
    const query = this.#store.sql
      .updateTable("recovery_code")
      .set({ used_ms: this.#clock.wallMs() })
      .where("code_hash", "=", hashOf(typed))
      .where("used_ms", "is", null);
    return { query, changes: 1, otherwise: "unauthorised" };
  }
}

function newCode(): string {
  const characters = Array.from({ length: CODE_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return characters.match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? "";
}

/** Hash of a code however it was typed: case, spaces and hyphens do not count, and letters that look like digits are digits. */
function hashOf(typed: string): Uint8Array {
  const plain = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return secretHash(`earshot recovery code v1\0${plain}`);
}
