import { type ErrorCode, ERRORS } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { EdgeHello } from "../../wire/edge.ts";
import type { ProcessHealth } from "../supervisor/admin.ts";
import type { HouseProcess } from "../supervisor/house-process.ts";
import type { RunningStage, ToSupervisor } from "../supervisor/ipc.ts";
import { ProcessGroup } from "../supervisor/process-group.ts";
import type { Supervised } from "../supervisor/supervise.ts";
import type { LineConfig } from "./config.ts";

/** What an edge's processes are told. */
export interface EdgeMachineOptions {
  readonly runFolder: string;
  readonly line: LineConfig;
  /** How many front processes share the public port, and the settings of each by its name and what the house said. */
  readonly fronts: number;
  readonly front: (name: string, hello: EdgeHello) => unknown;
  readonly log: Log;
  /** Says something to the operator, once each time it changes. */
  readonly say: (words: string) => void;
  readonly onFault: (role: string, message: Extract<ToSupervisor, { type: "fault" }>) => void;
}

interface Relayed extends Omit<RunningStage, "audienceSalt"> {
  /** Overwritten when the stage is gone. */
  readonly salt: Buffer;
}

/** Runs an edge's line, and its fronts once the house has told what they need. */
export class EdgeMachine implements Supervised {
  readonly #options: EdgeMachineOptions;
  readonly #group: ProcessGroup;
  readonly #line: HouseProcess;
  #fronts: readonly HouseProcess[] = [];
  #stages: readonly Relayed[] = [];
  #hello: EdgeHello | undefined;
  #houseAnswers = false;
  #said: ErrorCode | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closing = false;
  #onChange: () => void = () => {};

  constructor(options: EdgeMachineOptions) {
    this.#options = options;
    this.#group = new ProcessGroup(options);
    this.#line = this.#group.make({
      name: "line",
      role: "edge",
      config: options.line,
      onMessage: (message) => this.#hear("line", message),
      onGone: () => {
        this.#houseAnswers = false;
        this.#take([]);
      },
    });
  }

  async start(): Promise<void> {
    this.#line.start();
  }

  /** Resolves once the line runs; the house may still be silent. */
  async whenReady(signal: AbortSignal): Promise<void> {
    while (!this.#group.isReady(this.#line)) {
      await new Promise<void>((resolve, reject) => {
        this.#onChange = resolve;
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
  }

  /** The line is healthy while the house answers. */
  health(): readonly ProcessHealth[] {
    const [line, ...fronts] = this.#group.health(this.#processes);
    return [{ ...(line as ProcessHealth), ready: line?.ready === true && this.#houseAnswers }, ...fronts];
  }

  async collectMetrics(): Promise<readonly unknown[]> {
    return await this.#group.collectMetrics(this.#processes);
  }

  /** Ends the fronts first: their last lines go home by the line. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#turn;
    await Promise.all(this.#fronts.map((front) => front.close()));
    await this.#line.close();
    this.#take([]);
  }

  get #processes(): readonly HouseProcess[] {
    return [this.#line, ...this.#fronts];
  }

  #hear(from: string, message: ToSupervisor): void {
    if (message.type === "ready") {
      this.#tellFronts();
      this.#onChange();
    } else if (message.type === "house") {
      this.#houseAnswers = true;
      if (this.#said !== undefined) this.#options.say("The house answers.");
      this.#said = undefined;
      this.#turn = this.#turn.then(() => this.#serve(message.hello));
    } else if (message.type === "house-away") {
      this.#houseAnswers = false;
      if (this.#said !== message.code) this.#options.say(wordsFor(message.code, message.reason));
      this.#said = message.code;
    } else if (message.type === "relays") {
      this.#take(message.stages);
    } else if (message.type === "fault") {
      this.#options.onFault(from, message);
    }
  }

  /** Starts the fronts, and starts them again when the house says something else than before. */
  async #serve(hello: EdgeHello): Promise<void> {
    const { fronts, front, log } = this.#options;
    const [before, now] = [this.#hello, hello].map((said) => said && JSON.stringify({ ...said, version: "" }));
    if (this.#closing || before === now) return;
    if (before !== undefined) log.info("the house's addresses or keys are others than before; fronts are started again");
    await Promise.all(this.#fronts.map((each) => each.close()));
    this.#hello = hello;
    this.#fronts = this.#group.fronts(fronts, (name) => ({
      config: front(name, hello),
      onMessage: (message) => this.#hear(name, message),
      onGone: () => {},
    }));
    if (this.#closing) return;
    for (const each of this.#fronts) each.start();
  }

  #take(stages: readonly RunningStage[]): void {
    const before = this.#stages;
    this.#stages = stages.map(({ audienceSalt = "", ...stage }) => ({ ...stage, salt: Buffer.from(audienceSalt, "base64") }));
    for (const { salt } of before) salt.fill(0);
    this.#tellFronts();
  }

  #tellFronts(): void {
    const stages = this.#stages.map(({ salt, ...stage }) => ({ ...stage, audienceSalt: salt.toString("base64") }));
    for (const front of this.#fronts) front.send({ type: "stages", stages });
  }
}

/** What the operator is told of a house that does not serve this edge. What the table says of a house that is away is for listeners. */
function wordsFor(code: ErrorCode, reason: string): string {
  const { meaning, action } = ERRORS[code];
  const told = `${meaning}${reason === "" ? "" : ` (${reason})`}`;
  return code === "house-away" ? `${told}\n  This edge asks on.` : `${told}\n  What to do: ${action} This edge asks on.`;
}
