import { join } from "node:path";
import { type ArchivedSegment, readArchiveIndex, RENDITIONS } from "../../../programme/mod.ts";
import { GrowingFile } from "./growing-file.ts";

/** An archived segment and the rendition it belongs to. */
export interface RenditionSegment extends ArchivedSegment {
  readonly rendition: string;
}

/** Reads what the archive has listed since the last look: a segment is listed once its bytes are on the disk. */
export class SegmentReader {
  readonly #indexes: readonly { readonly rendition: string; readonly file: GrowingFile }[];

  /** `folder`: of the archive. */
  constructor(folder: string) {
    this.#indexes = RENDITIONS.map((rendition) => ({ rendition, file: new GrowingFile(join(folder, `${rendition}.idx`)) }));
  }

  /** The segments listed since the last call, each rendition's in order. */
  async next(): Promise<RenditionSegment[]> {
    const all: RenditionSegment[] = [];
    for (const { rendition, file } of this.#indexes) {
      const lines = await file.next();
      for (const segment of readArchiveIndex(lines.join("\n"))) all.push({ ...segment, rendition });
    }
    return all;
  }
}
