import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { type CompiledStep, commitGroup, failure, StatementRunner } from "./database-commit.ts";
import type { DatabaseValue } from "./database.ts";
import { migrations, sqliteMigrationDialect } from "./database-migrations.ts";

/** What the worker is started with. */
export interface WorkerSettings {
  readonly path: string;
  /** Largest size of the file; absent: the disk is the limit. Pages of 4 KiB. */
  readonly maxPages: number | undefined;
}

/** What the worker is asked. */
export type WorkerRequest =
  | { readonly id: number; readonly kind: "write"; readonly steps: readonly CompiledStep[] }
  | { readonly id: number; readonly kind: "read"; readonly sql: string; readonly parameters: readonly DatabaseValue[] }
  | { readonly id: number; readonly kind: "close" };

/** Transactions that share one flush to disk at most; bounds how long the first of them waits for the last. */
const GROUP_TRANSACTIONS = 256;
/** How long a connection waits for another process (a backup, the sqlite3 shell) to let go. Milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

const port = parentPort;
if (port === null) throw new Error("database-worker runs as a worker only");
const settings = workerData as WorkerSettings;

const writer = new DatabaseSync(settings.path, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
writer.exec("pragma journal_mode = wal; pragma synchronous = full");
if (settings.maxPages !== undefined) writer.exec(`pragma max_page_count = ${settings.maxPages}`);
migrate(writer);
const reader = new DatabaseSync(settings.path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
const write = new StatementRunner(writer);
const read = new StatementRunner(reader);

let waiting: Extract<WorkerRequest, { kind: "write" }>[] = [];
let scheduled = false;

port.on("message", (request: WorkerRequest) => {
  if (request.kind === "write") {
    waiting.push(request);
    if (!scheduled) {
      scheduled = true;
      // After the messages that are already here: they share the commit.
      setImmediate(flush);
    }
  } else if (request.kind === "read") {
    try {
      port.postMessage({ id: request.id, rows: read.all(request.sql, request.parameters) });
    } catch (error) {
      port.postMessage({ id: request.id, result: failure(error, 0, "conflict") });
    }
  } else {
    while (waiting.length > 0) flush();
    reader.close();
    writer.close();
    port.postMessage({ id: request.id });
    port.close();
  }
});
port.postMessage({ id: 0 });

function flush(): void {
  const group = waiting.slice(0, GROUP_TRANSACTIONS);
  waiting = waiting.slice(GROUP_TRANSACTIONS);
  scheduled = waiting.length > 0;
  if (scheduled) setImmediate(flush);
  if (group.length === 0) return;
  const before = performance.now();
  const results = commitGroup(
    writer,
    write,
    group.map((request) => request.steps),
  );
  const commitMs = performance.now() - before;
  for (const [index, request] of group.entries()) port?.postMessage({ id: request.id, result: results[index], commitMs, first: index === 0 });
}

function migrate(connection: DatabaseSync): void {
  const { user_version: done } = connection.prepare("pragma user_version").get() as { user_version: number };
  if (done > migrations.length) throw new Error(`the database is from a newer version of Earshot (schema ${done}, this one knows ${migrations.length})`);
  for (let number = done; number < migrations.length; number++) {
    connection.exec("begin immediate");
    for (const statement of migrations[number]?.(sqliteMigrationDialect) ?? []) connection.exec(statement);
    connection.exec(`pragma user_version = ${number + 1}; commit`);
  }
}
