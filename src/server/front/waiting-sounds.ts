import { readFile, stat } from "node:fs/promises";
import { type Answer, TYPES } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { eventFiles } from "../stage/event-files.ts";
import { Memo } from "./memo.ts";

/** How long a file is taken to be as it was. Milliseconds; a crowd looks at it once a second. */
const LOOK_AGAIN_MS = 1_000;
/** How long anyone may keep it under its version's address, and under one that names none or an old one. Seconds. */
const LONG_AGE = 86_400;
const SHORT_AGE = 10;

interface Kept {
  readonly version: string;
  readonly body: Uint8Array;
}

/** Waiting music: one small file per event that is the same for everybody and may be kept by caches. It is no part of the programme, and nobody who hears it is counted as listening. */
export class WaitingSounds {
  readonly #dataFolder: string;
  readonly #versions: Memo<string | undefined>;
  /** The last one that was asked for: 5 MB at most, of one event at a time. */
  #kept: Kept | undefined;

  constructor({ dataFolder, clock }: { readonly dataFolder: string; readonly clock: Clock }) {
    this.#dataFolder = dataFolder;
    this.#versions = new Memo(clock);
  }

  /** What tells an event's waiting music from the one before; undefined where there is none. */
  async version(eventId: string): Promise<string | undefined> {
    return await this.#versions.get(eventId, LOOK_AGAIN_MS, async () => {
      const found = await stat(eventFiles(this.#dataFolder, eventId).waiting).catch(() => undefined);
      return found === undefined ? undefined : `${Math.round(found.mtimeMs).toString(36)}-${found.size.toString(36)}`;
    });
  }

  /** The sound itself; undefined where there is none. `asked`: the version in the address. */
  async answer(eventId: string, asked: string | null): Promise<Answer | undefined> {
    const version = await this.version(eventId);
    if (version === undefined) return undefined;
    const name = `${eventId} ${version}`;
    if (this.#kept?.version !== name) {
      const body = await readFile(eventFiles(this.#dataFolder, eventId).waiting).catch(() => undefined);
      if (body === undefined) return undefined;
      this.#kept = { version: name, body };
    }
    const { body } = this.#kept;
    // Immutable also where it is kept shortly: players ask for it in ranges.
    return { status: 200, type: TYPES.mp3, body, immutable: true, maxAge: asked === version ? LONG_AGE : SHORT_AGE };
  }
}
