import type { Log } from "../../core/log.ts";
import { FRAME_SAMPLES, type Samples } from "../../core/units.ts";
import type { Stage } from "../../stage/mod.ts";
import { talkRecord } from "../../wire/talk-record.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { Keeping } from "./keeping.ts";

/** Keeps who talked when beside the archive, so that a restart of the stage and the page after the event have it. Closed by the stage process. */
export class TalkKeeper {
  readonly #path: string;
  readonly #stage: Stage;
  readonly #log: Log;
  readonly #before: unknown;
  readonly #keeping = new Keeping(() => this.#write());

  private constructor(path: string, stage: Stage, log: Log, before: unknown) {
    this.#path = path;
    this.#stage = stage;
    this.#log = log;
    this.#before = before;
  }

  static async open({ path, stage, log }: { readonly path: string; readonly stage: Stage; readonly log: Log }): Promise<TalkKeeper> {
    return new TalkKeeper(path, stage, log, await readJson(path).catch(() => undefined));
  }

  /** Takes up what an earlier run of this stage wrote. */
  resume(position: Samples): void {
    const read = talkRecord.safeParse(this.#before);
    if (read.success) this.#stage.restoreTalk(read.data, position / FRAME_SAMPLES);
  }

  /** Writes the record as it is now; a disk that refuses it does not stop the event. */
  keep(): Promise<void> {
    return this.#keeping.keep();
  }

  close(): Promise<void> {
    return this.#keeping.close();
  }

  async #write(): Promise<void> {
    const record = this.#stage.talkRecord;
    if (record.durationSamples === 0) return;
    await writeDurably(this.#path, `${JSON.stringify(record)}\n`).catch((cause: unknown) => this.#log.warn("talk time could not be kept", { cause }));
  }
}
