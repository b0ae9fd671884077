import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId, newSecret } from "../core/ids.ts";
import type { Scope } from "../wire/access.ts";
import { secretHash } from "./invitation.ts";
import type { SessionView } from "./sessions.ts";
import type { EventStore } from "./store.ts";
import type { ApiTokenTable } from "./tables.ts";

/** What every token starts with, so that people and secret scanners know one when they see it. */
const PREFIX = "eat1_";
/** A use is written down at most this often per token. Milliseconds. */
const USE_NOTE_MS = 60_000;
/** Longest token looked at. Characters. */
const TOKEN_MAX = 64;
/** One day. Milliseconds. */
const DAY_MS = 86_400_000;

/** A token of a program, without its secret. Instants are Unix milliseconds. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly usedMs: number | null;
}

/** Tokens that programs act with. Only hashes are stored; each may what its scopes say and nothing else. */
export class ApiTokens {
  readonly #store: EventStore;
  readonly #clock: Clock;

  constructor(store: EventStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Makes a token; its secret is never shown again. `days`: how long it is good; undefined: until it is taken away. */
  async make(draft: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly days?: number | undefined;
  }): Promise<ApiToken & { readonly secret: string }> {
    const nowMs = this.#clock.wallMs();
    const secret = `${PREFIX}${newSecret()}`;
    const expires_ms = draft.days === undefined ? null : nowMs + draft.days * DAY_MS;
    const row: ApiTokenTable = {
      ...{ id: newId(nowMs), name: draft.name, secret_hash: secretHash(secret), scopes: [...new Set(draft.scopes)].join(" ") },
      ...{ created_ms: nowMs, expires_ms, used_ms: null, revoked_ms: null },
    };
    await this.#store.write([{ query: this.#store.sql.insertInto("api_token").values(row) }]);
    return { ...toToken(row), secret };
  }

  /** Tokens that were not taken away, the newest first. */
  async all(): Promise<readonly ApiToken[]> {
    return (await this.#store.read(this.#store.sql.selectFrom("api_token").selectAll().where("revoked_ms", "is", null).orderBy("id", "desc"))).map(toToken);
  }

  /** Takes a token away; it opens nothing from now on. @throws `not-found` */
  async revoke(id: string): Promise<void> {
    const query = this.#store.sql.updateTable("api_token").set({ revoked_ms: this.#clock.wallMs() }).where("id", "=", id).where("revoked_ms", "is", null);
    await this.#store.write([{ query, changes: 1, otherwise: "not-found" }]);
  }

  /** Who acts with this token. @throws `unauthorised` when it opens nothing: a program is told, not taken for a stranger */
  async find(secret: string): Promise<SessionView> {
    const nowMs = this.#clock.wallMs();
    const query = this.#store.sql.selectFrom("api_token").selectAll().where("secret_hash", "=", secretHash(secret)).where("revoked_ms", "is", null);
    const [row] = secret.length <= TOKEN_MAX && secret.startsWith(PREFIX) ? await this.#store.read(query) : [];
    if (row === undefined || (row.expires_ms !== null && row.expires_ms <= nowMs))
      throw new EarshotError("unauthorised", { rule: "an API token of this house" });
    if (row.used_ms === null || nowMs - row.used_ms >= USE_NOTE_MS) {
      await this.#store.write([{ query: this.#store.sql.updateTable("api_token").set({ used_ms: nowMs }).where("id", "=", row.id) }]);
    }
    return { operator: true, people: [], token: { name: row.name, scopes: toToken(row).scopes } };
  }
}

function toToken(row: ApiTokenTable): ApiToken {
  const { id, name } = row;
  return { id, name, scopes: row.scopes.split(" ") as Scope[], createdMs: row.created_ms, expiresMs: row.expires_ms, usedMs: row.used_ms };
}
