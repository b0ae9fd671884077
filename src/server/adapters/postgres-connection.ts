import { Client, type Rows } from "pg";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { isAway } from "./postgres-failure.ts";

/** Oldest server taken. It is the one the tests run on. */
const MIN_SERVER_MAJOR = 15;
/** Time the server has to take a connection. Milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Longest a statement may run, told to the server; none of the house takes a tenth of a second. Milliseconds. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Longest wait for another writer of the same database. Milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;
/** Longest a transaction may stand still, told to the server: a writer that froze lets go of its lock. Milliseconds. */
const IDLE_TRANSACTION_MS = 10_000;
/** When a server that says nothing at all is given up. Milliseconds; over the server's own limits, so that its reason is heard first. */
const SILENCE_MS = 12_000;
/** Waits between attempts to connect, the last one repeated. Milliseconds; up to a quarter is taken off, so that several houses do not come as one. */
const RECONNECT_MS: readonly number[] = [50, 100, 200, 400, 800, 1_600, 3_000];

const OID_BYTEA = 17;
/** Types whose text is a number: int8, int2, int4, float4, float8, numeric. @spec PostgreSQL pg_type.dat */
const OID_NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);

/** How a server is reached and what time it is. */
export interface PostgresLink {
  /** `postgres://user@host/database`, or a Unix socket as `postgres://user@/database?host=/folder`. */
  readonly url: string;
  readonly clock: Clock;
}

/** Told of every attempt that failed while a server is waited for. */
export type OnWait = (wait: { readonly reason: string; readonly waitedMs: number; readonly patienceMs: number }) => void;

/** One connection to the server, ready for statements; whoever opened it ends it. */
export class PostgresConnection {
  readonly #client: Client;
  #over = false;

  private constructor(client: Client) {
    this.#client = client;
    client.on("error", () => {
      this.#over = true;
    });
    client.once("end", () => {
      this.#over = true;
    });
  }

  /** @throws what the client or the server said; `config-invalid` for a server that can never do */
  static async open(url: string): Promise<PostgresConnection> {
    const client = new Client({
      connectionString: url,
      application_name: "earshot",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: SILENCE_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
      keepAlive: true,
      types: { getTypeParser: parserOf },
    });
    const connection = new PostgresConnection(client);
    try {
      await client.connect();
      await connection.#prepare();
      return connection;
    } catch (cause) {
      connection.drop();
      throw cause;
    }
  }

  /** Whether it is known to be of no more use. */
  get isOver(): boolean {
    return this.#over;
  }

  async query(sql: string, parameters?: readonly unknown[]): Promise<Rows> {
    try {
      return await this.#client.query(sql, parameters);
    } catch (cause) {
      // After the server's silence or a broken line nobody knows what the next answer belongs to.
      if (isAway(cause)) this.drop();
      throw cause;
    }
  }

  /** Ends it at once, whatever is under way. */
  drop(): void {
    this.#over = true;
    this.#client.connection.stream.destroy();
  }

  /** Ends it in peace. */
  async close(): Promise<void> {
    if (this.#over) return this.drop();
    this.#over = true;
    await this.#client.end().catch(() => this.drop());
  }

  async #prepare(): Promise<void> {
    const query = "select current_setting('server_version_num')::int as version, pg_is_in_recovery()::int as follows";
    const [row] = (await this.#client.query(query)).rows as { version: number; follows: number }[];
    const major = Math.floor((row?.version ?? 0) / 10_000);
    if (major < MIN_SERVER_MAJOR)
      throw new EarshotError("config-invalid", { setting: "database.url", rule: `PostgreSQL ${MIN_SERVER_MAJOR} or newer`, value: major });
    if (row?.follows === 1) throw new Error("the server follows another one and takes no changes");
    // What is acknowledged is on disk. Only `off` acknowledges earlier; every other value waits at least for our own disk and stays as the operator set it.
    await this.#client.query("select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'");
  }
}

/** Keeps one connection and makes it anew when it broke. */
export class PostgresLine {
  readonly #link: PostgresLink;
  #connection: PostgresConnection | undefined;
  #opening: Promise<PostgresConnection> | undefined;
  #closed = false;
  /** Connections made after the first. */
  reconnects = -1;

  constructor(link: PostgresLink) {
    this.#link = link;
  }

  /** The connection; tries for `patienceMs` to get one. @throws the last real failure */
  async get(patienceMs: number, onWait?: OnWait): Promise<PostgresConnection> {
    const { clock } = this.#link;
    const startMs = clock.steadyMs();
    for (let attempt = 0; ; attempt++) {
      if (this.#closed) throw new EarshotError("internal", { rule: "the database is open", value: "closed" });
      if (this.#connection?.isOver === false) return this.#connection;
      try {
        return await this.#open();
      } catch (cause) {
        const waitMs = (RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)] ?? 0) * (1 - Math.random() / 4);
        const waitedMs = clock.steadyMs() - startMs;
        if (!isAway(cause) || waitedMs + waitMs > patienceMs) throw cause;
        onWait?.({ reason: cause instanceof Error ? cause.message : String(cause), waitedMs, patienceMs });
        await clock.sleep(waitMs);
      }
    }
  }

  /** Everybody who waits for a connection waits for the same one. */
  #open(): Promise<PostgresConnection> {
    this.#opening ??= PostgresConnection.open(this.#link.url)
      .then((connection) => {
        this.#connection = connection;
        this.reconnects++;
        return connection;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection?.close();
  }
}

function parserOf(oid: number): (text: string) => unknown {
  if (OID_NUMBERS.has(oid)) return toNumber;
  // A plain array of bytes, as SQLite gives: no Buffer, no view into the packet.
  if (oid === OID_BYTEA) return (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
  return (text) => text;
}

/** A number as the server writes it. @throws when it is larger than a number can hold exactly, instead of rounding it */
function toNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError(`${text} is larger than can be held exactly`);
  return value;
}
