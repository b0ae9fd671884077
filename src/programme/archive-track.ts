import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ArchivedSegment, headerLength, readArchiveIndex, type ScannedPart, scanChunks, SegmentTally } from "./archive-index.ts";
import { writeHeader } from "./cmaf.ts";
import { ID3_BYTES, writeId3 } from "./id3.ts";
import { MP3_FRAME_BYTES, silentMp3Frame } from "./mp3-frame.ts";
import { GRIDS, type Part, partSamples, type RenditionId } from "./part.ts";

/** Name of a rendition's file in the archive folder. */
export function archiveFileName(rendition: RenditionId): string {
  return rendition === "mp3" ? "recording.mp3" : `${rendition}.mp4`;
}

/** One rendition's file: a header, then every part in order, and an index line per segment. */
export class ArchiveTrack {
  readonly rendition: RenditionId;
  readonly #file: FileHandle;
  readonly #index: FileHandle;
  readonly #numberOfChannels: number;
  readonly #tally: SegmentTally;
  #offset: number;
  #indexOffset: number;
  #damaged = false;
  /** Number of the next part the file lacks. */
  next: number;

  private constructor(rendition: RenditionId, numberOfChannels: number, file: FileHandle, index: FileHandle, found: Found) {
    this.rendition = rendition;
    this.#numberOfChannels = numberOfChannels;
    this.#file = file;
    this.#index = index;
    this.#tally = found.tally;
    this.#offset = found.end;
    this.#indexOffset = found.indexEnd;
    this.next = found.next;
  }

  /** Opens or makes the files, cuts what was torn after the last whole part and completes the index. */
  static async open(folder: string, rendition: RenditionId, numberOfChannels: number): Promise<ArchiveTrack> {
    const path = join(folder, archiveFileName(rendition));
    const indexPath = join(folder, `${rendition}.idx`);
    const data = await readFile(path).catch(() => Buffer.alloc(0));
    const indexText = await readFile(indexPath, "utf8").catch(() => "");
    const file = await open(path, data.length === 0 ? "w+" : "r+");
    const index = await open(indexPath, indexText.length === 0 ? "w+" : "r+");
    const header = rendition === "mp3" ? writeId3({}) : writeHeader({ rendition, numberOfChannels });
    const headerBytes = rendition === "mp3" ? (data.length >= ID3_BYTES ? ID3_BYTES : undefined) : headerLength(data);
    let found: Found;
    if (headerBytes === undefined) {
      await file.truncate(0);
      await file.write(header, 0, header.length, 0);
      found = { end: header.length, next: 0, tally: new SegmentTally(rendition), indexEnd: 0, lines: "" };
    } else {
      found = recover(rendition, data, headerBytes, indexText);
      await file.truncate(found.end);
    }
    await index.truncate(found.indexEnd);
    if (found.lines !== "") {
      await index.write(found.lines, found.indexEnd);
      found.indexEnd += Buffer.byteLength(found.lines);
    }
    await file.datasync();
    await index.datasync();
    return new ArchiveTrack(rendition, numberOfChannels, file, index, found);
  }

  /** Writes one part. Rejects with the file system's error; what was half written is cut off before the next part. */
  async append(part: Part): Promise<void> {
    if (part.sequenceNumber < this.next) return;
    if (this.#damaged) {
      await this.#file.truncate(this.#offset);
      this.#damaged = false;
    }
    // Parts that could not be kept: fMP4 carries its own times, MP3 only has its length.
    if (this.rendition === "mp3" && part.sequenceNumber > this.next) await this.#padMp3(part.sequenceNumber - this.next);
    await this.#write(part.data);
    const line = this.#tally.add({ ...part, offset: this.#offset });
    this.#offset += part.data.length;
    this.next = part.sequenceNumber + 1;
    if (line !== undefined) await this.#writeLine(line);
  }

  /** Puts the last short segment into the index and, for MP3, the tag into the space kept for it. */
  async finish(tag: Readonly<Record<string, string>>): Promise<void> {
    const line = this.#tally.close();
    if (line !== undefined) await this.#writeLine(line);
    if (this.rendition === "mp3") {
      const bytes = writeId3(tag);
      await this.#file.write(bytes, 0, bytes.length, 0);
    }
    await this.#file.sync();
  }

  get bytes(): number {
    return this.#offset;
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#index.close();
  }

  async #padMp3(parts: number): Promise<void> {
    const frame = silentMp3Frame(this.#numberOfChannels);
    const block = Buffer.alloc(frame.length * GRIDS.mp3.framesPerPart);
    for (let at = 0; at < block.length; at += frame.length) block.set(frame, at);
    for (let count = 0; count < parts; count++) {
      await this.#write(block);
      const timestamp = (this.next + count) * partSamples("mp3");
      const line = this.#tally.add({ timestamp, duration: partSamples("mp3"), filler: true, last: false, offset: this.#offset, data: block });
      this.#offset += block.length;
      if (line !== undefined) await this.#writeLine(line);
    }
    this.next += parts;
  }

  async #write(data: Uint8Array): Promise<void> {
    this.#damaged = true;
    const { bytesWritten } = await this.#file.write(data, 0, data.length, this.#offset);
    if (bytesWritten < data.length) throw Object.assign(new Error("short write: no space left"), { code: "ENOSPC" });
    this.#damaged = false;
  }

  async #writeLine(line: ArchivedSegment): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    await this.#file.datasync();
    await this.#index.write(bytes, 0, bytes.length, this.#indexOffset);
    this.#indexOffset += bytes.length;
    await this.#index.datasync();
  }
}

interface Found {
  readonly end: number;
  readonly next: number;
  readonly tally: SegmentTally;
  indexEnd: number;
  /** Index lines that the file holds and the index lacks. */
  readonly lines: string;
}

/** Trusts the index as far as it goes and scans the rest of the file. */
function recover(rendition: RenditionId, data: Uint8Array, headerBytes: number, indexText: string): Found {
  const trusted = readArchiveIndex(indexText).filter((segment) => segment.offset + segment.length <= data.length && segment.offset >= headerBytes);
  const lastLine = trusted.at(-1);
  const from = lastLine === undefined ? headerBytes : lastLine.offset + lastLine.length;
  const tail = data.subarray(from);
  const firstTimestamp = lastLine === undefined ? 0 : lastLine.timestamp + lastLine.duration;
  const parts = rendition === "mp3" ? scanMp3(tail, firstTimestamp) : scanChunks(tail);
  const tally = new SegmentTally(rendition);
  let lines = "";
  let next = Math.floor(firstTimestamp / partSamples(rendition));
  for (const part of parts) {
    const duration = part.frames * GRIDS[rendition].frameSamples;
    const line = tally.add({ timestamp: part.timestamp, duration, filler: false, last: false, offset: from + part.start, data: tail.subarray(part.start, part.end) });
    if (line !== undefined) lines += `${JSON.stringify(line)}\n`;
    next = Math.floor(part.timestamp / partSamples(rendition)) + 1;
  }
  const kept = trusted.map((segment) => `${JSON.stringify(segment)}\n`).join("");
  return { end: from + (parts.at(-1)?.end ?? 0), next, tally, indexEnd: Buffer.byteLength(kept), lines };
}

/** Whole parts of MP3 frames: every frame has the same length, so positions are counted. */
function scanMp3(tail: Uint8Array, firstTimestamp: number): ScannedPart[] {
  const bytes = MP3_FRAME_BYTES * GRIDS.mp3.framesPerPart;
  return Array.from({ length: Math.floor(tail.length / bytes) }, (_, index) => ({
    start: index * bytes,
    end: (index + 1) * bytes,
    timestamp: firstTimestamp + index * partSamples("mp3"),
    frames: GRIDS.mp3.framesPerPart,
  }));
}
