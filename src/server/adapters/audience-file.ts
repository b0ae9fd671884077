import { appendFile, open } from "node:fs/promises";
import { AudienceSum, readAudienceLine } from "../../audience/mod.ts";
import type { Log } from "../../core/log.ts";
import type { AudienceWindow } from "../../wire/audience.ts";

/** Most read of the file at a time. Bytes; a line is about 400, with the estimate of uniques up to 12 KB. */
const READ_BYTES = 1024 * 1024;

/** `events/<id>/audience.jsonl`: every edge of this machine appends its lines and reads the others'. Sums only, never a session. */
export class AudienceFile {
  readonly #path: string;
  readonly #log: Log;
  #offset = 0;
  #rest = "";
  #failed = false;
  #reading: Promise<void> = Promise.resolve();
  /** What all edges said so far. */
  readonly sum = new AudienceSum();
  /** Listening now by this edge's own last line. */
  lastOwn = 0;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Takes over this edge's line, and with `keep` writes it down; a disk that refuses costs the record, not the figure. */
  async append(line: AudienceWindow, keep: boolean): Promise<void> {
    this.lastOwn = line.listeningNow;
    this.sum.add(line);
    if (!keep) return;
    try {
      await this.readMore();
      // A line that a crash cut off is closed first, so that it spoils no other.
      await appendFile(this.#path, `${this.#rest === "" ? "" : "\n"}${JSON.stringify(line)}\n`);
      this.#failed = false;
    } catch (cause) {
      if (!this.#failed) this.#log.error("the audience's lines cannot be written; the figure goes on without a record", { cause });
      this.#failed = true;
    }
  }

  /** Reads the lines that came since the last time. Never rejects. */
  readMore(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readMore()).catch(() => {});
    return this.#reading;
  }

  async #readMore(): Promise<void> {
    const file = await open(this.#path, "r");
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        const lines = (this.#rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const text of lines) {
          const line = readAudienceLine(text);
          if (line !== undefined) this.sum.add(line);
        }
      }
    } finally {
      await file.close();
    }
  }
}
