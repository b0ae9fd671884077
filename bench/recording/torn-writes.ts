import { cp, open, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { archiveFileName, openArchive, RENDITIONS, type RenditionId } from "../../src/programme/mod.ts";
import { SAMPLE_RATE } from "../../src/core/units.ts";

/** How far before its end a file is torn at most: bytes, and part of the file. A disk loses what it had not yet written, which is the newest. */
const REACH_BYTES = 64 * 1024;
const REACH_SHARE = 0.25;

/** What a tear left behind the last byte that reached the disk: nothing, or a block the file system promised and never filled, or one with other content. */
const TAILS = ["cut", "zeros", "rubbish"] as const;

/** One torn and mended archive. */
export interface TornWrite {
  readonly folder: string;
  readonly rendition: RenditionId;
  /** Sound that had reached the disk whole and is gone after the mending. Milliseconds. */
  readonly lossMs: number;
}

/** Copies an archive, tears one file at a random byte near its end, and opens it as the next start would. */
export async function tearAndMend(archiveFolder: string, copy: string, turn: number, durationMs: number): Promise<TornWrite> {
  await rm(copy, { recursive: true, force: true });
  await cp(archiveFolder, copy, { recursive: true });
  await rm(join(copy, "end.json"), { force: true });
  const rendition = RENDITIONS[turn % RENDITIONS.length] as RenditionId;
  const path = join(copy, archiveFileName(rendition));
  const { size } = await stat(path);
  const cut = size - 1 - Math.floor(Math.random() * Math.min(REACH_BYTES, size * REACH_SHARE));
  await truncate(path, cut);
  const tail = TAILS[Math.floor(turn / RENDITIONS.length) % TAILS.length];
  if (tail !== "cut") {
    const file = await open(path, "r+");
    const filling = tail === "zeros" ? Buffer.alloc(4_096) : Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 197 + turn) & 255));
    await file.write(filling, 0, filling.length, cut).finally(() => file.close());
  }
  const archive = await openArchive({ folder: copy, numberOfChannels: 1 });
  const kept = archive.recordedSamples[rendition] ?? 0;
  await archive.close();
  // Every rendition has a constant bit rate on average, so bytes stand for time.
  return { folder: copy, rendition, lossMs: Math.max(0, (durationMs * cut) / size - (kept * 1000) / SAMPLE_RATE) };
}
