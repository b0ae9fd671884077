import { DatabaseError } from "pg";
import { EarshotError, type ErrorCode } from "../../core/errors.ts";

/** Classes of SQLSTATE that mean: this connection is over, or the server takes nobody now. @spec PostgreSQL appendix A */
const AWAY_CLASSES: ReadonlySet<string> = new Set(["08", "53", "57"]);
/** Classes that mean: it does not let us in. Waiting does not help. */
const REFUSED_CLASSES: ReadonlySet<string> = new Set(["28", "3D"]);
/** Single ones: a server that only follows another, a lock that another writer does not let go. */
const AWAY_STATES: ReadonlySet<string> = new Set(["25006", "25P03", "55P03"]);
const DISK_FULL = "53100";
const UNIQUE_VIOLATION = "23505";
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
/** PostgreSQL keeps no U+0000 in a text. */
const CHARACTER_NOT_IN_REPERTOIRE = "22021";

/** The SQLSTATE of what the server refused; undefined when it was not the server who spoke: the line broke, or time ran out. */
export function sqlState(cause: unknown): string | undefined {
  return cause instanceof DatabaseError ? cause.code : undefined;
}

/** Whether the same statement may go through on another connection, a little later. */
export function isAway(cause: unknown): boolean {
  // Ours: a number too large to be held, a setting that is wrong.
  if (cause instanceof RangeError || cause instanceof EarshotError) return false;
  const state = sqlState(cause);
  return state === undefined || (state !== DISK_FULL && (AWAY_CLASSES.has(state.slice(0, 2)) || AWAY_STATES.has(state)));
}

/** Whether the server answers but knows no such user, password or database. */
export function isRefused(cause: unknown): boolean {
  return REFUSED_CLASSES.has(sqlState(cause)?.slice(0, 2) ?? "");
}

/** Gives PostgreSQL's failure a code of ours. `otherwise`: what a taken value means here. */
export function failureCode(cause: unknown, otherwise: ErrorCode = "conflict"): ErrorCode {
  if (cause instanceof EarshotError) return cause.code;
  if (isAway(cause) || isRefused(cause)) return "database-away";
  const state = sqlState(cause);
  if (state === UNIQUE_VIOLATION) return otherwise;
  if (state === DISK_FULL) return "disk-full";
  if (state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED) return "conflict";
  return state === CHARACTER_NOT_IN_REPERTOIRE ? "bad-request" : "internal";
}
