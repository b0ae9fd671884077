import { flushCompileCache } from "node:module";
import { createLog, type Log } from "../../core/log.ts";
import type { Registry } from "prom-client";
import { EarshotError } from "../../core/errors.ts";
import { type FromSupervisor, hearSupervisor, PROCESS_CONFIG, tellSupervisor } from "../supervisor/ipc.ts";

/** The settings this process was started with. @throws when there are none: roles are started by the supervisor. */
export function processConfig<Config>(): Config {
  const text = process.env[PROCESS_CONFIG];
  if (text === undefined) throw new EarshotError("config-invalid", { setting: PROCESS_CONFIG, rule: "set by the supervisor", value: "missing" });
  return JSON.parse(text) as Config;
}

/** The log of a process: JSON lines on standard error. */
export function processLog(name: string): Log {
  return createLog(
    (line) => {
      process.stderr.write(line);
      tellSupervisor({ type: "log", line });
    },
    Date.now,
    { process: name },
  );
}

/** After this long a process has loaded what it does not begin with. Milliseconds. */
const LOADED_MS = 10_000;

/** What a role does in the life every process of the house shares. */
export interface Life {
  /** Its metrics; asked for at each scrape, so they may be loaded at the first. */
  readonly registry: () => Registry | Promise<Registry>;
  readonly log: Log;
  readonly onMessage?: (message: FromSupervisor) => void;
  readonly close: () => Promise<void>;
}

/** Answers the supervisor, ends on its word or on a signal, and never dies of an error that can be logged. */
export function live(life: Life): void {
  const tellMetrics = async (id: number) => tellSupervisor({ type: "metrics", id, json: await (await life.registry()).getMetricsAsJSON() });
  const shutdown = () => {
    life.close().then(
      () => process.exit(0),
      (cause: unknown) => {
        life.log.error("did not end cleanly", { cause });
        process.exit(1);
      },
    );
  };
  hearSupervisor((message) => {
    if (message.type === "shutdown") shutdown();
    else if (message.type === "metrics-request") void tellMetrics(message.id);
    life.onMessage?.(message);
  });
  // The terminal sends its interrupt to the whole group; the supervisor decides the order of ending.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", shutdown);
  process.on("unhandledRejection", (cause) => life.log.error("unhandled rejection", { cause }));
  process.on("uncaughtException", (cause) => life.log.error("uncaught exception", { cause }));
  // Compiled code is otherwise kept only by a process that ends in peace, and the one that needs it was killed.
  flushCompileCache();
  setTimeout(flushCompileCache, LOADED_MS).unref();
}

/** Tells the supervisor why the process cannot start, and ends. */
export function failToStart(log: Log, cause: unknown): never {
  const error = cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause);
  log.error("could not start", { cause, ...error.details });
  tellSupervisor({ type: "fault", code: error.code, details: error.details });
  process.exit(1);
}
