/** Values a log line may carry; flat on purpose, so that any log reader can filter on them. */
export interface LogFields {
  /** The error behind the line; written with its stack. */
  readonly cause?: unknown;
  readonly [name: string]: unknown;
}

/** Structured log: one JSON object per line. Names of fields end in their unit. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log;
}

/** Writes log lines through `write` (one call per line, newline included). */
export function createLog(write: (line: string) => void, now: () => number, bound: LogFields = {}): Log {
  const emit = (level: string, message: string, fields: LogFields = {}) => {
    const { cause, ...rest } = fields;
    const line: Record<string, unknown> = { at: new Date(now()).toISOString(), level, message, ...bound, ...rest };
    if (cause !== undefined) line.cause = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    info: (message, fields) => emit("info", message, fields),
    warn: (message, fields) => emit("warn", message, fields),
    error: (message, fields) => emit("error", message, fields),
    child: (fields) => createLog(write, now, { ...bound, ...fields }),
  };
}

/** A log that keeps quiet, for tests. */
export const silentLog: Log = createLog(
  () => {},
  () => 0,
);
