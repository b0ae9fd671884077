import { open } from "node:fs/promises";
import { join } from "node:path";
import { type ArchivedSegment, readArchiveIndex, RENDITIONS } from "../../../programme/mod.ts";

/** An archived segment and the rendition it belongs to. */
export interface RenditionSegment extends ArchivedSegment {
  readonly rendition: string;
}

/** Reads what the archive has listed since the last look: a segment is listed once its bytes are on the disk. */
export class SegmentReader {
  readonly #folder: string;
  /** By rendition: bytes of the index read so far. */
  readonly #read = new Map<string, number>();

  /** `folder`: of the archive. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The segments listed since the last call, each rendition's in order. */
  async next(): Promise<RenditionSegment[]> {
    const all: RenditionSegment[] = [];
    for (const rendition of RENDITIONS) {
      const from = this.#read.get(rendition) ?? 0;
      const text = await readFrom(join(this.#folder, `${rendition}.idx`), from);
      // A last line may still be on its way.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      this.#read.set(rendition, from + Buffer.byteLength(whole));
      for (const segment of readArchiveIndex(whole)) all.push({ ...segment, rendition });
    }
    return all;
  }
}

async function readFrom(path: string, from: number): Promise<string> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
