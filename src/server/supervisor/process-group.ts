import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { ProcessHealth } from "./admin.ts";
import { HouseProcess, type HouseProcessOptions } from "./house-process.ts";

/** Time a process has to answer a request for its metrics. Milliseconds; a scrape must not hang on a busy process. */
const METRICS_TIMEOUT_MS = 1_000;

/** A process of a group. `role`: the folder of the server whose main.ts it runs. */
export interface GroupedProcess extends Pick<HouseProcessOptions, "name" | "config" | "engineOptions" | "onMessage" | "onGone"> {
  readonly role: string;
  readonly raisePriority?: boolean;
}

/** Processes under one supervisor: how they are started, which of them are ready, and their figures for a scrape. */
export class ProcessGroup {
  readonly #codeCache: string;
  readonly #log: Log;
  readonly #ready = new Set<string>();
  readonly #metrics = new Map<number, (json: unknown) => void>();
  #nextMetricsId = 0;

  constructor({ runFolder, log }: { readonly runFolder: string; readonly log: Log }) {
    this.#codeCache = join(runFolder, "code");
    this.#log = log;
  }

  /** A process that is not started yet; the caller starts and closes it. Requests for metrics are answered here, everything else is told. */
  make({ role, raisePriority = false, onMessage, onGone, ...rest }: GroupedProcess): HouseProcess {
    const { name } = rest;
    return new HouseProcess({
      ...rest,
      module: join(import.meta.dirname, "..", role, "main.ts"),
      raisePriority,
      codeCache: this.#codeCache,
      nowMs: systemClock.steadyMs,
      log: this.#log,
      onMessage: (message) => {
        if (message.type === "metrics") return this.#answerMetrics(message.id, message.json);
        if (message.type === "ready") this.#ready.add(name);
        onMessage(message);
      },
      onGone: (clean) => {
        this.#ready.delete(name);
        onGone(clean);
      },
    });
  }

  /** The front processes that share one port; `settings`: what {@link make} is to know of one, by its name. */
  fronts(count: number, settings: (name: string) => Omit<GroupedProcess, "name" | "role">): HouseProcess[] {
    return Array.from({ length: count }, (_, index) => {
      const name = index === 0 ? "front" : `front-${index + 1}`;
      return this.make({ ...settings(name), name, role: "front" });
    });
  }

  isReady({ name }: HouseProcess): boolean {
    return this.#ready.has(name);
  }

  health(processes: readonly HouseProcess[]): readonly ProcessHealth[] {
    return processes.map((process) => ({ name: process.name, ready: this.isReady(process), restarts: process.restarts }));
  }

  /** Metrics of every process that answers in time, as prom-client's JSON. */
  async collectMetrics(processes: readonly HouseProcess[]): Promise<readonly unknown[]> {
    return await Promise.all(
      processes.map(
        (process) =>
          new Promise<unknown>((resolve) => {
            const id = this.#nextMetricsId++;
            const timer = setTimeout(() => this.#answerMetrics(id, []), METRICS_TIMEOUT_MS);
            this.#metrics.set(id, (json) => {
              clearTimeout(timer);
              resolve(json);
            });
            process.send({ type: "metrics-request", id });
          }),
      ),
    );
  }

  #answerMetrics(id: number, json: unknown): void {
    this.#metrics.get(id)?.(json);
    this.#metrics.delete(id);
  }
}
