import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../../core/log.ts";
import { COUNT_FILES } from "../../../wire/audience.ts";
import { EDGE_FRAME, type EdgeFile, type EdgeStage, type EdgeStages } from "../../../wire/edge.ts";
import { encodeFrame } from "../../../wire/frames.ts";
import type { RunningStage } from "../../supervisor/ipc.ts";
import { CountLines, type NewLines } from "./count-lines.ts";

/** Of the house itself: files that fronts read. */
const HOUSE_FILES = ["public/house.json", "public/_reminders.json"];
/** Below an event's folder: files that fronts read while it is on air. */
const EVENT_FILES = ["state.json", "doors.json", "listeners.json"];
/** Below an event's folder: what was counted here, and by edges. */
const LINE_FILES = [COUNT_FILES.own, COUNT_FILES.elsewhere];

/** A file as it was seen last. */
interface SeenFile {
  /** Another one whenever the file was written; not whenever its content changed. */
  readonly stamp: string;
  readonly content: Buffer;
  /** Rises with every other content. */
  readonly version: number;
  readonly frame: Uint8Array;
}

/** All that edges are to know, at one moment. */
export interface Sight {
  /** By path, relative to the data folder; undefined: there is none. */
  readonly files: ReadonlyMap<string, Pick<SeenFile, "version" | "frame"> | undefined>;
  /** `text`: the same for the same stages. Undefined until the supervisor's list is known: an edge that was told of none would send its listeners away. */
  readonly stages: { readonly text: string; readonly frame: Uint8Array } | undefined;
  /** The files of lines of the events on air. */
  readonly lines: readonly { readonly eventId: string; readonly path: string }[];
  /** Reads on in one of them, once for all who stand at the same place. */
  readLines(eventId: string, path: string, at: { readonly from: number; readonly without: string }): Promise<NewLines>;
}

/** Looks at the files of the data folder that edges need, and reads those that changed. */
export class HouseSight {
  readonly #dataFolder: string;
  readonly #log: Log;
  #stages: readonly EdgeStage[] | undefined;
  #seen: ReadonlyMap<string, SeenFile | undefined> = new Map();
  #version = 0;

  constructor({ dataFolder, log }: { readonly dataFolder: string; readonly log: Log }) {
    this.#dataFolder = dataFolder;
    this.#log = log;
  }

  /** A stage without a salt is not told: no edge could count its listeners. */
  setStages(stages: readonly RunningStage[]): void {
    this.#stages = stages.flatMap(({ eventId, slug, audienceSalt }) => (audienceSalt === undefined ? [] : [{ eventId, slug, audienceSalt }]));
  }

  /** One at a time. Never rejects: a file that cannot be read stays as it was. */
  async look(): Promise<Sight> {
    const known = this.#stages;
    const stages = known ?? [];
    const paths = [
      ...HOUSE_FILES,
      ...stages.flatMap(({ eventId, slug }) => [`public/${slug}.json`, ...EVENT_FILES.map((name) => `events/${eventId}/${name}`)]),
    ];
    const files = new Map(await Promise.all(paths.map(async (path) => [path, await this.#see(path)] as const)));
    this.#seen = files;
    const lines = new CountLines(this.#dataFolder);
    return {
      files,
      stages: known && { text: JSON.stringify(stages), frame: encodeFrame(EDGE_FRAME.stages, { stages } satisfies EdgeStages) },
      lines: stages.flatMap(({ eventId }) => LINE_FILES.map((name) => ({ eventId, path: `events/${eventId}/${name}` }))),
      readLines: (eventId, path, at) => lines.read(eventId, path, at),
    };
  }

  async #see(path: string): Promise<SeenFile | undefined> {
    const before = this.#seen.get(path);
    try {
      const absolute = join(this.#dataFolder, path);
      const { mtimeMs, size, ino } = await stat(absolute);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (before?.stamp === stamp) return before;
      const content = await readFile(absolute);
      if (before?.content.equals(content) === true) return { ...before, stamp };
      return { stamp, content, version: ++this.#version, frame: encodeFrame(EDGE_FRAME.file, { path } satisfies EdgeFile, content) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      this.#log.warn("a file for the edges cannot be read; they keep the one they have", { path, cause });
      return before;
    }
  }
}
