import { open } from "node:fs/promises";
import { join } from "node:path";
import { scanChunks } from "./archive-index.ts";
import { channelsOfHeader, writeHeader } from "./cmaf.ts";
import { ID3_BYTES, writeId3 } from "./id3.ts";
import { MP3_FRAME_BYTES } from "./mp3-frame.ts";
import { channelsIn, GRIDS, type Part, partSamples, type RenditionId } from "./part.ts";
import { silentPart } from "./silence.ts";

/** What a file of the archive takes: a part, whatever it is a part of. */
export type KeptPart = Pick<Part, "sequenceNumber" | "timestamp" | "duration" | "filler" | "last" | "data">;

/** A part found by a scan. `start` and `end` are relative to the scanned bytes, times in samples at 48 kHz. */
export interface FoundPart {
  readonly start: number;
  readonly end: number;
  readonly timestamp: number;
  readonly duration: number;
}

/** How one kind of archive file is laid out: everything that writing and mending must know of a format. */
export interface ArchiveForm {
  /** What the file holds, for people who read errors. */
  readonly name: string;
  readonly fileName: string;
  readonly indexName: string;
  /** What the file opens with. */
  readonly header: Uint8Array;
  /** Length of a whole part. Samples at 48 kHz. */
  readonly partSamples: number;
  readonly partsPerSegment: number;
  /** Whether bytes as long as the header are ours, filled in at the end or not. */
  readonly isHeader: (found: Uint8Array) => boolean;
  /** The whole parts at the start of `tail`, the first of which begins at `timestamp`; never throws. */
  readonly scan: (tail: Uint8Array, timestamp: number) => FoundPart[];
  readonly silentPart: (sequenceNumber: number) => Uint8Array;
}

/** Name of a rendition's file in the archive folder. */
export function archiveFileName(rendition: RenditionId): string {
  return rendition === "mp3" ? "recording.mp3" : `${rendition}.mp4`;
}

/** The form of one encoding of the programme. */
export function renditionForm(rendition: RenditionId, numberOfChannels: number): ArchiveForm {
  const header =
    rendition === "mp3" ? writeId3({ texts: {}, chapters: [] }) : writeHeader({ rendition, numberOfChannels: channelsIn(rendition, numberOfChannels) });
  return {
    name: rendition,
    fileName: archiveFileName(rendition),
    indexName: `${rendition}.idx`,
    header,
    partSamples: partSamples(rendition),
    partsPerSegment: GRIDS[rendition].partsPerSegment,
    // CMAF headers never change; an ID3 tag is filled in at the end of an event and is known by its name alone.
    isHeader: (found) =>
      rendition === "mp3" ? found.length === ID3_BYTES && Buffer.from(found.subarray(0, 3)).toString("latin1") === "ID3" : Buffer.compare(found, header) === 0,
    scan: rendition === "mp3" ? scanMp3 : (tail) => scanCmaf(tail, rendition),
    silentPart: (sequenceNumber) => silentPart(rendition, channelsIn(rendition, numberOfChannels), sequenceNumber),
  };
}

function scanCmaf(tail: Uint8Array, rendition: RenditionId): FoundPart[] {
  return scanChunks(tail).map(({ start, end, timestamp, frames }) => ({ start, end, timestamp, duration: frames * GRIDS[rendition].frameSamples }));
}

/** Whole parts of MP3 frames: every frame has the same length, so positions are counted; the first byte that is no frame ends the count. */
function scanMp3(tail: Uint8Array, firstTimestamp: number): FoundPart[] {
  const { framesPerPart } = GRIDS.mp3;
  const bytes = MP3_FRAME_BYTES * framesPerPart;
  const duration = partSamples("mp3");
  const parts: FoundPart[] = [];
  for (let start = 0; start + bytes <= tail.length; start += bytes) {
    for (let at = start; at < start + bytes; at += MP3_FRAME_BYTES) {
      if (tail[at] !== 0xff || ((tail[at + 1] as number) & 0xfe) !== 0xfa) return parts;
    }
    parts.push({ start, end: start + bytes, timestamp: firstTimestamp + parts.length * duration, duration });
  }
  return parts;
}

/** Channels of the programme in an archive; undefined when there is none yet. */
export async function readArchiveChannels(folder: string): Promise<number | undefined> {
  const { length } = writeHeader({ rendition: "opus", numberOfChannels: 1 });
  const file = await open(join(folder, archiveFileName("opus")), "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  await using opened = file;
  const { buffer, bytesRead } = await opened.read(Buffer.alloc(length), 0, length, 0);
  return bytesRead === length ? channelsOfHeader(buffer) : undefined;
}
