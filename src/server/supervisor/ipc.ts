import type { ErrorCode } from "../../core/errors.ts";
import type { EdgeHello } from "../../wire/edge.ts";
import type { ProcessHealth } from "./admin.ts";

/** The event a stage process runs. */
export interface WantedStage {
  readonly eventId: string;
  readonly slug: string;
}

/** A stage process that answers, and where: `url` is its loopback address without a trailing slash. */
export interface RunningStage extends WantedStage {
  readonly url: string;
  /** For fronts, and for control to tell edges: salt of the event's audience keys, base64. Lives in memory, dies with the event, and is never written anywhere. */
  readonly audienceSalt?: string;
}

/** What a process of the house tells its supervisor. */
export type ToSupervisor =
  | { readonly type: "ready"; readonly url: string }
  | { readonly type: "fault"; readonly code: ErrorCode; readonly details: Readonly<Record<string, string | number | boolean>> }
  /** control only: the whole list of stages that should run now. */
  | { readonly type: "want-stages"; readonly stages: readonly WantedStage[] }
  /** An edge's line only: the house answers, and its fronts need this; or it does not, for this reason. */
  | { readonly type: "house"; readonly hello: EdgeHello }
  | { readonly type: "house-away"; readonly code: ErrorCode; readonly reason: string }
  /** An edge's line only: the events it relays, for the fronts. */
  | { readonly type: "relays"; readonly stages: readonly RunningStage[] }
  /** A line for the operator's page; it stands on standard error too. */
  | { readonly type: "log"; readonly line: string }
  | { readonly type: "metrics"; readonly id: number; readonly json: unknown };

/** What the supervisor tells a process of the house. */
export type FromSupervisor =
  /** `processes`: for control only, how each stands. */
  | { readonly type: "stages"; readonly stages: readonly RunningStage[]; readonly processes?: readonly ProcessHealth[] }
  /** For control only. */
  | { readonly type: "log"; readonly lines: readonly string[] }
  | { readonly type: "metrics-request"; readonly id: number }
  | { readonly type: "shutdown" };

/** Lines of the log kept for the operator's page. A start writes about ten, a fault a few. */
export const LOG_LINES = 500;

/** Environment variable in which a process finds its settings as JSON. */
export const PROCESS_CONFIG = "EARSHOT_PROCESS_CONFIG";

/** Sends to the supervisor; quiet when there is none (tests, a role started by hand). */
export function tellSupervisor(message: ToSupervisor): void {
  if (process.connected) process.send?.(message);
}

/** Calls `on` for every message of the supervisor, and once with `shutdown` when the supervisor is gone: no process outlives it. */
export function hearSupervisor(on: (message: FromSupervisor) => void): void {
  process.on("message", (message) => on(message as FromSupervisor));
  process.on("disconnect", () => on({ type: "shutdown" }));
}
