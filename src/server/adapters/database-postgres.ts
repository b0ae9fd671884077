import { type Compilable, DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { EarshotError } from "../../core/errors.ts";
import type { EventTables, Step } from "../../event/mod.ts";
import { type Database, type DatabaseFigures, OPEN_PATIENCE_MS } from "./database.ts";
import { compileStep } from "./database-commit.ts";
import { type OnWait, PostgresLine, type PostgresLink } from "./postgres-connection.ts";
import { failureCode, isAway, isRefused } from "./postgres-failure.ts";
import { migratePostgres } from "./postgres-schema.ts";
import { PostgresWriter } from "./postgres-writer.ts";

/** How long a read waits for a server that is away. Milliseconds. */
const READ_PATIENCE_MS = 3_000;
/** Connections that read. A read takes a millisecond or two. */
const READERS = 4;

/**
 * Opens a PostgreSQL database and brings its schema up to date; what is acknowledged is on the server's disk. The caller closes it.
 * `onWait`: told of every attempt to reach it that failed.
 * @throws `database-away` when the server does not answer in time, `config-invalid` when it is too old
 */
export async function openPostgres(link: PostgresLink, onWait?: OnWait): Promise<Database> {
  const line = new PostgresLine(link);
  try {
    await migratePostgres(await line.get(OPEN_PATIENCE_MS, onWait));
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (isRefused(cause))
      throw new EarshotError("config-invalid", { setting: "database.url", rule: "a database that lets this house in", value: reason }, cause);
    throw new EarshotError(failureCode(cause), { reason }, cause);
  } finally {
    await line.close();
  }
  const writer = new PostgresWriter(link);
  await writer.prune();
  return new PostgresDatabase(link, writer);
}

class PostgresDatabase implements Database {
  readonly #link: PostgresLink;
  readonly #writer: PostgresWriter;
  readonly #readers: readonly PostgresLine[];
  readonly #busy: number[];
  #closed: Promise<void> | undefined;
  readonly sql = new Kysely<EventTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      // Statements are compiled here and run by writer and readers; a query that is executed on its own would do nothing.
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });

  constructor(link: PostgresLink, writer: PostgresWriter) {
    this.#link = link;
    this.#writer = writer;
    this.#readers = Array.from({ length: READERS }, () => new PostgresLine(link));
    this.#busy = this.#readers.map(() => 0);
  }

  async read<Row>(query: Compilable<Row>): Promise<readonly Row[]> {
    this.#checkOpen();
    const { sql, parameters } = query.compile();
    const { clock } = this.#link;
    const startMs = clock.steadyMs();
    // The reader with the least to do; a connection answers one question after the other.
    const reader = this.#busy.indexOf(Math.min(...this.#busy));
    this.#busy[reader] = (this.#busy[reader] ?? 0) + 1;
    try {
      for (;;) {
        const leftMs = READ_PATIENCE_MS - (clock.steadyMs() - startMs);
        try {
          const connection = await (this.#readers[reader] as PostgresLine).get(Math.max(0, leftMs));
          return (await connection.query(sql, parameters)).rows as Row[];
        } catch (cause) {
          if (cause instanceof EarshotError) throw cause;
          if (!isAway(cause) || leftMs <= 0) throw new EarshotError(failureCode(cause), {}, new Error(`${String(cause)}: ${sql}`, { cause }));
        }
      }
    } finally {
      this.#busy[reader] = (this.#busy[reader] ?? 0) - 1;
    }
  }

  async write(steps: readonly Step[]): Promise<readonly number[]> {
    this.#checkOpen();
    const compiled = steps.map(compileStep);
    const result = await this.#writer.write(compiled);
    if (result.ok) return result.changes;
    throw new EarshotError(result.code, result.details ?? {}, new Error(`${result.message}: ${compiled[result.step]?.sql}`));
  }

  figures(): DatabaseFigures {
    const { transactions, commits, refused, lastCommitMs, reconnects } = this.#writer;
    return { transactions, commits, refused, lastCommitMs, reconnects };
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#writer.close();
      await Promise.all(this.#readers.map((line) => line.close()));
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new EarshotError("internal", { rule: "the database is open", value: "closed" });
  }
}
