import { open } from "node:fs/promises";
import { relative, sep } from "node:path";
import { Readable } from "node:stream";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { storeKey, type StoredFile, type StoredRecord } from "../../wire/stored.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { readStored } from "../blobs/stored-files.ts";
import { eventFiles } from "../stage/event-files.ts";
import { BlobCache } from "./blob-cache.ts";
import type { ByteRange } from "./byte-range.ts";
import { Memo } from "./memo.ts";

/** How long what was read of where a recording lies is used again. Milliseconds. */
const MEMO_MS = 1_000;

/** A rendition's file of an ended event, wherever it lies. Closed by whoever opened it; a stream closes it at its own end. */
export interface SoundFile extends AsyncDisposable {
  /** Length in bytes. */
  readonly size: number;
  /** Name of its content for caches, in quotes; the same for the same bytes as long as they stay where they are. */
  readonly etag: string;
  /** The bytes from `offset`, `length` of them or fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Both ends included. */
  stream(range: ByteRange): Readable;
}

/** What finds recordings: on this disk first, else in the store. */
export class SoundFiles {
  readonly #dataFolder: string;
  readonly #records: Memo<StoredRecord | undefined>;
  /** Undefined when recordings are kept on this disk alone. */
  readonly cache: BlobCache | undefined;

  constructor({ dataFolder, store, clock }: { readonly dataFolder: string; readonly store: BlobStore | undefined; readonly clock: Clock }) {
    this.#dataFolder = dataFolder;
    this.#records = new Memo(clock);
    this.cache = store === undefined ? undefined : new BlobCache(store);
  }

  /** Opens a file of sound of an event's archive; `path`: where it lies or lay on this disk. @throws `replay-not-ready` when it is nowhere, `store-refused` when it lies in a store the settings no longer name */
  async open(eventId: string, path: string): Promise<SoundFile> {
    const local = await openLocal(path);
    if (local !== undefined) return local;
    const record = await this.#records.get(eventId, MEMO_MS, () => readStored(this.#dataFolder, eventId));
    const name = relative(eventFiles(this.#dataFolder, eventId).folder, path).split(sep).join("/");
    const file = record?.files.find((one) => one.path === name && one.stored);
    if (file === undefined) throw new EarshotError("replay-not-ready");
    if (this.cache === undefined)
      throw new EarshotError("store-refused", { code: "NoStore", rule: "storage.folder or storage.bucket as it was when the recording was stored" });
    return inStore(this.cache, eventId, file);
  }
}

async function openLocal(path: string): Promise<SoundFile | undefined> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  const { size, mtimeMs } = await handle.stat();
  return {
    size,
    etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
    read: async (offset, length) => {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    stream: (range) => handle.createReadStream(range),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function inStore(cache: BlobCache, eventId: string, { path, bytes, sha256 }: StoredFile): SoundFile {
  const blob = { key: storeKey(eventId, path), bytes };
  return {
    size: bytes,
    etag: `"${sha256.slice(0, 32)}"`,
    read: async (offset, length) => await cache.read(blob, offset, Math.max(0, Math.min(length, bytes - offset))),
    stream: (range) => Readable.from(cache.stream(blob, range), { objectMode: false }),
    [Symbol.asyncDispose]: async () => {},
  };
}
