import { access, mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Samples, samples } from "../core/units.ts";
import type { OpenFile } from "./archive-file.ts";
import { archiveFileName, renditionForm } from "./archive-form.ts";
import { ArchiveLane } from "./archive-lane.ts";
import { ArchiveTrack } from "./archive-track.ts";
import { writeId3 } from "./id3.ts";
import { type Part, type PerRendition, RENDITIONS, type RenditionId } from "./part.ts";

/** `archive/end.json`: the archive is whole when this is there. */
export interface ArchiveEnd {
  /** Exact length of the programme. Samples at 48 kHz. */
  readonly durationSamples: number;
  readonly bytes: PerRendition<number>;
}

/** A stretch of a recording with a name. Seconds from its first sample. */
export interface ArchiveChapter {
  readonly startTime: number;
  readonly endTime: number;
  readonly title: string;
}

/** What is said about a recording in its tags. */
export interface ArchiveTags {
  readonly durationSamples: Samples;
  readonly title: string;
  /** ISO 8601 instant of the first sample. */
  readonly date: string;
  /** In order; those that do not fit into the tag are left out of it. */
  readonly chapters?: readonly ArchiveChapter[];
  /** A PNG file that stands for the recording; left out where the tag has no room for it. */
  readonly picture?: Uint8Array;
}

/** The append-only record of an event's programme. Closed by the stage process. */
export interface Archive {
  /** Number of the next part each file lacks. */
  readonly nextSequenceNumber: PerRendition<number>;
  /** End of what each file holds. Samples at 48 kHz, encoder priming included. */
  readonly recordedSamples: PerRendition<Samples>;
  /** Parts handed over and not yet written. */
  readonly queueDepth: number;
  /** Parts the disk did not take; the files have silence in their place. */
  readonly partsLost: number;
  /** Writes a part after those before it; one of a rendition that is not kept here is let go. Rejects when the disk refused it; it is tried again with every later part, for about two minutes. @throws disk-full, disk-failing */
  append(part: Part): Promise<void>;
  /** Completes files, index, tags and `end.json`, in this order. May be called again after a failure. */
  finish(tags: ArchiveTags): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens an event's archive, mending what a crash left: every file ends after its last whole part. An archive that an earlier version began has no `low`
 * and gets none: its first half would be silence. `open` is for tests with a failing disk.
 */
export async function openArchive(options: { readonly folder: string; readonly numberOfChannels: number; readonly open?: OpenFile }): Promise<Archive> {
  const { folder, numberOfChannels } = options;
  await mkdir(folder, { recursive: true });
  const lanes = new Map<RenditionId, ArchiveLane>();
  const kept = await keptRenditions(folder);
  try {
    for (const rendition of kept)
      lanes.set(rendition, new ArchiveLane(await ArchiveTrack.open({ folder, form: renditionForm(rendition, numberOfChannels), open: options.open ?? open })));
  } catch (error) {
    for (const own of lanes.values()) await own.close();
    throw error;
  }
  const each = <Value>(value: (own: ArchiveLane) => Value) =>
    Object.fromEntries(Array.from(lanes, ([rendition, own]) => [rendition, value(own)])) as PerRendition<Value>;
  const sum = (value: (own: ArchiveLane) => number) => [...lanes.values()].reduce((total, own) => total + value(own), 0);
  let closing: Promise<unknown> | undefined;

  return {
    get nextSequenceNumber() {
      return each(({ track }) => track.next);
    },
    get recordedSamples() {
      return each(({ track }) => samples(track.recordedSamples));
    },
    get queueDepth() {
      return sum((own) => own.queueDepth);
    },
    get partsLost() {
      return sum((own) => own.partsLost);
    },
    append: async (part) => await lanes.get(part.rendition)?.append(part),
    async finish({ durationSamples, title, date, chapters = [], picture }) {
      for (const [rendition, own] of lanes) {
        await own.drain();
        await own.track.finish(rendition === "mp3" ? writeId3({ texts: { TIT2: title, TDRC: date.slice(0, 19) }, chapters, picture }) : undefined);
      }
      await writeEnd(folder, { durationSamples, bytes: each(({ track }) => track.bytes) });
    },
    async close() {
      closing ??= Promise.all([...lanes.values()].map((own) => own.close()));
      await closing;
    },
  };
}

/** What an archive holds, in the order in which its files are made: `low` first, so that one that was broken off there is not taken for an earlier version's. */
async function keptRenditions(folder: string): Promise<readonly RenditionId[]> {
  const has = async (rendition: RenditionId) =>
    await access(join(folder, archiveFileName(rendition))).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
    );
  const others = RENDITIONS.filter((rendition) => rendition !== "low");
  return (await has("opus")) && !(await has("low")) ? others : ["low", ...others];
}

async function writeEnd(folder: string, end: ArchiveEnd): Promise<void> {
  const temporary = join(folder, "end.json.tmp");
  const file = await open(temporary, "w");
  await file.writeFile(`${JSON.stringify(end)}\n`);
  await file.sync();
  await file.close();
  await rename(temporary, join(folder, "end.json"));
  // The new name must be durable too; Windows orders it itself and cannot open a folder.
  if (process.platform === "win32") return;
  const directory = await open(folder, "r");
  await directory.sync().finally(() => directory.close());
}

/** The end mark of an archive, or undefined while it is not whole. */
export async function readArchiveEnd(folder: string): Promise<ArchiveEnd | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "end.json"), "utf8")) as ArchiveEnd;
  } catch {
    return undefined;
  }
}
