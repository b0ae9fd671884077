import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { LiveEvent } from "../../event/mod.ts";
import type { SoundMeasure } from "../../stage/mod.ts";
import { SOUND_BYTES_MAX, type SoundEdit, type SoundRecord, SOUNDS_BYTES_MAX, SOUNDS_MAX } from "../../wire/sounds.ts";
import { canonicalLanguage } from "../../wire/language.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { readSound, readSounds, soundFiles } from "../adapters/sound-shelf.ts";
import { eventFiles } from "../stage/event-files.ts";
import { makeWaitingSound } from "./waiting-sound.ts";

/** Space that uploads leave free. Bytes; a two-hour recording in all its forms takes a quarter of it. */
const KEPT_FREE_BYTES = 1e9;
/** Age at which a file that belongs to no sound is what an upload that broke off left. Milliseconds. */
const LEFTOVER_MS = 3_600_000;

/** What keeps the sounds of events. */
export interface SoundsOptions {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells an event's stage that its sounds changed. */
  readonly onChange: (event: LiveEvent) => void;
  /** Decodes a file to its end. */
  readonly measure?: (path: string) => Promise<SoundMeasure>;
}

/** Jingles, waiting music and streams of events: takes them in, lists, changes and deletes them. A sound is there when its record is; whatever is killed before leaves none. */
export class Sounds {
  readonly #options: SoundsOptions;
  /** Events that take in a sound now. */
  readonly #busy = new Set<string>();
  /** Files are decoded one after the other: the stage shares the processor. */
  #decoding: Promise<unknown> = Promise.resolve();

  constructor(options: SoundsOptions) {
    this.#options = options;
  }

  /** An event's sounds, the oldest first. */
  async list(event: LiveEvent): Promise<readonly SoundRecord[]> {
    return await readSounds(this.#folder(event));
  }

  /** Takes in a file while it comes. @throws `sounds-full`, `conflict` while another comes, `body-too-large`, `sound-unplayable`, `disk-full` */
  async add(event: LiveEvent, name: string, bytes: AsyncIterable<Uint8Array>): Promise<SoundRecord> {
    return await this.#alone(event, async (folder, sounds) => {
      const room = SOUNDS_BYTES_MAX - sounds.reduce((sum, sound) => sum + sound.bytes, 0);
      if (room <= 0) throw new EarshotError("sounds-full", { rule: `at most ${SOUNDS_BYTES_MAX} bytes together`, value: SOUNDS_BYTES_MAX - room });
      const id = newId(this.#options.clock.wallMs());
      const files = soundFiles(folder, id);
      const temporary = `${files.sound}.tmp`;
      try {
        const length = await takeIn(temporary, bytes, Math.min(room, SOUND_BYTES_MAX));
        await checkType(temporary);
        const { codec, seconds, gainDb } = await this.#measure(temporary);
        await rename(temporary, files.sound);
        return await this.#keep(event, { ...this.#blank(id, name), kind: "file", codec, seconds, gainDb, bytes: length });
      } catch (cause) {
        await rm(temporary, { force: true });
        throw (cause as NodeJS.ErrnoException).code === "ENOSPC" ? new EarshotError("disk-full", {}, cause) : cause;
      }
    });
  }

  /** Notes a stream. @throws `sounds-full`, `feed-address-refused`, `conflict` */
  async addStream(event: LiveEvent, { name, url }: { readonly name: string; readonly url: string }): Promise<SoundRecord> {
    const { parseFeedUrl } = await soundKnowledge();
    const { href } = parseFeedUrl(url);
    return await this.#alone(event, async () => {
      const id = newId(this.#options.clock.wallMs());
      return await this.#keep(event, { ...this.#blank(id, name), kind: "stream", url: href, seconds: null, gainDb: 0, bytes: 0 });
    });
  }

  /** Changes a sound; one that plays follows at once. Answers when waiting music is ready for listeners. @throws `not-found`, `invalid-field`, `sound-unplayable`, `disk-full` */
  async edit(event: LiveEvent, id: string, edit: SoundEdit): Promise<SoundRecord> {
    const { path, ...sound } = await this.#find(event, id);
    const { name = sound.name, levelDb = sound.levelDb, loop = sound.loop, ducks = sound.ducks, language = sound.language, waiting = sound.waiting } = edit;
    const changed = { ...sound, name, levelDb, loop, ducks, language: canonical(language), waiting };
    if (waiting && (!sound.waiting || levelDb !== sound.levelDb)) await this.#letWait(event, changed, path);
    else if (!waiting && sound.waiting) await rm(eventFiles(this.#options.dataFolder, event.id).waiting, { force: true });
    return await this.#keep(event, changed);
  }

  /** Makes a sound the event's waiting music; another that was is so no longer. */
  async #letWait(event: LiveEvent, { id, kind, gainDb, levelDb }: SoundRecord, path: string): Promise<void> {
    if (kind !== "file") throw new EarshotError("invalid-field", { field: "waiting", rule: "a file, not a stream", value: kind });
    const { dataFolder } = this.#options;
    const bytes = await this.#inTurn(() => makeWaitingSound(path, gainDb + levelDb));
    try {
      await writeDurably(eventFiles(dataFolder, event.id).waiting, bytes);
    } catch (cause) {
      throw (cause as NodeJS.ErrnoException).code === "ENOSPC" ? new EarshotError("disk-full", {}, cause) : cause;
    }
    for (const other of await this.list(event)) {
      if (!other.waiting || other.id === id) continue;
      const { path: _, ...before } = await this.#find(event, other.id);
      await this.#keep(event, { ...before, waiting: false });
    }
  }

  /** Deletes a sound; one that plays fades out. @throws `not-found` */
  async delete(event: LiveEvent, id: string): Promise<void> {
    const { waiting } = await this.#find(event, id);
    if (waiting) await rm(eventFiles(this.#options.dataFolder, event.id).waiting, { force: true });
    const files = soundFiles(this.#folder(event), id);
    // The record first: what has none is no sound, and is cleared away later.
    await rm(files.record, { force: true });
    await rm(files.sound, { force: true });
    this.#options.onChange(event);
  }

  #folder(event: LiveEvent): string {
    return eventFiles(this.#options.dataFolder, event.id).sounds;
  }

  async #find(event: LiveEvent, id: string) {
    const sound = await readSound(this.#folder(event), id);
    if (sound === undefined) throw new EarshotError("not-found", { sound: id.slice(0, 64) });
    return sound;
  }

  #blank(id: string, name: string): Pick<SoundRecord, "id" | "name" | "levelDb" | "loop" | "ducks" | "language" | "waiting" | "addedUnixMs"> {
    return { id, name, levelDb: 0, loop: false, ducks: false, language: "", waiting: false, addedUnixMs: this.#options.clock.wallMs() };
  }

  async #keep(event: LiveEvent, sound: SoundRecord): Promise<SoundRecord> {
    await writeDurably(soundFiles(this.#folder(event), sound.id).record, `${JSON.stringify(sound)}\n`);
    this.#options.onChange(event);
    return sound;
  }

  async #alone(event: LiveEvent, act: (folder: string, sounds: readonly SoundRecord[]) => Promise<SoundRecord>): Promise<SoundRecord> {
    if (this.#busy.has(event.id)) throw new EarshotError("conflict", { rule: "one sound after the other" });
    this.#busy.add(event.id);
    try {
      const folder = this.#folder(event);
      await mkdir(folder, { recursive: true });
      await this.#clear(folder);
      const sounds = await readSounds(folder);
      if (sounds.length >= SOUNDS_MAX) throw new EarshotError("sounds-full", { rule: `at most ${SOUNDS_MAX} sounds`, value: sounds.length });
      return await act(folder, sounds);
    } finally {
      this.#busy.delete(event.id);
    }
  }

  async #measure(path: string): Promise<SoundMeasure> {
    const { measure = (await soundKnowledge()).measureSound } = this.#options;
    return await this.#inTurn(() => measure(path));
  }

  async #inTurn<Made>(make: () => Promise<Made>): Promise<Made> {
    const made = this.#decoding.then(make);
    this.#decoding = made.catch(() => {});
    return await made;
  }

  /** Removes what uploads and deletions that broke off left. */
  async #clear(folder: string): Promise<void> {
    const names = new Set(await readdir(folder));
    for (const name of names) {
      const id = name.split(".")[0] ?? "";
      if (name.endsWith(".json") || names.has(`${id}.json`)) continue;
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs < LEFTOVER_MS) continue;
      this.#options.log.info("what an upload that broke off left is removed", { path });
      await rm(path, { force: true });
    }
  }
}

/** A language as the stage names its mixes. @throws `invalid-field` */
function canonical(language: string): string {
  const tag = language === "" ? "" : canonicalLanguage(language);
  if (tag === undefined) throw new EarshotError("invalid-field", { field: "language", rule: "a BCP 47 language tag, or empty", value: language });
  return tag;
}

/** Writes a file while it comes, and makes it durable. Gives its length. Bytes. @throws `body-too-large`, `disk-full` */
async function takeIn(path: string, bytes: AsyncIterable<Uint8Array>, most: number): Promise<number> {
  const { bavail, bsize } = await statfs(join(path, ".."));
  if (bavail * bsize < KEPT_FREE_BYTES + most) throw new EarshotError("disk-full", { free_bytes: bavail * bsize, kept_free_bytes: KEPT_FREE_BYTES });
  const file: FileHandle = await open(path, "w", 0o644);
  let length = 0;
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > most) throw new EarshotError("body-too-large", { limit_bytes: most });
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return length;
}

/** The stage's knowledge of sounds: it brings the whole stage with it, which control needs only once somebody adds one. */
const soundKnowledge = () => import("../../stage/mod.ts");

async function checkType(path: string): Promise<void> {
  const { looksLikeSound, TYPE_BYTES } = await soundKnowledge();
  const head: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: TYPE_BYTES - 1 }) as AsyncIterable<Buffer>) head.push(chunk);
  if (looksLikeSound(Buffer.concat(head))) return;
  throw new EarshotError("sound-unplayable", { rule: "MP3, WAV, FLAC or Opus (Ogg, MP4)", value: "another kind of file" });
}
