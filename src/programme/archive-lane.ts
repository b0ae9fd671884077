import { EarshotError } from "../core/errors.ts";
import type { KeptPart } from "./archive-form.ts";
import type { ArchiveTrack } from "./archive-track.ts";

/** Parts of one file kept in memory while the disk refuses or hangs. About two minutes and 1 MB; what is older becomes silence in the file. */
const BACKLOG_PARTS = 240;
/** Errors that mean "no space", whatever the file system calls it. */
const FULL_CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

interface Waiting {
  readonly part: KeptPart;
  readonly kept: () => void;
  readonly failed: (error: EarshotError) => void;
}

/** The way of one file's parts to it: in order, tried again with every later part, syncing beside the writing and never in its way. */
export class ArchiveLane {
  readonly track: ArchiveTrack;
  readonly #waiting: Waiting[] = [];
  #pumping: Promise<EarshotError | undefined> | undefined;
  #settling: Promise<void> | undefined;
  /** Why the newest attempt to make segments durable failed; told with the next part. */
  #settleError: EarshotError | undefined;
  /** Parts given up because the disk did not take them in time. */
  partsLost = 0;

  constructor(track: ArchiveTrack) {
    this.track = track;
  }

  get queueDepth(): number {
    return this.#waiting.length;
  }

  /** Resolves when the part is in the file. Rejects at the first failure, and once when a sync before it failed; an unwritten part is tried again with every later one. @throws disk-full, disk-failing */
  append(part: KeptPart): Promise<void> {
    return new Promise((kept, failed) => {
      // The first one may be on its way to the disk at this moment.
      if (this.#waiting.length >= BACKLOG_PARTS) this.#giveUp(this.#waiting.splice(1, 1));
      this.#waiting.push({ part, kept, failed });
      void this.#run();
    });
  }

  /** Resolves when nothing is under way any more. Rejects when parts are left that the disk does not take. */
  async drain(): Promise<void> {
    await this.#pumping;
    const error = await this.#run();
    await this.#settling;
    if (error !== undefined) throw error;
  }

  async close(): Promise<void> {
    await this.drain().catch(() => this.#giveUp(this.#waiting.splice(0)));
    await this.track.close();
  }

  #giveUp(parts: readonly Waiting[]): void {
    this.partsLost += parts.length;
    for (const { part, failed } of parts) failed(new EarshotError("disk-failing", { file: this.track.form.fileName, sequenceNumber: part.sequenceNumber }));
  }

  #run(): Promise<EarshotError | undefined> {
    if (this.#waiting.length === 0) return Promise.resolve(undefined);
    this.#pumping ??= this.#pump();
    return this.#pumping;
  }

  /** Ends in the same breath in which it finds nothing waiting: a part handed over between the two would wait for the next one. */
  async #pump(): Promise<EarshotError | undefined> {
    try {
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        await this.track.append(first.part);
        this.#waiting.shift();
        if (this.#settleError === undefined) first.kept();
        else first.failed(this.#settleError);
        this.#settleError = undefined;
        // One sync for a whole run of parts: filling a hole would else wait for a sync per segment.
        if (this.track.unsettled && this.#waiting.length === 0) this.#settle(first.part);
      }
      return undefined;
    } catch (cause) {
      const error = this.#diskError(cause, (this.#waiting[0] as Waiting).part);
      for (const { failed } of this.#waiting) failed(error);
      return error;
    } finally {
      this.#pumping = undefined;
    }
  }

  /** A segment is durable a little later than it is readable, so that a slow sync delays nobody. */
  #settle(part: KeptPart): void {
    this.#settling ??= this.track
      .settle()
      .catch((cause: unknown) => {
        this.#settleError = this.#diskError(cause, part);
      })
      .finally(() => {
        this.#settling = undefined;
      });
  }

  #diskError(cause: unknown, { sequenceNumber }: KeptPart): EarshotError {
    const code = FULL_CODES.has((cause as NodeJS.ErrnoException).code ?? "") ? "disk-full" : "disk-failing";
    return new EarshotError(code, { file: this.track.form.fileName, sequenceNumber }, cause);
  }
}
