import { HASH_BYTES, nodeHash, type Sha256, TILE_HEIGHT, TILE_WIDTH } from "./merkle.ts";

/** Leaves the first buffer holds; it doubles when full. */
const FIRST_CAPACITY = 1024;

/**
 * A Merkle tree that grows by leaves and answers roots, proofs and tiles of any size it has had.
 * Keeps the hashes that tiles hold and nothing between: 32 bytes and a 255th per leaf.
 * @spec RFC 6962 §2.1, C2SP tlog-tiles
 */
export class HashTree {
  readonly #sha256: Sha256;
  /** By tile level: the hashes of its full subtrees, one after the other. */
  readonly #levels: { data: Uint8Array; count: number }[] = [];

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** Leaves so far. */
  get size(): number {
    return this.#levels[0]?.count ?? 0;
  }

  /** Adds the hash of the next leaf. */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    for (let level = 0; ; level++) {
      const row = this.#row(level);
      if (row.count * HASH_BYTES === row.data.length) {
        const larger = new Uint8Array(row.data.length * 2);
        larger.set(row.data);
        row.data = larger;
      }
      row.data.set(hash, row.count * HASH_BYTES);
      row.count++;
      if (row.count % TILE_WIDTH !== 0) return;
      hash = this.#fold(level, row.count - TILE_WIDTH, TILE_WIDTH);
    }
  }

  /** Root of the tree of the first `size` leaves. @throws RangeError when there are fewer. */
  root(size = this.size): Uint8Array {
    this.#demand(size);
    return size === 0 ? this.#sha256(new Uint8Array()) : this.#range(0, size);
  }

  /** Proof that the tree of `older` leaves is the beginning of the tree of `newer` leaves. @spec RFC 6962 §2.1.2 */
  consistencyProof(older: number, newer = this.size): Uint8Array[] {
    this.#demand(newer);
    if (!Number.isInteger(older) || older < 0 || older > newer) throw new RangeError(`a tree of ${older} is not within one of ${newer}`);
    if (older === 0 || older === newer) return [];
    const proof: Uint8Array[] = [];
    let [from, to, whole] = [0, newer, true];
    while (older !== to) {
      const middle = from + split(to - from);
      if (older <= middle) {
        proof.unshift(this.#range(middle, to));
        to = middle;
      } else {
        proof.unshift(this.#range(from, middle));
        from = middle;
        whole = false;
      }
    }
    return whole ? proof : [this.#range(from, to), ...proof];
  }

  /** The hashes of a tile, `width` of them one after the other. @throws RangeError when the tree is smaller. */
  tile(level: number, index: number, width: number): Uint8Array {
    const row = this.#levels[level];
    const from = index * TILE_WIDTH;
    if (row === undefined || from + width > row.count) throw new RangeError(`no tile ${level}/${index} of ${width} hashes`);
    return row.data.slice(from * HASH_BYTES, (from + width) * HASH_BYTES);
  }

  #demand(size: number): void {
    if (!Number.isInteger(size) || size < 0 || size > this.size) throw new RangeError(`no tree of ${size} leaves among ${this.size}`);
  }

  #row(level: number): { data: Uint8Array; count: number } {
    this.#levels[level] ??= { data: new Uint8Array((FIRST_CAPACITY >> (level === 0 ? 0 : 4)) * HASH_BYTES), count: 0 };
    return this.#levels[level];
  }

  /** Hash over leaves `[from, to)`; `from` is a multiple of the subtree's width as RFC 6962 cuts it. */
  #range(from: number, to: number): Uint8Array {
    const length = to - from;
    const height = Math.log2(length);
    if (Number.isInteger(height)) {
      const level = Math.floor(height / TILE_HEIGHT);
      const below = TILE_WIDTH ** level;
      return this.#fold(level, from / below, length / below);
    }
    const middle = from + split(length);
    return nodeHash(this.#sha256, this.#range(from, middle), this.#range(middle, to));
  }

  /** Hash over `width` (a power of two) neighbouring hashes of a level. */
  #fold(level: number, first: number, width: number): Uint8Array {
    const row = this.#row(level);
    let hashes = Array.from({ length: width }, (_, index) => row.data.subarray((first + index) * HASH_BYTES, (first + index + 1) * HASH_BYTES));
    while (hashes.length > 1) {
      const parents: Uint8Array[] = [];
      for (let index = 0; index < hashes.length; index += 2) parents.push(nodeHash(this.#sha256, hashes[index] as Uint8Array, hashes[index + 1] as Uint8Array));
      hashes = parents;
    }
    return (hashes[0] as Uint8Array).slice();
  }
}

/** Largest power of two smaller than `length`. */
function split(length: number): number {
  let half = 1;
  while (half * 2 < length) half *= 2;
  return half;
}
