import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Order, Tally } from "./orders.ts";
import { pin } from "./process-cost.ts";

/** Local addresses connections are spread over: each has a port range of its own. */
const ADDRESSES = 8;

/** Listeners in a process of their own, so that their work is not charged to anybody else. */
export class Swarm {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts the load process on this core. */
  static async start(core: number): Promise<Swarm> {
    const child = fork(join(import.meta.dirname, "client.child.ts"), [], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    const swarm = new Swarm(child);
    await swarm.report();
    pin(child.pid as number, core);
    return swarm;
  }

  /** Opens listeners at a pace and waits until all are connected or lost; resolves to how many are connected. */
  async open(options: {
    readonly port: number;
    readonly count: number;
    readonly perSecond: number;
    readonly path?: string;
    readonly secure?: boolean;
  }): Promise<number> {
    const before = await this.report();
    await this.order({ type: "open", addresses: ADDRESSES, ...options });
    const patience = performance.now() + (options.count / options.perSecond) * 1000 + 20_000;
    for (;;) {
      const { open, failed } = await this.report();
      if (open + failed - before.open - before.failed >= options.count || performance.now() > patience) return open;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async report(): Promise<Tally> {
    return (await this.order({ type: "report" })) as Tally;
  }

  /** Hands an order over; resolves when the load process has taken it. */
  async order(order: Order): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("the load process ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer) => {
        this.#child.off("exit", onExit);
        resolve(answer);
      });
      this.#child.send(order);
    });
  }

  /** Closes all connections; the process stays for the next. */
  async clear(): Promise<void> {
    await this.order({ type: "close" });
  }

  stop(): void {
    this.#child.disconnect();
  }
}
