import { randomUUID } from "node:crypto";
import type { ErrorCode } from "../../core/errors.ts";
import type { CompiledStep, TransactionResult } from "./database-commit.ts";
import { type PostgresConnection, PostgresLine, type PostgresLink } from "./postgres-connection.ts";
import { failureCode, isAway } from "./postgres-failure.ts";

/** Lock that every writer of the house takes for the length of a commit: acts are numbered in the order in which they are seen. */
export const WRITER_LOCK = 0x45_61_72_73;
/** Transactions that share one commit at most; each of their statements is a journey to the server, and the first waits for the last. */
const GROUP_TRANSACTIONS = 64;
/** How long an act waits for a server that is away, before it is told so. Milliseconds. */
const PATIENCE_MS = 3_000;
/** How long a broken commit is asked after. Milliseconds; a server that was killed is back within a second. */
const OUTCOME_PATIENCE_MS = 8_000;
/** Age at which the mark of another run is removed. Milliseconds; nobody asks after it any more. */
const MARK_KEEP_MS = 86_400_000;

interface Job {
  readonly steps: readonly CompiledStep[];
  resolve(result: TransactionResult): void;
}

/** What is known of a commit whose answer never came. */
type Outcome = "committed" | "undone" | "unknown";

/**
 * Group commit on PostgreSQL: one connection, one transaction at a time, all that wait share it. A commit whose answer was lost is asked after
 * by its mark, so that an act is reported as what it is: done or not done.
 */
export class PostgresWriter {
  readonly #line: PostgresLine;
  readonly #link: PostgresLink;
  /** Names this run in the table of marks. */
  readonly #writer = randomUUID();
  #turn = 0;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;
  transactions = 0;
  commits = 0;
  refused = 0;
  lastCommitMs = 0;

  constructor(link: PostgresLink) {
    this.#link = link;
    this.#line = new PostgresLine(link);
  }

  get reconnects(): number {
    return Math.max(0, this.#line.reconnects);
  }

  /** Resolves once the transaction is on disk or undone. Never rejects. */
  write(steps: readonly CompiledStep[]): Promise<TransactionResult> {
    return new Promise((resolve) => {
      this.#waiting.push({ steps, resolve });
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    });
  }

  /** Resolves after the last transaction that waits. */
  async close(): Promise<void> {
    await this.#running;
    await this.#line.close();
  }

  async #run(): Promise<void> {
    // After the calls of this turn of the event loop: they share the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_TRANSACTIONS);
      const startMs = this.#link.clock.steadyMs();
      const results = await this.#commitPatiently(group, startMs);
      this.lastCommitMs = this.#link.clock.steadyMs() - startMs;
      this.#settle(group, results);
      const [first] = results;
      // Nobody waits for the same server twice in a row.
      if (first?.ok === false && first.code === "database-away") this.#settle(this.#waiting.splice(0), [], away(undefined, "undone"));
    }
  }

  /** A commit that is known not to have happened because the line broke is made again, while there is patience. */
  async #commitPatiently(group: readonly Job[], startMs: number): Promise<readonly TransactionResult[]> {
    for (;;) {
      const leftMs = PATIENCE_MS - (this.#link.clock.steadyMs() - startMs);
      let connection: PostgresConnection;
      try {
        connection = await this.#line.get(Math.max(0, leftMs));
      } catch (cause) {
        return group.map(() => away(cause, "undone"));
      }
      const results = await this.#commit(connection, group);
      const [first] = results;
      if (leftMs <= 0 || first?.ok !== false || first.details?.done !== "no") return results;
    }
  }

  #settle(jobs: readonly Job[], results: readonly TransactionResult[], otherwise = away(undefined, "unknown")): void {
    for (const [index, job] of jobs.entries()) {
      const result = results[index] ?? otherwise;
      if (result.ok) this.transactions++;
      else this.refused++;
      job.resolve(result);
    }
  }

  async #commit(connection: PostgresConnection, group: readonly Job[]): Promise<readonly TransactionResult[]> {
    const turn = ++this.#turn;
    const results: TransactionResult[] = [];
    let committing = false;
    try {
      // Not the server's own default: under a snapshot taken before the lock, what the writer before us did would not be seen.
      await connection.query(`begin isolation level read committed; select pg_advisory_xact_lock(${WRITER_LOCK})`);
      for (const { steps } of group) results.push(await runTransaction(connection, steps));
      if (!results.some(({ ok }) => ok)) {
        await connection.query("rollback");
        return results;
      }
      await connection.query(
        "insert into earshot_writer (writer, turn, at_ms) values ($1, $2, $3) on conflict (writer) do update set turn = excluded.turn, at_ms = excluded.at_ms",
        [this.#writer, turn, this.#link.clock.wallMs()],
      );
      committing = true;
      await connection.query("commit");
    } catch (cause) {
      const outcome = !isAway(cause) || !committing ? "undone" : await this.#outcomeOf(turn);
      if (outcome !== "committed") {
        if (!connection.isOver) await connection.query("rollback").catch(() => connection.drop());
        const failed: TransactionResult = isAway(cause) ? away(cause, outcome) : failure(cause, "conflict", 0);
        return group.map(() => failed);
      }
    }
    this.commits++;
    return results;
  }

  /** Asks on a new connection whether a commit came through. Behind the lock, so that a server that still works at it has finished. */
  async #outcomeOf(turn: number): Promise<Outcome> {
    const { clock } = this.#link;
    const startMs = clock.steadyMs();
    for (;;) {
      const leftMs = OUTCOME_PATIENCE_MS - (clock.steadyMs() - startMs);
      if (leftMs <= 0) return "unknown";
      try {
        const connection = await this.#line.get(leftMs);
        await connection.query(`begin isolation level read committed; select pg_advisory_xact_lock(${WRITER_LOCK})`);
        const { rows } = await connection.query("select turn from earshot_writer where writer = $1", [this.#writer]);
        await connection.query("rollback");
        return (rows[0] as { turn: number } | undefined)?.turn === turn ? "committed" : "undone";
      } catch (cause) {
        if (!isAway(cause)) return "unknown";
      }
    }
  }

  /** Removes marks of runs that ended long ago. */
  async prune(): Promise<void> {
    const connection = await this.#line.get(PATIENCE_MS);
    await connection.query("delete from earshot_writer where at_ms < $1", [this.#link.clock.wallMs() - MARK_KEEP_MS]);
  }
}

async function runTransaction(connection: PostgresConnection, steps: readonly CompiledStep[]): Promise<TransactionResult> {
  await connection.query("savepoint step");
  const changes: number[] = [];
  for (const [index, step] of steps.entries()) {
    let changed: number;
    try {
      changed = (await connection.query(step.sql, step.parameters)).rowCount ?? 0;
    } catch (cause) {
      if (isAway(cause)) throw cause;
      await connection.query("rollback to savepoint step; release savepoint step");
      return failure(cause, step.otherwise, index);
    }
    if (step.changes !== undefined && changed !== step.changes) {
      await connection.query("rollback to savepoint step; release savepoint step");
      return { ok: false, code: step.otherwise, step: index, message: `changed ${changed} rows, not ${step.changes}` };
    }
    changes.push(changed);
  }
  await connection.query("release savepoint step");
  return { ok: true, changes };
}

function failure(cause: unknown, otherwise: ErrorCode, step: number): TransactionResult {
  return { ok: false, code: failureCode(cause, otherwise), step, message: cause instanceof Error ? cause.message : String(cause) };
}

function away(cause: unknown, outcome: Exclude<Outcome, "committed">): TransactionResult {
  const details = { done: outcome === "undone" ? "no" : "unknown" };
  const code: ErrorCode = cause === undefined ? "database-away" : failureCode(cause);
  return { ok: false, code, step: 0, message: cause instanceof Error ? cause.message : "no answer", details };
}
