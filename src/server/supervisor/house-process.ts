import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import type { Log } from "../../core/log.ts";
import { type FromSupervisor, PROCESS_CONFIG, type ToSupervisor } from "./ipc.ts";

/** Waits before the next start after a death, one entry per death in a row, last one repeated. Milliseconds: the first restart is at once, because a listener hears every one of them. */
const RESTART_DELAYS_MS = [0, 200, 500, 1_000, 2_000, 5_000];
/** A process that lived this long is healthy: it is started again at once, however often it was killed before. Milliseconds; a start takes about half of that, so one that dies again and again costs less than half a processor. */
const HEALTHY_AFTER_MS = 2_000;
/** Time a process has to end by itself before it is killed. Milliseconds; a stage needs it to close its archive. */
const SHUTDOWN_GRACE_MS = 8_000;
/** Nice value of a stage where permitted: late frames are heard, late pages are not. */
const STAGE_PRIORITY = -8;

/** What to run and what to tell whom. */
export interface HouseProcessOptions {
  readonly name: string;
  /** Module to run, absolute path. */
  readonly module: string;
  readonly config: unknown;
  readonly raisePriority: boolean;
  /** Options of the JavaScript engine. Default: none. */
  readonly engineOptions?: readonly string[];
  /** Folder where compiled code is kept from one start to the next: a stage that was killed is back 0.8 s sooner. May be deleted at any time. */
  readonly codeCache: string;
  readonly log: Log;
  /** Steady clock. Milliseconds. */
  readonly nowMs: () => number;
  readonly onMessage: (message: ToSupervisor) => void;
  /** Called when the process is gone; `clean` means exit status 0, after which it is not started again. */
  readonly onGone: (clean: boolean) => void;
}

/** One supervised process: started, watched, started again when it dies, ended on request. */
export class HouseProcess {
  readonly #options: HouseProcessOptions;
  #child: ChildProcess | undefined;
  #deaths = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;
  /** How often it was started again. */
  restarts = 0;

  constructor(options: HouseProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#closing) return;
    const { module, config, name, log, codeCache, nowMs, engineOptions = [] } = this.#options;
    this.#startedAt = nowMs();
    const child = fork(module, [], {
      env: { NODE_COMPILE_CACHE: codeCache, ...process.env, [PROCESS_CONFIG]: JSON.stringify(config) },
      // The name stands in the process list, so that an operator sees which is which.
      execArgv: [`--title=earshot-${name}`, "--disable-warning=ExperimentalWarning", ...engineOptions],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    log.info("process started", { process: name, pid: child.pid });
    if (this.#options.raisePriority && child.pid !== undefined) {
      try {
        setPriority(child.pid, STAGE_PRIORITY);
      } catch {
        log.info("stage priority not raised: not permitted here", { process: name });
      }
    }
    child.on("message", (message) => this.#options.onMessage(message as ToSupervisor));
    child.on("error", (error) => log.error("process could not be started", { process: name, cause: error }));
    child.once("exit", (code, signal) => this.#gone(code, signal));
  }

  send(message: FromSupervisor): void {
    if (this.#child?.connected === true) this.#child.send(message, () => {});
  }

  /** Asks it to end, and ends it when it does not. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    this.send({ type: "shutdown" });
    const timer = setTimeout(() => {
      this.#options.log.warn("process did not end in time and is killed", { process: this.name, grace_ms: SHUTDOWN_GRACE_MS });
      child.kill("SIGKILL");
    }, SHUTDOWN_GRACE_MS);
    await gone;
    clearTimeout(timer);
  }

  #gone(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    const { log, name, nowMs, onGone } = this.#options;
    const clean = code === 0;
    const lived = nowMs() - this.#startedAt;
    if (this.#closing || clean) {
      log.info("process ended", { process: name });
      onGone(clean);
      return;
    }
    if (lived >= HEALTHY_AFTER_MS) this.#deaths = 0;
    const delay = RESTART_DELAYS_MS[Math.min(this.#deaths, RESTART_DELAYS_MS.length - 1)] ?? 0;
    this.#deaths++;
    this.restarts++;
    log.error("process died and is started again", {
      process: name,
      code: code ?? undefined,
      signal: signal ?? undefined,
      lived_ms: Math.round(lived),
      delay_ms: delay,
    });
    onGone(false);
    this.#timer = setTimeout(() => this.start(), delay);
  }
}
