import { EarshotError } from "../../core/errors.ts";

/** A part of a file that is sent in pieces, as the store has it. */
export interface StoredPart {
  /** 1 and up. */
  readonly number: number;
  /** The store's receipt for it. */
  readonly etag: string;
  readonly bytes: number;
}

/** One piece of a file. */
export interface PartToPut {
  readonly key: string;
  readonly uploadId: string;
  /** 1 and up. */
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Where finished recordings are kept: a folder or a bucket. Names are letters, digits, `.`, `_`, `-` and slashes.
 * Every call rejects with `store-away` (asking again may help), `store-refused` (somebody must change something) or the reason of its signal.
 */
export interface BlobStore {
  /** What an operator knows it by; never holds a secret. */
  readonly place: string;
  /** Keeps a whole file; durable when it resolves, and never half there. */
  put(key: string, bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<void>;
  /** The bytes from `offset`, `length` of them or fewer at the end of the file; undefined when there is no such file. */
  read(key: string, range: { readonly offset: number; readonly length: number }, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Length of a file in bytes; undefined when there is none. */
  size(key: string, signal?: AbortSignal): Promise<number | undefined>;
  /** Takes a file away; nothing there is as good. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Names that begin with `prefix`, in no order one may count on. */
  list(prefix: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Begins a file that is sent in parts; resolves to what the store calls it. */
  beginUpload(key: string, signal?: AbortSignal): Promise<string>;
  /** Keeps a part; the same number again replaces it. Resolves to the receipt. */
  putPart(part: PartToPut, signal?: AbortSignal): Promise<string>;
  /** Parts that are there, by number; "unknown" when the store knows no such upload, "unlisted" when it does not say. */
  listParts(key: string, uploadId: string, signal?: AbortSignal): Promise<readonly StoredPart[] | "unknown" | "unlisted">;
  /** Makes the file of its parts, given by their receipts in order. */
  completeUpload(key: string, uploadId: string, etags: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Throws away what was sent of a file; nothing there is as good. */
  abortUpload(key: string, uploadId: string, signal?: AbortSignal): Promise<void>;
}

/** Whether something may be the name of a file: nothing that leads out of a folder or means something in an address. */
export function isKey(key: string): boolean {
  return key.length <= 512 && /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(key);
}

/** @throws `store-refused` for a name no store would take */
export function requireKey(key: string): string {
  if (!isKey(key)) throw new EarshotError("store-refused", { code: "InvalidKey", key: key.slice(0, 100) });
  return key;
}

/** Whether an error is about the store and not about the file: nothing else will fare better there now. */
export function isStoreFault(cause: unknown): cause is EarshotError {
  return cause instanceof EarshotError && (cause.code === "store-away" || cause.code === "store-refused");
}
