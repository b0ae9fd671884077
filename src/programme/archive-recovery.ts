import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { readRange, writeAll } from "./archive-file.ts";
import type { ArchiveForm } from "./archive-form.ts";
import { type ArchivedSegment, readArchiveIndex, SegmentTally } from "./archive-index.ts";
import type { PartSums } from "./part-sums.ts";

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
export async function recover(file: FileHandle, form: ArchiveForm, indexText: string, sums: PartSums): Promise<Recovered | undefined> {
  const { header } = form;
  const { size } = await file.stat();
  const segments = await trustedSegments(file, size, header.length, indexText);
  const lastLine = segments.at(-1);
  const from = lastLine === undefined ? header.length : lastLine.offset + lastLine.length;
  const tail = await readRange(file, from, size);
  const recordedBefore = lastLine === undefined ? 0 : lastLine.timestamp + lastLine.duration;
  const found = form.scan(tail, recordedBefore);
  // Boxes can be whole around bytes that never reached the disk: the first part that is not what was written ends the file.
  const wrong = found.findIndex(({ start, end }) => !sums.confirms(from + start, tail.subarray(start, end)));
  const parts = wrong === -1 ? found : found.slice(0, wrong);
  const headerWhole = form.isHeader(await readRange(file, 0, header.length));
  if (segments.length === 0 && found.length === 0 && size > header.length && !headerWhole) return undefined;
  // Every header is known byte for byte, so a damaged one is simply written again.
  if (!headerWhole) await writeAll(file, header, 0);

  const tally = new SegmentTally(form);
  let recordedSamples = recordedBefore;
  for (const part of parts) {
    const line = tally.add({
      timestamp: part.timestamp,
      duration: part.duration,
      filler: false,
      last: false,
      offset: from + part.start,
      data: tail.subarray(part.start, part.end),
    });
    if (line !== undefined) segments.push(line);
    recordedSamples = part.timestamp + part.duration;
  }
  return { end: from + (parts.at(-1)?.end ?? 0), next: Math.ceil(recordedSamples / form.partSamples), recordedSamples, tally, segments };
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
