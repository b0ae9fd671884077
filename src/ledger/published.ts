import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { EarshotError } from "../core/errors.ts";
import { writeWhole } from "./durable.ts";
import { type Checkpoint, parseCheckpoint, splitNotes } from "./verify/checkpoint.ts";
import type { HashTree } from "./verify/hash-tree.ts";
import { sameBytes, TILE_WIDTH } from "./verify/merkle.ts";
import { levelsOf, readBundle, type Tile, tilePath, tilesOf, writeBundle } from "./verify/tiles.ts";

/** The folder anyone may read: checkpoint, former checkpoints, key, tiles, bundles. @spec C2SP tlog-tiles */
export class Published {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest checkpoint with its text, or undefined when nothing was published. A file that is none counts as nothing. */
  async checkpoint(): Promise<{ readonly source: string; readonly checkpoint: Checkpoint } | undefined> {
    const source = (await this.#read("checkpoint"))?.toString("utf8");
    const result = source === undefined ? undefined : parseCheckpoint(source);
    return source !== undefined && result?.ok === true ? { source, checkpoint: result.checkpoint } : undefined;
  }

  /** Writes the public key beside the tiles; once something is signed it never changes. @throws EarshotError ledger-damaged when it would. */
  async writeKey(verifierKey: string, nothingSigned: boolean): Promise<void> {
    const before = (await this.#read("log.vkey"))?.toString("utf8").trimEnd();
    if (before === verifierKey) return;
    if (before !== undefined && !nothingSigned) throw new EarshotError("ledger-damaged", { reason: "another key", is: before, expected: verifierKey });
    await writeWhole(join(this.#folder, "log.vkey"), `${verifierKey}\n`);
  }

  /** Replaces the newest checkpoint. */
  async writeCheckpoint(source: string): Promise<void> {
    await writeWhole(join(this.#folder, "checkpoint"), source);
  }

  /** Adds a checkpoint to the list of all; first cuts an end that a crash tore, and leaves out what is there already. */
  async addToHistory(source: string): Promise<void> {
    const path = join(this.#folder, "checkpoints");
    const { notes, rest } = splitNotes((await this.#read("checkpoints"))?.toString("utf8") ?? "");
    if (rest === "" && notes.at(-1) === source) return;
    if (rest !== "") return await writeWhole(path, [...notes, source].join(""));
    const file = await open(path, "a");
    try {
      await file.writeFile(source);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** Writes every tile and bundle that `size` entries need beyond `from`, and removes partial ones whose full one is there. */
  async writeTiles(tree: HashTree, entries: (from: number, to: number) => readonly Uint8Array[], from: number): Promise<void> {
    for (const row of rowsOf(tree.size)) {
      const below = row === "entries" ? 1 : TILE_WIDTH ** row;
      const firstChanged = Math.floor(from / below / TILE_WIDTH);
      for (const tile of tilesOf(tree.size, row).slice(firstChanged)) {
        await writeWhole(join(this.#folder, tilePath(tile)), bytesOf(tile, tree, entries));
        if (tile.width === TILE_WIDTH) await rm(join(this.#folder, `${tilePath(tile)}.p`), { recursive: true, force: true });
      }
    }
  }

  /** Writes again what is missing or damaged among the tiles of the newest checkpoint; resolves to how many it mended. */
  async mend(tree: HashTree, size: number, entries: (from: number, to: number) => readonly Uint8Array[]): Promise<number> {
    let mended = 0;
    for (const row of rowsOf(size)) {
      for (const tile of tilesOf(size, row)) {
        const bytes = bytesOf(tile, tree, entries);
        const found = await this.#read(tilePath(tile));
        if (found !== undefined && sameBytes(found, bytes)) continue;
        await writeWhole(join(this.#folder, tilePath(tile)), bytes);
        mended++;
      }
    }
    return mended;
  }

  /** The first `size` entries as the bundles have them, as far as they are whole. */
  async entries(size: number): Promise<Uint8Array[]> {
    const entries: Uint8Array[] = [];
    for (const tile of tilesOf(size, "entries")) {
      const bundle = await this.#read(tilePath(tile));
      const result = bundle === undefined ? undefined : readBundle(bundle, tile.width);
      if (result?.ok !== true) break;
      entries.push(...result.entries);
    }
    return entries;
  }

  async #read(path: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#folder, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}

function rowsOf(size: number): (number | "entries")[] {
  return ["entries", ...Array.from({ length: levelsOf(size) }, (_, level) => level)];
}

function bytesOf({ level, index, width }: Tile, tree: HashTree, entries: (from: number, to: number) => readonly Uint8Array[]): Uint8Array {
  if (level !== "entries") return tree.tile(level, index, width);
  return writeBundle(entries(index * TILE_WIDTH, index * TILE_WIDTH + width));
}
