import type { Log } from "../../core/log.ts";
import type { Stage } from "../../stage/mod.ts";
import { pathRecord } from "../../wire/path-record.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { Keeping } from "./keeping.ts";

/** Keeps how every voice came in beside the archive, so that a restart of the stage and whoever asks after the event have it. Closed by the stage process. */
export class PathKeeper {
  readonly #path: string;
  readonly #stage: Stage;
  readonly #log: Log;
  readonly #keeping = new Keeping(() => this.#write());
  #written = "";

  private constructor(path: string, stage: Stage, log: Log) {
    this.#path = path;
    this.#stage = stage;
    this.#log = log;
  }

  /** Takes up what an earlier run of this stage wrote. */
  static async open({ path, stage, log }: { readonly path: string; readonly stage: Stage; readonly log: Log }): Promise<PathKeeper> {
    const before = pathRecord.safeParse(await readJson(path).catch(() => undefined));
    if (before.success) stage.restorePaths(before.data);
    return new PathKeeper(path, stage, log);
  }

  /** Writes the record as it is now; a disk that refuses it does not stop the event. */
  keep(): Promise<void> {
    return this.#keeping.keep();
  }

  async close(): Promise<void> {
    void this.keep();
    await this.#keeping.close();
  }

  async #write(): Promise<void> {
    const record = this.#stage.pathRecord;
    const seats = JSON.stringify(record.seats);
    // A stage where nothing happens leaves the disk alone.
    if (record.seats.length === 0 || seats === this.#written) return;
    await writeDurably(this.#path, `${JSON.stringify(record)}\n`)
      .then(() => {
        this.#written = seats;
      })
      .catch((cause: unknown) => this.#log.warn("the path report could not be kept", { cause }));
  }
}
