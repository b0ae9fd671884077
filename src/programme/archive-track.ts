import { type FileHandle, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type OpenFile, openOrMake, readRange, writeAll } from "./archive-file.ts";
import type { ArchiveForm, KeptPart } from "./archive-form.ts";
import { type ArchivedSegment, SegmentTally } from "./archive-index.ts";
import { type Recovered, recover } from "./archive-recovery.ts";
import { PartSums } from "./part-sums.ts";

/** Where a track lies and how it is opened. */
export interface ArchiveTrackOptions {
  readonly folder: string;
  readonly form: ArchiveForm;
  readonly open: OpenFile;
}

/** One file of the archive: a header, then every part in order, and an index line per segment; until it is finished, the sum of every part beside it. Calls must not overlap. */
export class ArchiveTrack {
  readonly form: ArchiveForm;
  readonly #file: FileHandle;
  readonly #index: FileHandle;
  readonly #sums: PartSums;
  readonly #sumsPath: string;
  readonly #handles: AsyncDisposableStack;
  readonly #tally: SegmentTally;
  /** Whole segments whose index line is not on disk yet. */
  readonly #unlisted: ArchivedSegment[];
  #offset: number;
  #indexOffset: number;
  #torn = false;
  /** Number of the next part the file lacks. */
  next: number;
  /** End of the last part kept. Samples at 48 kHz. */
  recordedSamples: number;

  private constructor({ folder, form }: ArchiveTrackOptions, { file, index, sums, handles }: Handles, found: Recovered, listed: Listed) {
    this.form = form;
    this.#file = file;
    this.#index = index;
    this.#sums = sums;
    this.#sumsPath = sumsPath(folder, form);
    this.#handles = handles;
    this.#tally = found.tally;
    this.#unlisted = found.segments.slice(listed.segments);
    this.#offset = found.end;
    this.#indexOffset = listed.bytes;
    this.next = found.next;
    this.recordedSamples = found.recordedSamples;
  }

  /** Opens or makes the files, cuts what was torn after the last whole part and completes the index. A file that is not ours is set aside, never overwritten. */
  static async open(options: ArchiveTrackOptions): Promise<ArchiveTrack> {
    const { folder, form, open } = options;
    const { header } = form;
    const path = join(folder, form.fileName);
    // Node ends the process when a handle is forgotten, so every way out closes both.
    await using stack = new AsyncDisposableStack();
    const index = stack.use(await openOrMake(open, join(folder, form.indexName)));
    let file = stack.use(await openOrMake(open, path));
    const indexText = new TextDecoder().decode(await readRange(index, 0, (await index.stat()).size));
    const sums = await PartSums.open(stack.use(await openOrMake(open, sumsPath(folder, form))));
    let found = await recover(file, form, indexText, sums);
    if (found === undefined) {
      const { mtimeMs } = await file.stat();
      await rename(path, `${path}.unreadable-${Math.floor(mtimeMs)}`);
      file = stack.use(await openOrMake(open, path));
      await writeAll(file, header, 0);
      found = { end: header.length, next: 0, recordedSamples: 0, tally: new SegmentTally(form), segments: [] };
    }
    await file.truncate(found.end);
    const listed = countListed(indexText, found.segments);
    await index.truncate(listed.bytes);
    const track = new ArchiveTrack(options, { file, index, sums, handles: stack.move() }, found, listed);
    try {
      await track.settle();
    } catch (error) {
      await track.close();
      throw error;
    }
    return track;
  }

  /** Writes one part; parts that were lost before it become silence, so that the file has no hole in time. Rejects with the file system's error. */
  async append(part: KeptPart): Promise<void> {
    if (part.sequenceNumber < this.next) return;
    while (this.next < part.sequenceNumber) {
      const { partSamples: duration } = this.form;
      await this.#write({ timestamp: this.next * duration, duration, filler: true, last: false, data: this.form.silentPart(this.next) });
    }
    await this.#write(part);
  }

  /** True when whole segments wait for {@link settle}. */
  get unsettled(): boolean {
    return this.#unlisted.length > 0;
  }

  /** Makes what was written durable and lists its whole segments in the index. What fails is done by the next call. */
  async settle(): Promise<void> {
    const segments = this.#unlisted.slice();
    if (segments.length === 0) return;
    await this.#file.datasync();
    const lines = Buffer.from(segments.map(lineOf).join(""));
    await writeAll(this.#index, lines, this.#indexOffset);
    this.#unlisted.splice(0, segments.length);
    this.#indexOffset += lines.length;
    await this.#index.datasync();
  }

  /** Cuts what is torn, puts the last short segment into the index and, where one is given, the final header (as long as the first) in its place. */
  async finish(header?: Uint8Array): Promise<void> {
    await this.#cut();
    const line = this.#tally.close();
    if (line !== undefined) this.#unlisted.push(line);
    await this.settle();
    if (header !== undefined) await writeAll(this.#file, header, 0);
    await this.#file.sync();
    // From here on every segment has its line, which says the same.
    await rm(this.#sumsPath, { force: true });
  }

  get bytes(): number {
    return this.#offset;
  }

  /** Leaves whole parts only, if the disk allows; else the next {@link open} cuts what is torn. */
  async close(): Promise<void> {
    try {
      await this.#cut();
    } finally {
      await this.#handles.disposeAsync();
    }
  }

  async #cut(): Promise<void> {
    if (!this.#torn) return;
    await this.#file.truncate(this.#offset);
    this.#torn = false;
  }

  async #write(part: {
    readonly timestamp: number;
    readonly duration: number;
    readonly filler: boolean;
    readonly last: boolean;
    readonly data: Uint8Array;
  }): Promise<void> {
    await this.#cut();
    await this.#sums.note(this.#offset, part.data);
    this.#torn = true;
    await writeAll(this.#file, part.data, this.#offset);
    this.#torn = false;
    const line = this.#tally.add({ ...part, offset: this.#offset });
    this.#offset += part.data.length;
    this.recordedSamples = part.timestamp + part.duration;
    this.next = Math.ceil(this.recordedSamples / this.form.partSamples);
    if (line !== undefined) this.#unlisted.push(line);
  }
}

/** What a track keeps open, and what closes it. */
interface Handles {
  readonly file: FileHandle;
  readonly index: FileHandle;
  readonly sums: PartSums;
  readonly handles: AsyncDisposableStack;
}

/** Where the sums of a growing file lie. */
function sumsPath(folder: string, { indexName }: ArchiveForm): string {
  return join(folder, indexName.replace(/\.idx$/, ".sums"));
}

/** How much of the index on disk already says what the file holds. */
interface Listed {
  readonly segments: number;
  readonly bytes: number;
}

function lineOf(segment: ArchivedSegment): string {
  return `${JSON.stringify(segment)}\n`;
}

function countListed(indexText: string, segments: readonly ArchivedSegment[]): Listed {
  let bytes = 0;
  let count = 0;
  for (const segment of segments) {
    const line = lineOf(segment);
    if (!indexText.startsWith(line, bytes)) break;
    bytes += line.length;
    count++;
  }
  return { segments: count, bytes };
}
