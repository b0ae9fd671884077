import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ArchivedSegment, LOSSLESS_INDEX, readArchiveIndex, RENDITIONS, seatOfVoiceIndex } from "../../../programme/mod.ts";
import { GrowingFile } from "./growing-file.ts";

/** An archived segment and the rendition it belongs to. */
export interface RenditionSegment extends ArchivedSegment {
  /** `segment`: of the recording everybody hears; `kept`: of a file beside it. */
  readonly kind: "segment" | "kept";
  readonly rendition: string;
}

/** Reads what the archive has listed since the last look: a segment is listed once its bytes are on the disk. */
export class SegmentReader {
  readonly #folder: string;
  readonly #indexes = new Map<string, GrowingFile>();

  /** `folder`: of the archive. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The segments listed since the last call, each rendition's in order; files that came since are found. */
  async next(): Promise<RenditionSegment[]> {
    const all: RenditionSegment[] = [];
    const ofProgramme = RENDITIONS.map((rendition) => `${rendition}.idx`);
    const names = await readdir(this.#folder).catch(() => []);
    const beside = names.filter((name) => name === LOSSLESS_INDEX || seatOfVoiceIndex(name) !== undefined).sort();
    for (const name of [...ofProgramme, ...beside]) {
      const file = this.#indexes.get(name) ?? new GrowingFile(join(this.#folder, name));
      this.#indexes.set(name, file);
      const lines = await file.next();
      const kind = ofProgramme.includes(name) ? "segment" : "kept";
      for (const segment of readArchiveIndex(lines.join("\n"))) all.push({ ...segment, kind, rendition: name.slice(0, -".idx".length) });
    }
    return all;
  }
}
