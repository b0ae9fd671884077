import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Answer } from "../../audience/mod.ts";

/** Where a stranger gets the one file that checks a ledger. */
export const VERIFIER_PATH = "/verify.mjs";
/** The files of a ledger that anyone may read, seen from its own address; no other name is ever looked up. */
const NOTES = /^(?:checkpoint|checkpoints|log\.vkey)$/;
const TILES = /^tile\/(?:entries|[0-9]|[1-5][0-9])\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/\d{1,3})?$/;
/** A tile's name says what it holds, so it may be kept for ever. Seconds; a year. */
const TILE_MAX_AGE = 31_536_000;

/** A file of an event's ledger, or undefined when there is none. `path`: below `/e/<slug>/ledger/`. @spec C2SP tlog-tiles */
export async function readLedgerFile(eventFolder: string, path: string): Promise<Answer | undefined> {
  const isNote = NOTES.test(path);
  if (!isNote && !TILES.test(path)) return undefined;
  const body = await readFile(join(eventFolder, "ledger", "public", path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR") return undefined;
    throw error;
  });
  if (body === undefined) return undefined;
  // A kept checkpoint beside a newer list of them would look like a ledger that takes something back.
  if (isNote) return { status: 200, type: "text/plain; charset=utf-8", body, maxAge: 0 };
  return { status: 200, type: "application/octet-stream", body, maxAge: TILE_MAX_AGE, immutable: true };
}
