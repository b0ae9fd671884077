import { TILE_WIDTH } from "./merkle.ts";

/** Longest entry a bundle can hold. Bytes; its length is written in 16 bits. @spec C2SP tlog-tiles "Log entries" */
export const MAX_ENTRY_BYTES = 65_535;

/** A tile or entry bundle: `level` of the tree or "entries", `index` in its row, `width` from 1 to 256. */
export interface Tile {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** Path of a tile under the ledger's address: `tile/0/x001/234.p/5`. @spec C2SP tlog-tiles */
export function tilePath({ level, index, width }: Tile): string {
  const groups: string[] = [];
  for (let rest = index; ; rest = Math.floor(rest / 1000)) {
    const digits = String(rest % 1000).padStart(3, "0");
    groups.unshift(groups.length === 0 ? digits : `x${digits}`);
    if (rest < 1000) break;
  }
  return `tile/${level}/${groups.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** Every tile and bundle of a tree, from its beginning to its end. @spec C2SP tlog-tiles "Partial Tiles" */
export function tilesOf(size: number, row: number | "entries"): Tile[] {
  const count = row === "entries" ? size : Math.floor(size / TILE_WIDTH ** row);
  const tiles: Tile[] = [];
  for (let index = 0; index * TILE_WIDTH < count; index++) tiles.push({ level: row, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) });
  return tiles;
}

/** Tile levels a tree of `size` leaves has. */
export function levelsOf(size: number): number {
  let levels = 0;
  while (size >= TILE_WIDTH ** levels) levels++;
  return levels;
}

/** Writes entries as a bundle: each with its length in two bytes, high byte first. */
export function writeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 0xff;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** What reading a bundle gives. `offset` is where it stopped making sense. */
export type BundleResult =
  | { readonly ok: true; readonly entries: Uint8Array[] }
  | { readonly ok: false; readonly code: "bundle-torn" | "bundle-long" | "bundle-short"; readonly offset: number };

/** Reads a bundle of exactly `width` entries. Never throws. */
export function readBundle(bundle: Uint8Array, width: number): BundleResult {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    if (entries.length === width) return { ok: false, code: "bundle-long", offset: at };
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0);
    if (at + 2 + length > bundle.length) return { ok: false, code: "bundle-torn", offset: at };
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries.length === width ? { ok: true, entries } : { ok: false, code: "bundle-short", offset: at };
}
