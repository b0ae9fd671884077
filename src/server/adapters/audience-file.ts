import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { AudienceSum, readAudienceLine } from "../../audience/mod.ts";
import type { Log } from "../../core/log.ts";
import { type AudienceWindow, COUNT_FILES } from "../../wire/audience.ts";
import { GrowingFile } from "./growing-file.ts";

/**
 * When, after the end of a window, all lines are there that have come. Milliseconds: those of this machine, which are written at once; those of
 * others, which come by way of the house; and once more before the next window is there, so that what came late is not taken for missing.
 */
export const LINES_AFTER_MS = [1_500, 5_000, 9_500] as const;

/** What the fronts of all machines counted of an event, as it stands in the event's folder. Sums only, never a session. */
export class AudienceFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #own: GrowingFile;
  readonly #others: GrowingFile;
  #failed = false;
  #reading: Promise<void> = Promise.resolve();
  /** What all edges said so far. */
  readonly sum = new AudienceSum();
  /** Listening now by this edge's own last line. */
  lastOwn = 0;

  /** `folder`: of the event. */
  constructor(folder: string, log: Log) {
    this.#path = join(folder, COUNT_FILES.own);
    this.#log = log;
    this.#own = new GrowingFile(this.#path);
    this.#others = new GrowingFile(join(folder, COUNT_FILES.elsewhere));
  }

  /** Takes over this edge's line, and with `keep` writes it down; a disk that refuses costs the record, not the figure. */
  async append(line: AudienceWindow, keep: boolean): Promise<void> {
    this.lastOwn = line.listeningNow;
    this.sum.add(line);
    if (!keep) return;
    try {
      await this.readMore();
      // A line that a crash cut off is closed first, so that it spoils no other.
      await appendFile(this.#path, `${this.#own.isCut ? "\n" : ""}${JSON.stringify(line)}\n`);
      this.#failed = false;
    } catch (cause) {
      if (!this.#failed) this.#log.error("the audience's lines cannot be written; the figure goes on without a record", { cause });
      this.#failed = true;
    }
  }

  /** Reads the lines that came since the last time. Never rejects. */
  readMore(): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      await Promise.allSettled([this.#own, this.#others].map((file) => file.each((text) => this.#take(text))));
    });
    return this.#reading;
  }

  #take(text: string): void {
    const line = readAudienceLine(text);
    if (line !== undefined) this.sum.add(line);
  }
}
