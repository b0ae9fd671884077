import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PlayableSound } from "../../stage/mod.ts";
import { type SoundRecord, soundRecord } from "../../wire/sounds.ts";
import { readJson } from "./durable-file.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where a sound and what is known of it lie. Only what has both is a sound. */
export function soundFiles(folder: string, id: string) {
  return { record: join(folder, `${id}.json`), sound: join(folder, `${id}.sound`) } as const;
}

/** A sound out of an event's folder of sounds; undefined when there is none of this id. */
export async function readSound(folder: string, id: string): Promise<PlayableSound | undefined> {
  if (!ID.test(id)) return undefined;
  const { record, sound } = soundFiles(folder, id);
  const { data } = soundRecord.safeParse(await readJson(record));
  return data?.id === id ? { ...data, path: sound } : undefined;
}

/** All sounds in an event's folder, in the order in which they were added. */
export async function readSounds(folder: string): Promise<readonly SoundRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const sounds = await Promise.all(names.filter((name) => name.endsWith(".json")).map((name) => readSound(folder, name.slice(0, -5))));
  return sounds.filter((sound) => sound !== undefined).toSorted((a, b) => a.addedUnixMs - b.addedUnixMs);
}
