import { open, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type LedgerSource, readRendition } from "./source.ts";

/** Where in a copied or a server's own folder the ledger's files may lie. */
const LEDGER_FOLDERS = ["", "public", "ledger", "ledger/public"];
/** Where the recording may lie, seen from the ledger's files. */
const REPLAY_FOLDERS = ["archive", "../archive", "../../archive", "..", "."];
const REPLAY_FILES: Readonly<Record<string, readonly string[]>> = {
  opus: ["opus.mp4"],
  low: ["low.mp4"],
  aac: ["aac.mp4", "recording.m4a"],
  mp3: ["recording.mp3"],
  flac: ["recording.flac"],
};
/** A speaker's own track, by the name of its rendition. */
const TRACK = /^track-[\w-]{1,64}$/;

/** A ledger in a folder: an event's folder on the server, or a copy of what the server serves. */
export async function folderSource(folder: string): Promise<LedgerSource> {
  let base = resolve(folder);
  for (const inside of LEDGER_FOLDERS) {
    const candidate = resolve(folder, inside);
    if (await isFile(join(candidate, "checkpoint"))) {
      base = candidate;
      break;
    }
  }
  return {
    read: (path) => readOrNothing(join(base, path)),
    readReplay: async (rendition, offset, length) => {
      for (const inside of REPLAY_FOLDERS) {
        for (const name of namesOf(rendition)) {
          const path = join(base, inside, name);
          if (await isFile(path)) return await readStretch(path, offset, length);
        }
      }
      return undefined;
    },
  };
}

/** What a rendition's file may be called. */
function namesOf(rendition: string): readonly string[] {
  if (TRACK.test(rendition)) return [`${rendition}.mp4`];
  const { language, codec } = readRendition(rendition) ?? {};
  const names = REPLAY_FILES[codec ?? rendition] ?? [];
  return language === undefined ? names : names.map((name) => join("lang", language, name));
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    throw error;
  }
}

async function readStretch(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
  const file = await open(path, "r");
  try {
    // A damaged entry may name a stretch larger than memory; the file's own size is the limit.
    if (offset + length > (await file.stat()).size) return undefined;
    const bytes = Buffer.alloc(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
