import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { pin } from "./process-cost.ts";

/** What the process of HTTP/2 listeners is told. */
export interface Http2Order {
  readonly port: number;
  readonly path: string;
  /** Listeners to open, none to only ask how many listen. */
  readonly count: number;
  readonly perSecond: number;
}

/** Listeners over HTTP/2, each with a session of its own as browsers have, in a process of their own. */
export class Http2Swarm {
  readonly #child: ChildProcess;
  #last: Http2Order | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts the load process on this core. */
  static async start(core: number): Promise<Http2Swarm> {
    const child = fork(join(import.meta.dirname, "http2-client.child.ts"), [], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    const swarm = new Http2Swarm(child);
    await swarm.listening();
    pin(child.pid as number, core);
    return swarm;
  }

  /** Opens listeners at a pace and waits until they hear something, at most twenty seconds longer than the pace takes. */
  async open(order: Http2Order): Promise<void> {
    const wanted = (await this.listening()) + order.count;
    this.#last = order;
    await this.#ask(order);
    const patience = performance.now() + (order.count / order.perSecond) * 1000 + 20_000;
    while ((await this.listening()) < wanted && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** How many have heard something and are still connected. */
  async listening(): Promise<number> {
    return await this.#ask({ ...(this.#last ?? { port: 0, path: "", perSecond: 1 }), count: 0 });
  }

  stop(): void {
    this.#child.disconnect();
  }

  async #ask(order: Http2Order): Promise<number> {
    return await new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("the load process ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (listening: number) => {
        this.#child.off("exit", onExit);
        resolve(listening);
      });
      this.#child.send(order);
    });
  }
}
