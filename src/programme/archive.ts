import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Samples } from "../core/units.ts";
import { ArchiveTrack } from "./archive-track.ts";
import { type Part, RENDITIONS, type RenditionId } from "./part.ts";

/** `archive/end.json`: the archive is whole when this is there. */
export interface ArchiveEnd {
  /** Exact length of the programme. Samples at 48 kHz. */
  readonly durationSamples: number;
  readonly bytes: Readonly<Record<RenditionId, number>>;
}

/** What is said about a recording in its tags. */
export interface ArchiveTags {
  readonly durationSamples: Samples;
  readonly title: string;
  /** ISO 8601 instant of the first sample. */
  readonly date: string;
}

/** The append-only record of an event's programme. Closed by the stage process. */
export interface Archive {
  /** Number of the next part each file lacks. */
  readonly nextSequenceNumber: Readonly<Record<RenditionId, number>>;
  /** Parts handed over and not yet written. */
  readonly queueDepth: number;
  /** Writes a part after those before it. Rejects when it could not be kept; later parts are tried again. */
  append(part: Part): Promise<void>;
  /** Completes files, tags and `end.json`, in this order. */
  finish(tags: ArchiveTags): Promise<void>;
  close(): Promise<void>;
}

/** Opens an event's archive, mending what a crash left: every file ends after its last whole part. */
export async function openArchive(options: { readonly folder: string; readonly numberOfChannels: number }): Promise<Archive> {
  const { folder, numberOfChannels } = options;
  await mkdir(folder, { recursive: true });
  const tracks = new Map<RenditionId, ArchiveTrack>();
  for (const rendition of RENDITIONS) tracks.set(rendition, await ArchiveTrack.open(folder, rendition, numberOfChannels));
  const track = (rendition: RenditionId) => tracks.get(rendition) as ArchiveTrack;
  const chains = new Map<RenditionId, Promise<unknown>>();
  let queueDepth = 0;

  return {
    get nextSequenceNumber() {
      return Object.fromEntries(RENDITIONS.map((rendition) => [rendition, track(rendition).next])) as Record<RenditionId, number>;
    },
    get queueDepth() {
      return queueDepth;
    },
    append(part) {
      queueDepth++;
      const written = (chains.get(part.rendition) ?? Promise.resolve()).then(() => track(part.rendition).append(part));
      // The chain goes on after a failure: each part is tried for itself.
      chains.set(
        part.rendition,
        written.then(
          () => queueDepth--,
          () => queueDepth--,
        ),
      );
      return written;
    },
    async finish({ durationSamples, title, date }) {
      await Promise.all(chains.values());
      for (const each of tracks.values()) await each.finish({ TIT2: title, TDRC: date.slice(0, 19) });
      const bytes = Object.fromEntries(RENDITIONS.map((rendition) => [rendition, track(rendition).bytes])) as Record<RenditionId, number>;
      await writeEnd(folder, { durationSamples, bytes });
    },
    async close() {
      await Promise.all(chains.values());
      for (const each of tracks.values()) await each.close();
    },
  };
}

async function writeEnd(folder: string, end: ArchiveEnd): Promise<void> {
  const temporary = join(folder, "end.json.tmp");
  const file = await open(temporary, "w");
  await file.writeFile(`${JSON.stringify(end)}\n`);
  await file.sync();
  await file.close();
  await rename(temporary, join(folder, "end.json"));
}

/** The end mark of an archive, or undefined while it is not whole. */
export async function readArchiveEnd(folder: string): Promise<ArchiveEnd | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "end.json"), "utf8")) as ArchiveEnd;
  } catch {
    return undefined;
  }
}
