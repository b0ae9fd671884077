import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ArchivedSegment, LOSSLESS_INDEX, readArchiveIndex, RENDITIONS, seatOfVoiceIndex } from "../../../programme/mod.ts";
import { GrowingFile } from "../../adapters/growing-file.ts";
import { languageArchive } from "../event-files.ts";

/** An archived segment and the rendition it belongs to. */
export interface RenditionSegment extends ArchivedSegment {
  /** `segment`: of the recording everybody hears, in whatever language; `kept`: of a file beside it. */
  readonly kind: "segment" | "kept";
  /** `opus`, or `lang/de/opus` for what an interpreter said. */
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
    const names: readonly string[] = await readdir(this.#folder).catch(() => []);
    const beside = names.filter((name) => name === LOSSLESS_INDEX || seatOfVoiceIndex(name) !== undefined).sort();
    const languages = names.includes("lang") ? await readdir(languageArchive(this.#folder, "")).catch(() => []) : [];
    const ofProgramme = ["", ...languages.sort().map((language) => languageArchive("", language))].flatMap((folder) =>
      RENDITIONS.map((rendition) => join(folder, `${rendition}.idx`)),
    );
    return [...(await this.#listed(ofProgramme, "segment")), ...(await this.#listed(beside, "kept"))];
  }

  async #listed(names: readonly string[], kind: RenditionSegment["kind"]): Promise<RenditionSegment[]> {
    const all: RenditionSegment[] = [];
    for (const name of names) {
      const file = this.#indexes.get(name) ?? new GrowingFile(join(this.#folder, name));
      this.#indexes.set(name, file);
      const rendition = name.slice(0, -".idx".length);
      for (const segment of readArchiveIndex((await file.next()).join("\n"))) all.push({ ...segment, kind, rendition });
    }
    return all;
  }
}
