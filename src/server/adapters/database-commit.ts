import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ErrorCode } from "../../core/errors.ts";
import type { Step } from "../../event/mod.ts";
import type { DatabaseValue } from "./database.ts";

/** A compiled statement on its way to the writer. */
export interface CompiledStep {
  readonly sql: string;
  readonly parameters: readonly DatabaseValue[];
  readonly changes: number | undefined;
  readonly otherwise: ErrorCode;
}

/** How a transaction ended: on disk, or undone without a trace. */
export type TransactionResult =
  | { readonly ok: true; readonly changes: readonly number[] }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly step: number;
      readonly message: string;
      /** Told to whoever acted. */
      readonly details?: Readonly<Record<string, string>>;
    };

/** A step with its statement in the dialect of the builder that made it. */
export function compileStep(step: Step): CompiledStep {
  const { sql, parameters } = step.query.compile();
  return { sql, parameters: parameters as DatabaseValue[], changes: step.changes, otherwise: step.otherwise ?? "conflict" };
}

/** SQLite's result codes that have a code of ours. @spec https://sqlite.org/rescode.html */
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;
/** Prepared statements kept per connection. There are a few dozen different ones in the house. */
const STATEMENT_CACHE = 256;

/** Runs statements on one connection and keeps the prepared ones. */
export class StatementRunner {
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  run(sql: string, parameters: readonly DatabaseValue[]): number {
    return Number(this.#prepare(sql).run(...parameters).changes);
  }

  all(sql: string, parameters: readonly DatabaseValue[]): unknown[] {
    return this.#prepare(sql).all(...parameters);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= STATEMENT_CACHE) this.#prepared.clear();
      statement = this.#connection.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Group commit: runs all waiting transactions, each on its own savepoint, and flushes them to disk with one commit.
 * A transaction that breaks its precondition is undone alone; when the commit itself fails none has happened.
 */
export function commitGroup(connection: DatabaseSync, runner: StatementRunner, group: readonly (readonly CompiledStep[])[]): TransactionResult[] {
  let results: TransactionResult[] = [];
  try {
    connection.exec("begin immediate");
    for (const steps of group) {
      results.push(runTransaction(connection, runner, steps));
      // A full disk makes SQLite undo everything by itself; going on would commit later transactions one by one.
      if (!connection.isTransaction) break;
    }
    if (connection.isTransaction) {
      connection.exec("commit");
      return results;
    }
  } catch (error) {
    results = [failure(error, 0, "conflict")];
    if (connection.isTransaction) connection.exec("rollback");
  }
  const last = results.at(-1);
  const reason: TransactionResult = last?.ok === false ? last : { ok: false, code: "internal", step: 0, message: "the transaction ended by itself" };
  return group.map(() => reason);
}

function runTransaction(connection: DatabaseSync, runner: StatementRunner, steps: readonly CompiledStep[]): TransactionResult {
  connection.exec("savepoint step");
  const changes: number[] = [];
  for (const [index, step] of steps.entries()) {
    let changed: number;
    try {
      changed = runner.run(step.sql, step.parameters);
    } catch (error) {
      undo(connection);
      return failure(error, index, step.otherwise);
    }
    if (step.changes !== undefined && changed !== step.changes) {
      undo(connection);
      return { ok: false, code: step.otherwise, step: index, message: `changed ${changed} rows, not ${step.changes}` };
    }
    changes.push(changed);
  }
  connection.exec("release step");
  return { ok: true, changes };
}

function undo(connection: DatabaseSync): void {
  if (connection.isTransaction) connection.exec("rollback to step; release step");
}

/** Gives SQLite's failure a code of ours. */
export function failure(error: unknown, step: number, otherwise: ErrorCode): TransactionResult & { ok: false } {
  const { errcode, message } = error as { errcode?: number; message?: string };
  const unique = errcode === SQLITE_CONSTRAINT_UNIQUE || errcode === SQLITE_CONSTRAINT_PRIMARYKEY;
  const code: ErrorCode = unique ? otherwise : (errcode ?? 0) % 256 === SQLITE_FULL ? "disk-full" : "internal";
  return { ok: false, code, step, message: message ?? String(error) };
}
