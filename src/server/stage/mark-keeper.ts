import { readFile } from "node:fs/promises";
import type { Log } from "../../core/log.ts";
import { SAMPLE_RATE, type Samples } from "../../core/units.ts";
import { chaptersOf, drawCard, type HostMark, hostMarksOf, PeakMeter } from "../../record/mod.ts";
import { type Chapter, type ChapterList, chapterList, peakRecord } from "../../wire/marks.ts";
import type { TalkRecord } from "../../wire/talk-record.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { Keeping } from "./keeping.ts";

/** Two marks closer than this are one: a button pressed twice. Seconds. */
const SAME_MARK_SECONDS = 1;

/** Side of the picture in the MP3. Pixels; a few kilobytes, so that it fits into the tag beside the chapters. */
const COVER = 300;

/** What a mark keeper works with. */
export interface MarkKeeperOptions {
  readonly files: { readonly peaks: string; readonly chapters: string };
  readonly title: () => string;
  readonly talk: () => TalkRecord;
  readonly log: Log;
}

/** Keeps waveform and chapters beside the archive as the event goes on. Closed by the stage process. */
export class MarkKeeper {
  readonly #options: MarkKeeperOptions;
  readonly #meter = new PeakMeter();
  readonly #marks: HostMark[] = [];
  readonly #keeping = new Keeping(() => this.#write());
  #heard = false;

  private constructor(options: MarkKeeperOptions) {
    this.#options = options;
  }

  /** `resumeAt`: position at which an event that was on air goes on; undefined for a new one. */
  static async open(options: MarkKeeperOptions, resumeAt: Samples | undefined): Promise<MarkKeeper> {
    const keeper = new MarkKeeper(options);
    if (resumeAt === undefined) return keeper;
    const peaks = peakRecord.safeParse(await readJson(options.files.peaks));
    if (peaks.success) keeper.#meter.restore(peaks.data, resumeAt);
    keeper.#marks.push(...hostMarksOf((await readChapters(options.files.chapters)) ?? { version: "1.2.0", chapters: [] }));
    return keeper;
  }

  /** Takes one frame of the programme, mono f32. @hot */
  push(frame: Float32Array): void {
    this.#heard = true;
    this.#meter.push(frame);
  }

  /** Sets a chapter mark of the host's; the mark, or undefined when there is one here already. */
  mark(position: Samples, title: string): HostMark | undefined {
    const startTime = Math.floor((position / SAMPLE_RATE) * 10) / 10;
    if (this.#marks.some((mark) => Math.abs(mark.startTime - startTime) < SAME_MARK_SECONDS)) return undefined;
    const mark = { startTime, title };
    this.#marks.push(mark);
    void this.keep();
    return mark;
  }

  /** Writes waveform and chapters as they are now; a disk that refuses them does not stop the event. */
  keep(): Promise<void> {
    return this.#keeping.keep();
  }

  close(): Promise<void> {
    return this.#keeping.close();
  }

  async #write(): Promise<void> {
    if (!this.#heard) return;
    const { files, title, talk, log } = this.#options;
    const write = (path: string, value: unknown) =>
      writeDurably(path, `${JSON.stringify(value)}\n`).catch((cause: unknown) => log.warn("waveform and chapters could not be kept", { cause }));
    await write(files.peaks, this.#meter.record);
    await write(files.chapters, chaptersOf(talk(), this.#marks, title()));
  }
}

/** The chapters kept with an event, or undefined when there are none that can be read. */
async function readChapters(path: string): Promise<ChapterList | undefined> {
  const read = chapterList.safeParse(await readJson(path));
  return read.success ? read.data : undefined;
}

/** What the marks give to the tag of a recording: chapters, and the picture the host gave, or else the sound as one. `cover`: where the host's picture lies. */
export async function readTags(
  files: MarkKeeperOptions["files"],
  seed: string,
  cover?: string,
): Promise<{ readonly chapters: readonly Chapter[]; readonly picture: Uint8Array }> {
  const peaks = peakRecord.safeParse(await readJson(files.peaks)).data?.peaks ?? [];
  const given = cover === undefined ? undefined : await readFile(cover).catch(() => undefined);
  return { chapters: (await readChapters(files.chapters))?.chapters ?? [], picture: given ?? drawCard({ width: COVER, height: COVER, peaks, seed }) };
}
