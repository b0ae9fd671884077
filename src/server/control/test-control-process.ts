import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FromSupervisor, PROCESS_CONFIG, type ToSupervisor } from "../supervisor/ipc.ts";
import type { ControlConfig } from "./config.ts";
import { goodDraft, TestHouse } from "./test-house.ts";

/** A control process as the supervisor starts it. */
export class ControlProcess {
  readonly child: ChildProcess;
  readonly heard: ToSupervisor[] = [];

  constructor(config: ControlConfig) {
    const env = { ...process.env, [PROCESS_CONFIG]: JSON.stringify(config) };
    this.child = fork(join(import.meta.dirname, "main.ts"), [], { env, execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
    this.child.on("message", (message) => this.heard.push(message as ToSupervisor));
  }

  tell(message: FromSupervisor): void {
    this.child.send(message);
  }

  async hear<Type extends ToSupervisor["type"]>(type: Type): Promise<Extract<ToSupervisor, { type: Type }>> {
    for (;;) {
      const message = this.heard.find((one): one is Extract<ToSupervisor, { type: Type }> => one.type === type);
      if (message !== undefined) {
        this.heard.splice(this.heard.indexOf(message), 1);
        return message;
      }
      const gone = this.child.exitCode ?? this.child.signalCode;
      if (gone !== null) throw new Error(`the process ended (${gone}) without saying ${type}`);
      await Promise.race([once(this.child, "message"), once(this.child, "exit")]);
    }
  }

  async gone(): Promise<number | NodeJS.Signals> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode ?? this.child.signalCode ?? -1;
  }
}

/** Settings of a control process of its own, in a folder on a real disk; `changes`: settings other than the usual ones. */
export async function freshConfig(changes: Partial<ControlConfig> = {}): Promise<{ readonly config: ControlConfig } & AsyncDisposable> {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-control-process-"));
  const webFolder = join(dataFolder, "web");
  {
    await using house = await TestHouse.open();
    await cp(house.config.webFolder, webFolder, { recursive: true });
  }
  const urls = { publicUrl: "http://listen.test", backstageUrl: "http://backstage.test" };
  const config = {
    dataFolder,
    webFolder,
    trustedProxies: [],
    backstagePort: 0,
    backstageHost: "127.0.0.1",
    relay: undefined,
    hostSecret: "the-secret-of-this-start",
    ...urls,
    ...changes,
  };
  return { config, [Symbol.asyncDispose]: () => rm(dataFolder, { recursive: true }) };
}

/** An event that starts tomorrow by the real clock. */
export const tomorrow = () => ({ ...goodDraft, startDate: new Date(Date.now() + 86_400_000).toISOString() });
