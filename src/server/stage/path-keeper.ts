import type { Log } from "../../core/log.ts";
import type { Stage } from "../../stage/mod.ts";
import { pathRecord } from "../../wire/path-record.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";

/** How often the record is written. Milliseconds; what a kill may cost of it. */
const KEEP_MS = 10_000;

/** Keeps how every voice came in beside the archive, so that a restart of the stage and whoever asks after the event have it. Closed by the stage process. */
export class PathKeeper {
  readonly #path: string;
  readonly #stage: Stage;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #written = "";
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, stage: Stage, log: Log) {
    this.#path = path;
    this.#stage = stage;
    this.#log = log;
    this.#timer = setInterval(() => void this.keep(), KEEP_MS);
  }

  /** Takes up what an earlier run of this stage wrote. */
  static async open({ path, stage, log }: { readonly path: string; readonly stage: Stage; readonly log: Log }): Promise<PathKeeper> {
    const before = pathRecord.safeParse(await readJson(path).catch(() => undefined));
    if (before.success) stage.restorePaths(before.data);
    return new PathKeeper(path, stage, log);
  }

  /** Writes the record as it is now; a disk that refuses it does not stop the event. */
  keep(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const record = this.#stage.pathRecord;
      const seats = JSON.stringify(record.seats);
      // A stage where nothing happens leaves the disk alone.
      if (record.seats.length === 0 || seats === this.#written) return;
      await writeDurably(this.#path, `${JSON.stringify(record)}\n`)
        .then(() => {
          this.#written = seats;
        })
        .catch((cause: unknown) => this.#log.warn("the path report could not be kept", { cause }));
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.keep();
  }
}
