import { Worker } from "node:worker_threads";
import { type Compilable, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { EarshotError } from "../../core/errors.ts";
import type { Step } from "../../event/mod.ts";
import type { EventTables } from "../../event/mod.ts";
import type { Database, DatabaseFigures, DatabaseValue } from "./database.ts";
import { compileStep, type TransactionResult } from "./database-commit.ts";
import type { WorkerRequest, WorkerSettings } from "./database-worker.ts";

/** Where the database lies. */
export interface SqliteOptions {
  readonly path: string;
  /** Largest size of the file, so that a test meets a full disk. Pages of 4 KiB. */
  readonly maxPages?: number;
}

interface Answer {
  readonly id: number;
  readonly rows?: readonly unknown[];
  readonly result?: TransactionResult;
  readonly commitMs?: number;
  readonly first?: boolean;
}

interface Call {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/**
 * Opens (or makes) the SQLite database: WAL, synchronous=FULL, one thread of its own so that a flush never blocks the event loop.
 * The caller closes it. @throws `disk-full`, or `internal` when the file cannot be used.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const workerData: WorkerSettings = { path: options.path, maxPages: options.maxPages };
  const worker = new Worker(new URL("./database-worker.ts", import.meta.url), { workerData, name: "database" });
  const connection = new WorkerConnection(worker);
  await connection.opened;
  return new SqliteDatabase(connection);
}

class WorkerConnection {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #nextId = 1;
  #ended: Error | undefined;
  readonly opened: Promise<Answer>;
  transactions = 0;
  commits = 0;
  refused = 0;
  lastCommitMs = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.opened = new Promise((resolve, reject) => this.#calls.set(0, { resolve, reject }));
    worker.on("message", (answer: Answer) => {
      this.#count(answer);
      this.#calls.get(answer.id)?.resolve(answer);
      this.#calls.delete(answer.id);
    });
    worker.on("error", (error) => this.#end(openError(error)));
    worker.on("exit", () => this.#end(new EarshotError("internal", { rule: "the database is open", value: "closed" })));
  }

  ask(request: DistributiveOmit<WorkerRequest, "id">): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    await this.ask({ kind: "close" });
    await gone;
  }

  #count({ result, commitMs, first }: Answer): void {
    if (result === undefined || commitMs === undefined) return;
    if (result.ok) this.transactions++;
    else this.refused++;
    if (first === true) this.commits++;
    this.lastCommitMs = commitMs;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const call of this.#calls.values()) call.reject(this.#ended);
    this.#calls.clear();
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

class SqliteDatabase implements Database {
  readonly #connection: WorkerConnection;
  #closed: Promise<void> | undefined;
  readonly sql = new Kysely<EventTables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      // Statements are compiled here and run in the worker; a query that is executed on its own would do nothing.
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });

  constructor(connection: WorkerConnection) {
    this.#connection = connection;
  }

  async read<Row>(query: Compilable<Row>): Promise<readonly Row[]> {
    const { sql, parameters } = query.compile();
    const { rows, result } = await this.#connection.ask({ kind: "read", sql, parameters: parameters as DatabaseValue[] });
    if (result?.ok === false) throw new EarshotError(result.code, {}, new Error(`${result.message}: ${sql}`));
    return rows as readonly Row[];
  }

  async write(steps: readonly Step[]): Promise<readonly number[]> {
    const compiled = steps.map(compileStep);
    const { result } = await this.#connection.ask({ kind: "write", steps: compiled });
    if (result?.ok === true) return result.changes;
    throw new EarshotError(result?.code ?? "internal", {}, new Error(`${result?.message}: ${compiled[result?.step ?? 0]?.sql}`));
  }

  figures(): DatabaseFigures {
    const { transactions, commits, refused, lastCommitMs } = this.#connection;
    return { transactions, commits, refused, lastCommitMs, reconnects: 0 };
  }

  close(): Promise<void> {
    this.#closed ??= this.#connection.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const SQLITE_FULL = 13;

function openError(error: unknown): EarshotError {
  const full = ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_FULL;
  return new EarshotError(full ? "disk-full" : "internal", {}, error);
}
