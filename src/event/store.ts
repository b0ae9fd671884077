import type { Compilable, Kysely } from "kysely";
import type { ErrorCode } from "../core/errors.ts";
import type { EventTables } from "./tables.ts";

/** One statement of a transaction, with what must be true of it. */
export interface Step {
  readonly query: Compilable<unknown>;
  /** Rows it must change; another number undoes the whole transaction. Absent: any number is right. */
  readonly changes?: number;
  /** The failure reported when `changes` is not met or a unique value is taken. Default: `conflict`. */
  readonly otherwise?: ErrorCode;
}

/**
 * What the event domain needs of a database. Only numbers, strings, `Uint8Array` and null cross it: instants are Unix milliseconds,
 * truth values 0 or 1, so that the same statements run on SQLite and PostgreSQL.
 */
export interface EventStore {
  /** Builds statements in the store's own dialect; executes nothing itself. */
  readonly sql: Kysely<EventTables>;
  /** Rows of a committed state, all of them. */
  read<Row>(query: Compilable<Row>): Promise<readonly Row[]>;
  /**
   * Runs all steps as one transaction; resolves with the changed rows per step once they are on disk.
   * @throws a step's `otherwise`, or `disk-full`: then nothing of it has happened.
   */
  write(steps: readonly Step[]): Promise<readonly number[]>;
}
