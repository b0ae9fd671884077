import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { archiveFileName, type ArchivedSegment, type CmafRendition, readArchiveIndex } from "../../programme/mod.ts";

/** How long what was read of an index is used before the file is looked at again. Milliseconds; a segment is four seconds. */
const LOOK_AGAIN_MS = 500;
/** Most that is read of an index at a time. Bytes; eight hours of it are 1.3 MB. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

/** Follows the growing archive of one rendition: reads only what was added to its index, and pieces of the file itself. */
export class ArchiveIndexFollower {
  readonly #folder: string;
  readonly #rendition: CmafRendition;
  readonly #clock: Clock;
  #segments: ArchivedSegment[] = [];
  #readBytes = 0;
  /** Which file it was: one that was written anew is read from its start. */
  #inode = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(folder: string, rendition: CmafRendition, clock: Clock) {
    this.#folder = folder;
    this.#rendition = rendition;
    this.#clock = clock;
  }

  /** The whole segments on disk, in order; none where there is no archive here. */
  async segments(): Promise<readonly ArchivedSegment[]> {
    if (this.#clock.steadyMs() - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
    }
    return this.#segments;
  }

  /** Bytes of one segment as they were on air; undefined when it is not on disk. */
  async segment(number: number): Promise<Uint8Array | undefined> {
    const segments = await this.segments();
    const guess = segments[number - (segments[0]?.n ?? 0)];
    const found = guess?.n === number ? guess : segments.find(({ n }) => n === number);
    return found === undefined ? undefined : await this.#read(found.offset, found.length);
  }

  /** The CMAF header: what lies before the first segment. */
  async header(): Promise<Uint8Array | undefined> {
    const [first] = await this.segments();
    return first === undefined ? undefined : await this.#read(0, first.offset);
  }

  async #look(): Promise<void> {
    const file = await open(join(this.#folder, `${this.#rendition}.idx`), "r").catch(() => undefined);
    this.#lookedAt = this.#clock.steadyMs();
    if (file === undefined) {
      this.#forget(0);
      return;
    }
    try {
      const { size, ino } = await file.stat();
      if (ino !== this.#inode || size < this.#readBytes) this.#forget(ino);
      const more = Buffer.alloc(Math.min(size - this.#readBytes, MAX_READ_BYTES));
      const { bytesRead } = await file.read(more, 0, more.length, this.#readBytes);
      // A line that is still being written is read the next time.
      const whole = more.subarray(0, bytesRead).lastIndexOf(10) + 1;
      const before = this.#segments.at(-1);
      const added = readArchiveIndex(more.toString("utf8", 0, whole));
      if (before !== undefined && added[0] !== undefined && added[0].offset !== before.offset + before.length) return this.#forget(0);
      this.#segments = this.#segments.concat(added);
      this.#readBytes += whole;
    } finally {
      await file.close();
    }
  }

  #forget(inode: number): void {
    this.#inode = inode;
    this.#segments = [];
    this.#readBytes = 0;
  }

  async #read(offset: number, length: number): Promise<Uint8Array | undefined> {
    const file = await open(join(this.#folder, archiveFileName(this.#rendition)), "r").catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytesRead === length ? bytes : undefined;
    } finally {
      await file.close();
    }
  }
}
