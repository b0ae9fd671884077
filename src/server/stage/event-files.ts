import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { StageManifest } from "../../event/mod-live.ts";
import { readPictureName } from "../../wire/picture.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";

/** Where an event's files lie: the one place that knows the layout of `events/<eventId>/`. */
export function eventFiles(dataFolder: string, eventId: string) {
  const folder = join(dataFolder, "events", eventId);
  return {
    folder,
    manifest: join(folder, "event.json"),
    state: join(folder, "state.json"),
    archive: join(folder, "archive"),
    captions: join(folder, "archive", "captions.vtt"),
    talk: join(folder, "talk-time.json"),
    peaks: join(folder, "peaks.json"),
    chapters: join(folder, "chapters.json"),
    path: join(folder, "path.json"),
    gaps: join(folder, "gaps.json"),
    recording: join(folder, "recording.json"),
    sounds: join(folder, "sounds"),
    /** Waiting music as listeners get it. */
    waiting: join(folder, "waiting.mp3"),
    seats: join(folder, "seats.json"),
    looped: join(folder, "looped-sounds.json"),
    stored: join(folder, "stored.json"),
    handActs: join(folder, "hand-acts.json"),
    sending: join(folder, "sending.json"),
  } as const;
}

/** Folder of the recording in another language, inside the event's archive. */
export function languageArchive(archive: string, language: string): string {
  return join(archive, "lang", language);
}

/** Where a picture lies that somebody gave to an event or the house. `file`: a name that `readPictureName` takes. */
export function picturePath(dataFolder: string, file: string): string {
  return join(dataFolder, "pictures", file);
}

/** Where the picture for the tag of the recording lies; undefined when the host gave none. */
export function coverPath(dataFolder: string, { cover }: StageManifest): string | undefined {
  return cover === undefined || readPictureName(cover) === undefined ? undefined : picturePath(dataFolder, cover);
}

/** What the stage finds on disk when it starts. */
export interface EventOnDisk {
  readonly manifest: StageManifest | undefined;
  readonly state: LiveState | undefined;
}

/** Reads what control and an earlier run of the stage left. */
export async function readEvent(dataFolder: string, eventId: string): Promise<EventOnDisk> {
  const files = eventFiles(dataFolder, eventId);
  await mkdir(files.archive, { recursive: true });
  const manifest = (await readJson(files.manifest)) as StageManifest | undefined;
  return {
    // A manifest of an earlier version names no seats that were taken away.
    manifest: manifest === undefined ? undefined : { ...manifest, removedSeats: manifest.removedSeats ?? [] },
    state: (await readJson(files.state)) as LiveState | undefined,
  };
}

/**
 * Reads the manifest that control wrote a moment ago, in one go: who was taken off the air is silent with the next frame, however many frames, disk
 * writes and other answers wait. The file is a few kilobytes and in memory still.
 */
export function readManifestAtOnce(dataFolder: string, eventId: string): StageManifest {
  const manifest = JSON.parse(readFileSync(eventFiles(dataFolder, eventId).manifest, "utf8")) as StageManifest;
  return { ...manifest, removedSeats: manifest.removedSeats ?? [] };
}

/** Keeps the stage's state so that a later run takes it up. */
export async function writeState(dataFolder: string, state: LiveState): Promise<void> {
  await writeDurably(eventFiles(dataFolder, state.eventId).state, `${JSON.stringify(state)}\n`);
}
