import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { readRange, writeAll } from "./archive-file.ts";
import { type ArchivedSegment, readArchiveIndex, type ScannedPart, scanChunks, SegmentTally } from "./archive-index.ts";
import { ID3_BYTES } from "./id3.ts";
import { MP3_FRAME_BYTES } from "./mp3-frame.ts";
import { GRIDS, partSamples, type RenditionId } from "./part.ts";

/** What an archive file holds once mended. */
export interface Recovered {
  /** Length of header and whole parts. Bytes. */
  readonly end: number;
  /** Number of the next part the file lacks. */
  readonly next: number;
  /** End of the last part. Samples at 48 kHz. */
  readonly recordedSamples: number;
  /** The unfinished segment at the end. */
  readonly tally: SegmentTally;
  /** Every whole segment. */
  readonly segments: readonly ArchivedSegment[];
}

/** Reads what a run before this one left; undefined when the file holds something that is not ours. Mends the header, cuts nothing. */
export async function recover(file: FileHandle, rendition: RenditionId, header: Uint8Array, indexText: string): Promise<Recovered | undefined> {
  const { size } = await file.stat();
  const segments = await trustedSegments(file, size, header.length, indexText);
  const lastLine = segments.at(-1);
  const from = lastLine === undefined ? header.length : lastLine.offset + lastLine.length;
  const tail = await readRange(file, from, size);
  const recordedBefore = lastLine === undefined ? 0 : lastLine.timestamp + lastLine.duration;
  const parts = rendition === "mp3" ? scanMp3(tail, recordedBefore) : scanChunks(tail);
  const headerWhole = await hasHeader(file, rendition, header);
  if (segments.length === 0 && parts.length === 0 && size > header.length && !headerWhole) return undefined;
  // Every header is known byte for byte, so a damaged one is simply written again.
  if (!headerWhole) await writeAll(file, header, 0);

  const tally = new SegmentTally(rendition);
  let recordedSamples = recordedBefore;
  for (const part of parts) {
    const duration = part.frames * GRIDS[rendition].frameSamples;
    const line = tally.add({
      timestamp: part.timestamp,
      duration,
      filler: false,
      last: false,
      offset: from + part.start,
      data: tail.subarray(part.start, part.end),
    });
    if (line !== undefined) segments.push(line);
    recordedSamples = part.timestamp + duration;
  }
  return { end: from + (parts.at(-1)?.end ?? 0), next: Math.ceil(recordedSamples / partSamples(rendition)), recordedSamples, tally, segments };
}

/** The index as far as the file bears it out: its newest line must match its bytes, else the one before is asked. */
async function trustedSegments(file: FileHandle, size: number, headerBytes: number, indexText: string): Promise<ArchivedSegment[]> {
  const segments = readArchiveIndex(indexText);
  if (segments[0]?.offset !== headerBytes) return [];
  for (let last = segments.at(-1); last !== undefined; last = segments.at(-1)) {
    const end = last.offset + last.length;
    if (
      end <= size &&
      createHash("sha256")
        .update(await readRange(file, last.offset, end))
        .digest("hex") === last.sha256
    )
      break;
    segments.pop();
  }
  return segments;
}

/** CMAF headers never change; an ID3 tag is filled in at the end of an event and is known by its name alone. */
async function hasHeader(file: FileHandle, rendition: RenditionId, header: Uint8Array): Promise<boolean> {
  const found = await readRange(file, 0, header.length);
  if (rendition !== "mp3") return Buffer.compare(found, header) === 0;
  return found.length === ID3_BYTES && Buffer.from(found.subarray(0, 3)).toString("latin1") === "ID3";
}

/** Whole parts of MP3 frames: every frame has the same length, so positions are counted; the first byte that is no frame ends the count. */
function scanMp3(tail: Uint8Array, firstTimestamp: number): ScannedPart[] {
  const { framesPerPart } = GRIDS.mp3;
  const bytes = MP3_FRAME_BYTES * framesPerPart;
  const parts: ScannedPart[] = [];
  for (let start = 0; start + bytes <= tail.length; start += bytes) {
    for (let at = start; at < start + bytes; at += MP3_FRAME_BYTES) {
      if (tail[at] !== 0xff || ((tail[at + 1] as number) & 0xfe) !== 0xfa) return parts;
    }
    parts.push({ start, end: start + bytes, timestamp: firstTimestamp + parts.length * partSamples("mp3"), frames: framesPerPart });
  }
  return parts;
}
