import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { archiveFileName, headerLength, ID3_BYTES, MP3_FRAME_BYTES, RENDITIONS, type RenditionId, scanChunks } from "../../src/programme/mod.ts";

/** An archive that grows, as ffmpeg reads it: every look reads what came since the one before, and makes sure that nothing older has changed. */
export class GrowingArchive {
  readonly #folder: string;
  /** Where the tail of a file is put together. */
  readonly #scratch: string;
  /** What was looked at, by rendition: a beginning of the file that ends at a part, and its hash. */
  readonly #seen = new Map<RenditionId, { readonly end: number; readonly sha256: string }>();

  constructor(folder: string, scratch: string) {
    this.#folder = folder;
    this.#scratch = scratch;
  }

  /** Files at which ffmpeg has anything to complain about, or whose older bytes are not what they were. */
  async unreadable(): Promise<number> {
    let count = 0;
    for (const rendition of RENDITIONS) {
      const data = await readFile(join(this.#folder, archiveFileName(rendition)));
      const header = rendition === "mp3" ? ID3_BYTES : (headerLength(data) ?? 0);
      const seen = this.#seen.get(rendition);
      const changed = seen !== undefined && sha256(data.subarray(0, seen.end)) !== seen.sha256;
      const from = seen?.end ?? header;
      const tail = join(this.#scratch, `tail-${archiveFileName(rendition)}`);
      await writeFile(tail, Buffer.concat([data.subarray(0, header), data.subarray(from)]));
      if (changed || complaints(tail) !== "") count++;
      const end = from + lastPartStart(rendition, data.subarray(from));
      this.#seen.set(rendition, { end, sha256: sha256(data.subarray(0, end)) });
    }
    return count;
  }
}

/** Files of an archive at which ffmpeg has anything to complain about. */
export function unreadableFiles(folder: string): number {
  return RENDITIONS.filter((rendition) => complaints(join(folder, archiveFileName(rendition))) !== "").length;
}

function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function complaints(path: string): string {
  return execFileSync("sh", ["-c", `ffmpeg -v warning -i '${path}' -f null - 2>&1 | grep -v 'Estimating duration' || true`]).toString();
}

/** Where the last part in a stretch begins that may be whole; the next look starts with it. MP3 has no parts to find, but frames of one length. */
function lastPartStart(rendition: RenditionId, data: Uint8Array): number {
  if (rendition !== "mp3") return scanChunks(data).at(-1)?.start ?? 0;
  return Math.max(0, Math.floor(data.length / MP3_FRAME_BYTES) - 1) * MP3_FRAME_BYTES;
}
