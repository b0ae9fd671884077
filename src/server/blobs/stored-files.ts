import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type StoredFile, type StoredRecord, storedRecord } from "../../wire/stored.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { isKey } from "./blob-store.ts";
import { eventFiles } from "../stage/event-files.ts";

/** Folders of an event that are sent to the store. */
const SENT_FOLDERS = ["archive", "tracks"] as const;
/** Files of the programme's sound, in every language: the ones the front can read from the store. */
const SOUND = /^archive\/(?:lang\/[\w-]+\/)?(?:recording\.mp3|recording\.flac|aac\.mp4|opus\.mp4|low\.mp4)$/;

/** Whether a file may leave this machine's disk once the store has it. */
export function mayLeave({ path }: Pick<StoredFile, "path">): boolean {
  return SOUND.test(path);
}

/** What of an event lies in the store; undefined while nothing was sent. */
export async function readStored(dataFolder: string, eventId: string): Promise<StoredRecord | undefined> {
  return storedRecord.safeParse(await readJson(eventFiles(dataFolder, eventId).stored)).data;
}

/** Keeps it; on disk when it resolves. */
export async function writeStored(dataFolder: string, eventId: string, record: StoredRecord): Promise<void> {
  await writeDurably(eventFiles(dataFolder, eventId).stored, `${JSON.stringify(record)}\n`);
}

/** Every file of a finished recording, with its length and fingerprint, none of it sent. The end mark comes last: a store that has it has all. */
export async function listRecording(dataFolder: string, eventId: string): Promise<StoredFile[]> {
  const { folder } = eventFiles(dataFolder, eventId);
  const files: StoredFile[] = [];
  for (const part of SENT_FOLDERS) {
    const entries = await readdir(join(folder, part), { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path).split(sep).join("/");
      // What no store would take as a name is none of our making.
      if (!entry.isFile() || !isKey(name) || entry.name.endsWith(".tmp") || /\.unreadable-\d+$/.test(entry.name)) continue;
      files.push({ path: name, bytes: (await stat(path)).size, sha256: await fingerprint(path), stored: false });
    }
  }
  return files.sort((a, b) => Number(a.path === "archive/end.json") - Number(b.path === "archive/end.json") || (a.path < b.path ? -1 : 1));
}

async function fingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest("hex");
}
