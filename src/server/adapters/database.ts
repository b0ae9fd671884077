import type { EventStore } from "../../event/mod.ts";

/** How long a start waits for a database server, which may be starting too, on a machine that starts more slowly. Milliseconds; what is on air goes on meanwhile. */
export const OPEN_PATIENCE_MS = 300_000;

/** A value that may cross the database port. */
export type DatabaseValue = string | number | Uint8Array | null;

/** Figures of the writer since it was opened; all but `lastCommitMs` only rise. */
export interface DatabaseFigures {
  readonly transactions: number;
  /** Commits to disk; fewer than transactions when several shared one. */
  readonly commits: number;
  readonly refused: number;
  /** Duration of the last commit with its flush to disk. Milliseconds. */
  readonly lastCommitMs: number;
  /** Connections that had to be made again; 0 for a database that is a file. */
  readonly reconnects: number;
}

/** The server's database: what the domains ask of it, and an end. */
export interface Database extends EventStore {
  figures(): DatabaseFigures;
  /** Resolves after the last acknowledged commit; later calls are refused. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
