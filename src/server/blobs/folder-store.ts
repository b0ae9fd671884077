import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { EarshotError } from "../../core/errors.ts";
import { syncFolder, writeDurably } from "../adapters/durable-file.ts";
import { type BlobStore, type PartToPut, requireKey, type StoredPart } from "./blob-store.ts";

/** Folder of files that are sent in parts; no key begins with a dot. */
const UPLOADS = ".uploads";
/** Errors that mean "not now": a share that is gone, a disk that fails. Everything else somebody must mend. */
const AWAY = new Set(["EIO", "ESTALE", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENOTCONN", "ENODEV", "ENXIO"]);

/** Recordings in a folder, such as another disk or a network share. The folder itself must be there: one that is not is a share that is not mounted. */
export class FolderStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  get place(): string {
    return this.#root;
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<void> {
    await this.#do(signal, async () => {
      const path = join(this.#root, requireKey(key));
      await this.#makeFolder(dirname(path));
      await writeDurably(path, bytes);
    });
  }

  async read(key: string, { offset, length }: { readonly offset: number; readonly length: number }, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return await this.#do(signal, async () => {
      await using file = await open(join(this.#root, requireKey(key)), "r").catch(nothingThere);
      if (file === undefined) return undefined;
      const bytes = new Uint8Array(Math.max(0, Math.min(length, (await file.stat()).size - offset)));
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    });
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    return await this.#do(signal, async () => {
      const found = await stat(join(this.#root, requireKey(key))).catch(nothingThere);
      return found?.isFile() === true ? found.size : undefined;
    });
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#do(signal, async () => {
      const path = join(this.#root, requireKey(key));
      await rm(path, { force: true });
      await syncFolder(dirname(path)).catch(nothingThere);
    });
  }

  async list(prefix: string, signal?: AbortSignal): Promise<readonly string[]> {
    return await this.#do(signal, async () => {
      // The deepest folder that every such name lies in.
      const folder = join(this.#root, ...prefix.split("/").slice(0, -1));
      const entries = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(nothingThere)) ?? [];
      return entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith(".tmp"))
        .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .filter((key) => key.startsWith(prefix) && !key.startsWith(`${UPLOADS}/`));
    });
  }

  async beginUpload(key: string, signal?: AbortSignal): Promise<string> {
    return await this.#do(signal, async () => {
      requireKey(key);
      const uploadId = randomBytes(16).toString("hex");
      await this.#makeFolder(this.#uploadFolder(uploadId));
      return uploadId;
    });
  }

  async putPart({ uploadId, number, bytes }: PartToPut, signal?: AbortSignal): Promise<string> {
    return await this.#do(signal, async () => {
      await writeDurably(join(this.#uploadFolder(uploadId), String(number)), bytes).catch((cause: unknown) => {
        if (nothingThere(cause) === undefined) throw new EarshotError("store-refused", { code: "NoSuchUpload" }, cause);
      });
      return receipt(bytes);
    });
  }

  async listParts(_key: string, uploadId: string, signal?: AbortSignal): Promise<readonly StoredPart[] | "unknown"> {
    return await this.#do(signal, async () => {
      const folder = this.#uploadFolder(uploadId);
      const names = await readdir(folder).catch(nothingThere);
      if (names === undefined) return "unknown";
      const numbers = names.filter((name) => /^\d{1,5}$/.test(name)).map(Number);
      numbers.sort((a, b) => a - b);
      const parts: StoredPart[] = [];
      for (const number of numbers) {
        const bytes = await readFile(join(folder, String(number)));
        parts.push({ number, etag: receipt(bytes), bytes: bytes.length });
      }
      return parts;
    });
  }

  async completeUpload(key: string, uploadId: string, etags: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#do(signal, async () => {
      const path = join(this.#root, requireKey(key));
      const folder = this.#uploadFolder(uploadId);
      await this.#makeFolder(dirname(path));
      const temporary = join(folder, "whole.tmp");
      await using file = await open(temporary, "w");
      for (const [index, etag] of etags.entries()) {
        const bytes = await readFile(join(folder, String(index + 1)));
        if (receipt(bytes) !== etag) throw new EarshotError("store-refused", { code: "InvalidPart", part: index + 1 });
        await file.appendFile(bytes);
      }
      await file.sync();
      await rename(temporary, path);
      await syncFolder(dirname(path));
      await rm(folder, { recursive: true, force: true });
    });
  }

  async abortUpload(_key: string, uploadId: string, signal?: AbortSignal): Promise<void> {
    await this.#do(signal, () => rm(this.#uploadFolder(uploadId), { recursive: true, force: true }));
  }

  #uploadFolder(uploadId: string): string {
    if (!/^[0-9a-f]{32}$/.test(uploadId)) throw new EarshotError("store-refused", { code: "NoSuchUpload" });
    return join(this.#root, UPLOADS, uploadId);
  }

  /** Makes a folder whose name survives a power cut. */
  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
  }

  async #do<Value>(signal: AbortSignal | undefined, act: () => Promise<Value>): Promise<Value> {
    signal?.throwIfAborted();
    try {
      // Else a share that is not mounted would be made anew beside it, on the wrong disk.
      await stat(this.#root);
      return await act();
    } catch (cause) {
      if (cause instanceof EarshotError) throw cause;
      const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
      throw new EarshotError(AWAY.has(code) || code === "ENOENT" ? "store-away" : "store-refused", { place: this.place, code }, cause);
    }
  }
}

function receipt(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Passes on every trouble but that a file is not there. */
function nothingThere(cause: unknown): undefined {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw cause;
}
