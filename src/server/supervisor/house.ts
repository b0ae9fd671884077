import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { STAGE_ENGINE_OPTIONS } from "../stage/config.ts";
import type { HouseProcess } from "./house-process.ts";
import type { ProcessHealth } from "./admin.ts";
import { LOG_LINES, type RunningStage, type ToSupervisor, type WantedStage } from "./ipc.ts";
import { ProcessGroup } from "./process-group.ts";

/** Salt of an event's audience keys. Bytes; one for all fronts, here and on edges, so that their estimates of unique listeners merge. */
const AUDIENCE_SALT_BYTES = 16;

/** Settings of each role, as the role's own config type; the supervisor only passes them on. */
export interface HouseOptions {
  readonly runFolder: string;
  readonly control: unknown;
  /** How many front processes share the public port, and the settings of each by its name. */
  readonly fronts: number;
  readonly front: (name: string) => unknown;
  readonly stage: (wanted: WantedStage) => unknown;
  readonly log: Log;
  readonly onFault: (role: string, message: Extract<ToSupervisor, { type: "fault" }>) => void;
}

interface StageEntry {
  readonly wanted: WantedStage;
  readonly process: HouseProcess;
  url: string | undefined;
  /** Overwritten when the event is over. */
  readonly audienceSalt: Buffer;
}

/** Runs control, front and the wanted stages, and tells them of each other. */
export class House {
  readonly #options: HouseOptions;
  readonly #control: HouseProcess;
  /** One or several, on one port; the kernel deals connections out among them. */
  readonly #fronts: readonly HouseProcess[];
  readonly #stages = new Map<string, StageEntry>();
  readonly #finished = new Set<string>();
  readonly #group: ProcessGroup;
  #lines: readonly string[] = [];
  #closing = false;
  /** Whether control has said which stages it wants. */
  #isToldStages = false;
  #onChange: () => void = () => {};

  constructor(options: HouseOptions) {
    this.#options = options;
    this.#group = new ProcessGroup(options);
    const hearing = (name: string) => ({ onMessage: (message: ToSupervisor) => this.#hear(name, message), onGone: () => this.#tellStages() });
    this.#control = this.#group.make({ name: "control", role: "control", config: options.control, ...hearing("control") });
    this.#fronts = this.#group.fronts(options.fronts, (name) => ({ config: options.front(name), ...hearing(name) }));
  }

  /** Starts everything: the stages of the last run first, because the stage needs nobody else. */
  async start(): Promise<void> {
    const remembered = await readJson(this.#stagesFile);
    if (Array.isArray(remembered)) this.#want(remembered as WantedStage[]);
    this.#control.start();
    for (const front of this.#fronts) front.start();
  }

  /** Resolves once control and front listen and every wanted stage answers. */
  async whenReady(signal: AbortSignal): Promise<void> {
    while (!this.health().every((health) => health.ready) || !this.#isToldStages) {
      await new Promise<void>((resolve, reject) => {
        this.#onChange = resolve;
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
  }

  health(): readonly ProcessHealth[] {
    return this.#group.health(this.#processes());
  }

  /** Metrics of every process that answers in time, as prom-client's JSON. */
  async collectMetrics(): Promise<readonly unknown[]> {
    return await this.#group.collectMetrics(this.#processes());
  }

  /** Keeps a line of a log for the operator's page: control may die and come back. */
  keepLine(line: string): void {
    this.#lines = [...this.#lines, line].slice(-LOG_LINES);
    if (this.#group.isReady(this.#control)) this.#control.send({ type: "log", lines: [line] });
  }

  /** Ends the audience side first, the stages last: what is on air is recorded to the last frame. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#fronts.map(async (front) => await front.close()), this.#control.close()]);
    await Promise.all([...this.#stages.values()].map((entry) => entry.process.close()));
  }

  get #stagesFile(): string {
    return join(this.#options.runFolder, "stages.json");
  }

  #processes(): HouseProcess[] {
    return [this.#control, ...this.#fronts, ...[...this.#stages.values()].map((entry) => entry.process)];
  }

  #hear(from: string, message: ToSupervisor): void {
    if (message.type === "ready") {
      if (from === this.#control.name) this.#control.send({ type: "log", lines: this.#lines });
      this.#tellStages();
      this.#onChange();
    } else if (message.type === "want-stages") {
      this.#want(message.stages);
      this.#isToldStages = true;
      this.#onChange();
      writeDurably(this.#stagesFile, JSON.stringify(message.stages)).catch((cause: unknown) =>
        this.#options.log.error("the list of stages could not be kept", { cause }),
      );
    } else if (message.type === "log") {
      this.keepLine(message.line);
    } else if (message.type === "fault") {
      this.#options.onFault(from, message);
    }
  }

  #want(stages: readonly WantedStage[]): void {
    if (this.#closing) return;
    const wantedIds = new Set(stages.map((stage) => stage.eventId));
    for (const [eventId, entry] of this.#stages) {
      if (wantedIds.has(eventId)) continue;
      this.#endStage(entry);
      void entry.process.close();
    }
    for (const eventId of this.#finished) if (!wantedIds.has(eventId)) this.#finished.delete(eventId);
    for (const wanted of stages) if (!this.#stages.has(wanted.eventId) && !this.#finished.has(wanted.eventId)) this.#startStage(wanted);
    this.#tellStages();
  }

  #endStage({ wanted, audienceSalt }: StageEntry): void {
    this.#stages.delete(wanted.eventId);
    audienceSalt.fill(0);
  }

  #startStage(wanted: WantedStage): void {
    const name = `stage-${wanted.slug}`;
    const process = this.#group.make({
      name,
      role: "stage",
      config: this.#options.stage(wanted),
      raisePriority: true,
      engineOptions: STAGE_ENGINE_OPTIONS,
      onMessage: (message) => {
        if (message.type === "ready") entry.url = message.url;
        this.#hear(name, message);
      },
      onGone: (clean) => {
        entry.url = undefined;
        if (clean && this.#stages.get(wanted.eventId) === entry) {
          // The event is over; control stops wanting it when it has read so.
          this.#endStage(entry);
          this.#finished.add(wanted.eventId);
        }
        this.#tellStages();
      },
    });
    const entry: StageEntry = { wanted, process, url: undefined, audienceSalt: randomBytes(AUDIENCE_SALT_BYTES) };
    this.#stages.set(wanted.eventId, entry);
    process.start();
  }

  #tellStages(): void {
    const stages: RunningStage[] = [];
    const salts = new Map<string, string>();
    for (const { wanted, url, audienceSalt } of this.#stages.values()) {
      if (url !== undefined) stages.push({ ...wanted, url });
      salts.set(wanted.eventId, audienceSalt.toString("base64"));
    }
    const salted = stages.map((stage) => ({ ...stage, audienceSalt: salts.get(stage.eventId) as string }));
    this.#control.send({ type: "stages", stages: salted, processes: this.health() });
    for (const front of this.#fronts) front.send({ type: "stages", stages: salted });
  }
}

/** Reads the version of this package for banners and answers. */
export async function packageVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, "../../../package.json"), "utf8")) as { version: string };
  return manifest.version;
}
