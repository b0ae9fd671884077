import { createHash } from "node:crypto";
import { BOX_HEADER_BYTES, listBoxes } from "./boxes.ts";
import { readChunk } from "./cmaf.ts";

/** One line of `<rendition>.idx`: a segment of the archive. */
export interface ArchivedSegment {
  /** Segment number on the rendition's grid. */
  readonly n: number;
  /** Where it lies in the archive file. Bytes. */
  readonly offset: number;
  readonly length: number;
  /** Decode time of its first sample and its duration. Samples at 48 kHz. */
  readonly timestamp: number;
  readonly duration: number;
  readonly parts: number;
  /** How many of the parts are silence standing in for lost audio. */
  readonly filler: number;
  /** Of the segment's bytes, hex. */
  readonly sha256: string;
}

/** The whole lines of an index, as far as they follow each other without a hole in bytes; a torn last line is left out. Never throws. */
export function readArchiveIndex(content: string): ArchivedSegment[] {
  const segments: ArchivedSegment[] = [];
  let next: number | undefined;
  for (const line of content.split("\n")) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      break;
    }
    if (!isSegment(parsed) || (next !== undefined && parsed.offset !== next)) break;
    segments.push(parsed);
    next = parsed.offset + parsed.length;
  }
  return segments;
}

const COUNTS = ["n", "offset", "length", "timestamp", "duration", "parts", "filler"] as const;

function isSegment(value: unknown): value is ArchivedSegment {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return typeof fields.sha256 === "string" && COUNTS.every((name) => Number.isSafeInteger(fields[name]) && (fields[name] as number) >= 0);
}

/** A part found by a scan. `end` is relative to the scanned bytes. */
export interface ScannedPart {
  readonly start: number;
  readonly end: number;
  readonly timestamp: number;
  readonly frames: number;
}

/** Finds the whole CMAF chunks at the start of `data`; stops at the first byte that does not belong to one. Never throws. */
export function scanChunks(data: Uint8Array): ScannedPart[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const parts: ScannedPart[] = [];
  let start = 0;
  let at = 0;
  while (data.length - at >= BOX_HEADER_BYTES) {
    const size = view.getUint32(at);
    const type = String.fromCharCode(...data.subarray(at + 4, at + 8));
    if (size < BOX_HEADER_BYTES || at + size > data.length || (type !== "emsg" && type !== "moof" && type !== "mdat")) break;
    at += size;
    if (type !== "mdat") continue;
    const chunk = readChunk(data.subarray(start, at));
    if (!chunk.ok) break;
    parts.push({ start, end: at, timestamp: chunk.timestamp, frames: chunk.packets.length });
    start = at;
  }
  return parts;
}

/** Length of the CMAF header (ftyp, moov) at the start of an archive file, or undefined when it is not whole. */
export function headerLength(data: Uint8Array): number | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (const type of ["ftyp", "moov"]) {
    if (data.length - at < BOX_HEADER_BYTES) return undefined;
    const size = view.getUint32(at);
    if (String.fromCharCode(...data.subarray(at + 4, at + 8)) !== type || at + size > data.length || listBoxes(data, at, at + size) === undefined)
      return undefined;
    at += size;
  }
  return at;
}

/** Gathers the parts of one segment and makes its index line. */
export class SegmentTally {
  readonly #grid: { readonly partSamples: number; readonly partsPerSegment: number };
  #hash = createHash("sha256");
  #first: { n: number; offset: number; timestamp: number } | undefined;
  #length = 0;
  #duration = 0;
  #parts = 0;
  #filler = 0;

  constructor(grid: { readonly partSamples: number; readonly partsPerSegment: number }) {
    this.#grid = grid;
  }

  /** Adds a part; returns the line when the segment is complete with it. */
  add(part: {
    readonly timestamp: number;
    readonly duration: number;
    readonly filler: boolean;
    readonly last: boolean;
    readonly offset: number;
    readonly data: Uint8Array;
  }): ArchivedSegment | undefined {
    const { partSamples, partsPerSegment } = this.#grid;
    const sequenceNumber = Math.floor(part.timestamp / partSamples);
    this.#first ??= { n: Math.floor(sequenceNumber / partsPerSegment), offset: part.offset, timestamp: part.timestamp };
    this.#hash.update(part.data);
    this.#length += part.data.length;
    this.#duration = part.timestamp + part.duration - this.#first.timestamp;
    this.#parts++;
    if (part.filler) this.#filler++;
    return part.last || sequenceNumber % partsPerSegment === partsPerSegment - 1 ? this.close() : undefined;
  }

  /** The line of what was gathered, or undefined when there was nothing. */
  close(): ArchivedSegment | undefined {
    if (this.#first === undefined) return undefined;
    const { n, offset, timestamp } = this.#first;
    const line = {
      n,
      offset,
      length: this.#length,
      timestamp,
      duration: this.#duration,
      parts: this.#parts,
      filler: this.#filler,
      sha256: this.#hash.digest("hex"),
    };
    this.#hash = createHash("sha256");
    this.#first = undefined;
    this.#length = this.#duration = this.#parts = this.#filler = 0;
    return line;
  }
}
