import { EarshotError } from "../../core/errors.ts";
import type { BlobStore } from "../blobs/blob-store.ts";

/** What is asked of the store at a time. Bytes: some five segments of a replay, so that a hundred listeners cost one request in half a minute. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks kept. 16 MiB in each front. */
const BLOCKS = 64;
/** Requests to the store at the same time, and blocks that may wait for one. */
const PARALLEL = 8;
const MOST_WAITING = 256;

/** A file in the store. */
export interface StoredBlob {
  readonly key: string;
  /** Length in bytes. */
  readonly bytes: number;
}

/** Reads files of the store in blocks that are shared by everybody who asks, with a bounded memory. */
export class BlobCache {
  readonly #store: BlobStore;
  readonly #blocks = new Map<string, Promise<Uint8Array>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  /** Requests to the store, and those that failed, since the start. */
  requests = 0;
  failures = 0;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** The bytes from `offset`, `length` of them; both within the file. @throws `store-away`, `store-refused`, `busy` */
  async read(blob: StoredBlob, offset: number, length: number): Promise<Uint8Array> {
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + Math.max(1, length) - 1) / BLOCK_BYTES);
    if (first === last) return (await this.#block(blob, first)).subarray(offset - first * BLOCK_BYTES, offset - first * BLOCK_BYTES + length);
    const bytes = new Uint8Array(length);
    for (let index = first; index <= last; index++) {
      const block = await this.#block(blob, index);
      const from = Math.max(offset, index * BLOCK_BYTES);
      const to = Math.min(offset + length, index * BLOCK_BYTES + block.length);
      bytes.set(block.subarray(from - index * BLOCK_BYTES, to - index * BLOCK_BYTES), from - offset);
    }
    return bytes;
  }

  /** The bytes from `start` to `end`, both included, piece by piece as the reader takes them. */
  async *stream(blob: StoredBlob, { start, end }: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    for (let at = start; at <= end; ) {
      const to = Math.min(end + 1, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
      yield await this.read(blob, at, to - at);
      at = to;
    }
  }

  #block(blob: StoredBlob, index: number): Promise<Uint8Array> {
    const name = `${blob.key} ${index}`;
    const known = this.#blocks.get(name);
    this.#blocks.delete(name);
    const block = known ?? this.#fetch(blob, index);
    this.#blocks.set(name, block);
    if (this.#blocks.size > BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value as string);
    // A failure is for those who waited for it; the next one asks again.
    if (known === undefined)
      block.catch(() => {
        if (this.#blocks.get(name) === block) this.#blocks.delete(name);
      });
    return block;
  }

  async #fetch({ key, bytes }: StoredBlob, index: number): Promise<Uint8Array> {
    const offset = index * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, bytes - offset);
    await this.#turn();
    this.requests++;
    try {
      const found = await this.#store.read(key, { offset, length });
      if (found?.length !== length)
        throw new EarshotError("store-refused", { place: this.#store.place, code: found === undefined ? "NoSuchKey" : "WrongLength" });
      return found;
    } catch (cause) {
      this.failures++;
      throw cause;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#busy >= PARALLEL) {
      if (this.#waiting.length >= MOST_WAITING) throw new EarshotError("busy");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#busy++;
  }
}
