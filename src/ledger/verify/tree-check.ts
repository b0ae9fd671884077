import type { LedgerSource } from "./source.ts";
import type { Findings } from "./finding.ts";
import type { HashTree } from "./hash-tree.ts";
import { HASH_BYTES, sameBytes, TILE_WIDTH } from "./merkle.ts";
import { levelsOf, readBundle, type Tile, tilePath, tilesOf } from "./tiles.ts";

/** Reads every entry of the tree in order; undefined in place of a bundle that is missing or damaged, which ends the reading. */
export async function* readEntries(source: LedgerSource, size: number, findings: Findings): AsyncGenerator<Uint8Array> {
  for (const tile of tilesOf(size, "entries")) {
    const path = tilePath(tile);
    const bundle = await readEntryBundle(source, tile);
    if (bundle === undefined) return findings.add("unreadable", path);
    const result = readBundle(bundle, tile.width);
    if (!result.ok) return findings.add("bundle-malformed", `${path}, byte ${result.offset}: ${result.code}`);
    yield* result.entries;
  }
}

/** Compares every tile that is served with the hashes of the entries. */
export async function checkTiles(source: LedgerSource, tree: HashTree, findings: Findings): Promise<void> {
  for (let level = 0; level < levelsOf(tree.size); level++) {
    for (const tile of tilesOf(tree.size, level)) {
      const served = (await source.read(tilePath(tile))) ?? (await readBeginning(source, tile));
      if (served === undefined) findings.add("unreadable", tilePath(tile));
      else if (!sameBytes(served, tree.tile(level, tile.index, tile.width))) findings.add("tile-differs", tilePath(tile));
    }
  }
}

/** Compares the partial tiles and bundles of earlier checkpoints; they may go once the full tile is there, and must stay until then. */
export async function checkFormerTiles(
  source: LedgerSource,
  tree: HashTree,
  sizes: readonly number[],
  lastBundle: readonly Uint8Array[],
  findings: Findings,
): Promise<void> {
  const seen = new Set<string>();
  for (const size of sizes) {
    for (const row of ["entries", ...Array.from({ length: levelsOf(size) }, (_, level) => level)] as const) {
      const tile = tilesOf(size, row).at(-1);
      if (tile === undefined || tile.width === TILE_WIDTH) continue;
      const current = tilesOf(tree.size, row)[tile.index];
      const path = tilePath(tile);
      if (current?.width === TILE_WIDTH || current?.width === tile.width || seen.has(path)) continue;
      seen.add(path);
      const served = await source.read(path);
      if (served === undefined) findings.add("partial-tile-missing", path);
      else if (row === "entries" ? !isBundleOf(served, lastBundle.slice(0, tile.width)) : !isTileOf(served, tree, tile)) findings.add("tile-differs", path);
    }
  }
}

function isTileOf(served: Uint8Array, tree: HashTree, { level, index, width }: Tile): boolean {
  return served.length === width * HASH_BYTES && sameBytes(served, tree.tile(level as number, index, width));
}

function isBundleOf(served: Uint8Array, entries: readonly Uint8Array[]): boolean {
  const result = readBundle(served, entries.length);
  return result.ok && result.entries.every((entry, index) => sameBytes(entry, entries[index] as Uint8Array));
}

/** A partial tile's hashes out of the full one, which takes its place when the ledger grows. */
async function readBeginning(source: LedgerSource, tile: Tile): Promise<Uint8Array | undefined> {
  if (tile.width === TILE_WIDTH) return undefined;
  return (await source.read(tilePath({ ...tile, width: TILE_WIDTH })))?.subarray(0, tile.width * HASH_BYTES);
}

/** A bundle as the checkpoint's size demands it; a ledger that has grown since may serve the full one instead. */
async function readEntryBundle(source: LedgerSource, tile: Tile): Promise<Uint8Array | undefined> {
  const served = await source.read(tilePath(tile));
  if (served !== undefined || tile.width === TILE_WIDTH) return served;
  const full = await source.read(tilePath({ ...tile, width: TILE_WIDTH }));
  const result = full === undefined ? undefined : readBundle(full, TILE_WIDTH);
  if (full === undefined || result === undefined || !result.ok) return undefined;
  const length = result.entries.slice(0, tile.width).reduce((sum, entry) => sum + 2 + entry.length, 0);
  return full.subarray(0, length);
}
