import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { HouseHealth, LogLine } from "../../wire/house.ts";
import { AudienceFile } from "../adapters/audience-file.ts";
import type { ProcessHealth } from "../supervisor/admin.ts";
import { LOG_LINES } from "../supervisor/ipc.ts";

/** Longest text of a line as the operator's page shows it. Characters; a stack is a thousand. */
const MORE_MAX = 2_000;

/** What the watch works with. */
export interface HouseWatchOptions {
  readonly dataFolder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Public files that could not be written, and rounds that failed. */
  readonly failures: () => HouseHealth["failures"];
  /** How the edges stand. */
  readonly edges: () => HouseHealth["edges"];
}

/** What the operator's page shows of the processes: told by the supervisor, kept in memory. */
export class HouseWatch {
  readonly #options: HouseWatchOptions;
  readonly #startedMs: number;
  readonly #audiences = new Map<string, AudienceFile>();
  #processes: readonly ProcessHealth[] = [];
  #lines: LogLine[] = [];

  constructor(options: HouseWatchOptions) {
    this.#options = options;
    this.#startedMs = options.clock.steadyMs();
  }

  /** Takes over how the processes stand. */
  setProcesses(processes: readonly ProcessHealth[]): void {
    this.#processes = processes;
  }

  /** Takes in lines of the log; what is no line of ours is shown as it is. */
  hear(lines: readonly string[]): void {
    this.#lines = [...this.#lines, ...lines.map(readLine)].slice(-LOG_LINES);
  }

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  figures(): Omit<HouseHealth, "disk" | "live"> {
    const { version, clock, failures, edges } = this.#options;
    const processes = this.#processes.map(({ name, ready, restarts }) => ({ name, ready, restarts }));
    return { version, upSeconds: (clock.steadyMs() - this.#startedMs) / 1_000, processes, edges: edges(), failures: failures() };
  }

  /** Who listens to an event, and the end of the window that was counted in; null while nothing was. */
  async listening(eventId: string): Promise<Pick<HouseHealth["live"][number], "listeningNow" | "asOfUnixMs">> {
    const { dataFolder, log, clock } = this.#options;
    const file = this.#audiences.get(eventId) ?? new AudienceFile(join(dataFolder, "events", eventId), log);
    this.#audiences.set(eventId, file);
    await file.readMore();
    const { listeningNow = null, asOfUnixMs = null } = file.sum.publicAudience(clock.wallMs()) ?? {};
    return { listeningNow, asOfUnixMs };
  }
}

function readLine(text: string): LogLine {
  try {
    const { at = "", level = "", process = "", message = "", ...more } = JSON.parse(text) as Record<string, unknown>;
    const rest = Object.keys(more).length === 0 ? "" : JSON.stringify(more);
    return { at: String(at), level: String(level), process: String(process), message: String(message), more: rest.slice(0, MORE_MAX) };
  } catch {
    return { at: "", level: "", process: "", message: text.slice(0, MORE_MAX), more: "" };
  }
}
