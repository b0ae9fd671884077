import { createHmac } from "node:crypto";
import { domainToASCII } from "node:url";
import type { Clock } from "../core/clock.ts";
import { newId, newSecret } from "../core/ids.ts";
import { type Account, Accounts } from "./accounts.ts";
import { secretHash } from "./invitation.ts";
import type { EventStore, Step } from "./store.ts";

/** How long a link sent by e-mail opens anything. Milliseconds; 15 minutes. */
export const SIGN_IN_LINK_MS = 900_000;
/** Keeps these hashes apart from every other use of the house key. */
const CONTEXT = "earshot e-mail address v1";

/** What is to be done to sign somebody in by a link that was opened. */
export interface OpenedLink {
  readonly account: Account;
  /** Steps of the transaction that signs in: the link is used up, and the account is made when it is the first time. */
  readonly steps: readonly Step[];
  readonly isNew: boolean;
}

/** Links sent by e-mail that sign in once. Addresses are stored as keyed hashes alone: a copy of the database names nobody. */
export class SignInLinks {
  readonly #store: EventStore;
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  readonly #accounts: Accounts;

  constructor(options: { readonly store: EventStore; readonly clock: Clock; readonly houseKey: Uint8Array }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#key = options.houseKey;
    this.#accounts = new Accounts(options.store, options.clock);
  }

  /** Keyed hash of an address in its one spelling: lower case, its domain in ASCII. 32 bytes. */
  hashOf(address: string): Uint8Array {
    const at = address.lastIndexOf("@");
    const plain = `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`.normalize("NFC").toLowerCase();
    return new Uint8Array(createHmac("sha256", this.#key).update(`${CONTEXT}\0${plain}`).digest());
  }

  /** Makes the secret of a link for an address, the same way whether or not anybody has it. */
  async make(emailHash: Uint8Array): Promise<string> {
    const secret = newSecret();
    const row = { secret_hash: secretHash(secret), email_hash: emailHash, expires_ms: this.#clock.wallMs() + SIGN_IN_LINK_MS };
    await this.#store.write([{ query: this.#store.sql.insertInto("sign_in_link").values(row) }]);
    return secret;
  }

  /** What opening a link does; undefined when it opens nothing. `name`: what a new account is called. */
  async open(secret: string, name: string): Promise<OpenedLink | undefined> {
    const nowMs = this.#clock.wallMs();
    const hash = secretHash(secret);
    const [row] = await this.#store.read(
      this.#store.sql.selectFrom("sign_in_link").selectAll().where("secret_hash", "=", hash).where("expires_ms", ">", nowMs),
    );
    if (row === undefined) return undefined;
    const known = await this.#accounts.byEmailHash(row.email_hash);
    const account: Account = known ?? { id: newId(nowMs), kind: "e-mail", name, operator: false, createdMs: nowMs };
    const used: Step = { query: this.#store.sql.deleteFrom("sign_in_link").where("secret_hash", "=", hash), changes: 1, otherwise: "unauthorised" };
    return { account, steps: known === undefined ? [used, this.#accounts.insert(account, row.email_hash)] : [used], isNew: known === undefined };
  }
}
