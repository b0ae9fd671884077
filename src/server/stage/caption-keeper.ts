import { readFile } from "node:fs/promises";
import type { Log } from "../../core/log.ts";
import { SAMPLE_RATE, type Samples } from "../../core/units.ts";
import { type Caption, readCaptions, renderCaptions } from "../../programme/mod.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { Keeping } from "./keeping.ts";

/** How long a line stays when none follows it. Seconds: time to read it at twelve characters a second, with bounds. */
const CHARACTERS_PER_SECOND = 12;
const SHORTEST_SECONDS = 3;
const LONGEST_SECONDS = 8;
/** How far back a captioner may say that something was spoken. Seconds; who types is some seconds behind who talks. */
const LATEST_SECONDS = 15;
/** Two lines begin at least so far apart. Seconds. */
const STEP_SECONDS = 0.1;

/** What a caption keeper works with. */
export interface CaptionKeeperOptions {
  /** Where the WebVTT file lies. */
  readonly path: string;
  readonly log: Log;
}

/** A line as listeners see it: from when it came, which is later than when it was spoken. Samples since going live. */
interface ShownLine {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Captions of one event: the line listeners see now, and the file beside the recording. Closed by the stage process. */
export class CaptionKeeper {
  readonly #options: CaptionKeeperOptions;
  readonly #captions: Caption[] = [];
  /** The newest lines. Encoders run at most a few seconds behind the mix: more are never asked for. */
  #shown: readonly ShownLine[] = [];
  #kept = 0;
  readonly #keeping = new Keeping(() => this.#write());

  private constructor(options: CaptionKeeperOptions) {
    this.#options = options;
  }

  /** `resumes`: whether an event that was on air goes on. */
  static async open(options: CaptionKeeperOptions, resumes: boolean): Promise<CaptionKeeper> {
    const keeper = new CaptionKeeper(options);
    const read = resumes ? readCaptions(await readFile(options.path, "utf8").catch(() => "WEBVTT")) : undefined;
    if (read?.ok === true) keeper.#captions.push(...read.captions);
    else if (read !== undefined) options.log.warn("the captions so far could not be read; they begin anew", { code: read.code, offset: read.offset });
    keeper.#kept = keeper.#captions.length;
    return keeper;
  }

  /** Takes a line at the programme's position. `at`: when it was spoken, seconds since going live. */
  add(text: string, position: Samples, at?: number): Caption {
    const now = position / SAMPLE_RATE;
    const before = this.#captions.at(-1);
    const spoken = at === undefined ? now : Math.min(now, Math.max(now - LATEST_SECONDS, at));
    const start = tidy(Math.max(spoken, before === undefined ? 0 : before.start + STEP_SECONDS));
    const seconds = Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, text.length / CHARACTERS_PER_SECOND));
    if (before !== undefined && before.end > start) this.#captions[this.#captions.length - 1] = { ...before, end: start };
    const caption = { start, end: tidy(start + seconds), text };
    this.#captions.push(caption);
    this.#shown = [...this.#shown.slice(-7), { from: position, to: position + seconds * SAMPLE_RATE, text }];
    void this.keep();
    return caption;
  }

  /** The line shown with a stretch of the programme; empty: none. Samples since going live. */
  at(timestamp: number, duration: number): string {
    const line = this.#shown.findLast(({ from }) => from < timestamp + duration);
    return line !== undefined && timestamp < line.to ? line.text : "";
  }

  /** Writes the file as it is now; a disk that refuses it does not stop the event. */
  keep(): Promise<void> {
    return this.#keeping.keep();
  }

  close(): Promise<void> {
    return this.#keeping.close();
  }

  async #write(): Promise<void> {
    const { length } = this.#captions;
    if (length === this.#kept) return;
    try {
      await writeDurably(this.#options.path, renderCaptions(this.#captions));
      this.#kept = length;
    } catch (cause) {
      this.#options.log.warn("captions could not be kept", { cause });
    }
  }
}

/** To the millisecond, as the file has it. */
function tidy(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
