import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { Clock } from "../../core/clock.ts";
import type { BucketSettings } from "../../core/storage-config.ts";
import { EarshotError } from "../../core/errors.ts";
import { type BlobStore, isKey, type PartToPut, requireKey, type StoredPart } from "./blob-store.ts";
import type { BucketKeys } from "./bucket-keys.ts";
import { completionOf, readListPage, readPartPage, readText, refusalOf, textOf } from "./s3-answer.ts";

/** Longest wait for a short answer. Milliseconds; a bucket that takes longer is as good as away. */
const ANSWER_MS = 15_000;
/** Longest time for sending a part or for putting a file together. Milliseconds; 8 MB take two minutes on a line of half a megabit. */
const TRANSFER_MS = 150_000;
/** Pages of a list at most. A thousand names each; no event has a hundred files. */
const MAX_PAGES = 100;

/** How the bucket is reached. */
export interface S3StoreOptions {
  readonly bucket: BucketSettings;
  /** Asked before each request, so that keys can be changed without a restart. */
  readonly keys: () => Promise<BucketKeys>;
  readonly clock: Clock;
  /** Sends a signed request; tests put a line of their own in its place. */
  readonly send?: (request: Request) => Promise<Response>;
}

interface Asked {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly limitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Codes that are answers here, not failures. */
  readonly accept?: readonly (number | string)[];
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** What the bucket calls the refusal; empty when it is none. */
  readonly code: string;
}

/** Recordings in a bucket. Every body carries its SHA-256 in the signature, so that a byte changed on the way is refused. @spec Amazon S3 API; AWS Signature Version 4 */
export class S3Store implements BlobStore {
  readonly #options: S3StoreOptions;
  #client: { readonly keys: BucketKeys; readonly client: AwsClient } | undefined;

  constructor(options: S3StoreOptions) {
    this.#options = options;
  }

  get place(): string {
    const { endpoint, name, prefix } = this.#options.bucket;
    return `${new URL(endpoint).host}/${name}${prefix === "" ? "" : `/${prefix}`}`;
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<void> {
    await this.#ask({ method: "PUT", key, body: bytes, limitMs: TRANSFER_MS, signal });
  }

  async read(key: string, { offset, length }: { readonly offset: number; readonly length: number }, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const headers = { range: `bytes=${offset}-${offset + length - 1}` };
    const { status, bytes, code } = await this.#ask({ method: "GET", key, headers, signal, accept: [404, 416] });
    if (code === "NoSuchKey") return undefined;
    if (status === 416) return new Uint8Array(0);
    if (status !== 206 || bytes.length > length) throw new EarshotError("store-refused", { place: this.place, status, code: code || "NoRanges" });
    return bytes;
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    const { status, headers } = await this.#ask({ method: "HEAD", key, signal, accept: [404] });
    return status === 404 ? undefined : Number(headers.get("content-length"));
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#ask({ method: "DELETE", key, signal, accept: ["NoSuchKey"] });
  }

  async list(prefix: string, signal?: AbortSignal): Promise<readonly string[]> {
    const own = this.#named("");
    const keys: string[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = { "list-type": "2", prefix: own + prefix, ...(token === undefined ? {} : { "continuation-token": token }) };
      const { bytes } = await this.#ask({ method: "GET", query, signal });
      const found = readListPage(Buffer.from(bytes).toString("utf8"));
      // A bucket may hold more than ours; a name that is none of ours is never touched.
      for (const key of found.keys) if (key.startsWith(own + prefix) && isKey(key.slice(own.length))) keys.push(key.slice(own.length));
      token = found.next;
      if (token === undefined) return keys;
    }
    throw new EarshotError("store-refused", { place: this.place, code: "ListTooLong" });
  }

  async beginUpload(key: string, signal?: AbortSignal): Promise<string> {
    const { bytes } = await this.#ask({ method: "POST", key, query: { uploads: "" }, signal });
    const uploadId = textOf(Buffer.from(bytes).toString("utf8"), "UploadId");
    if (uploadId === undefined || uploadId === "") throw new EarshotError("store-refused", { place: this.place, code: "NoUploadId" });
    return uploadId;
  }

  async putPart({ key, uploadId, number, bytes }: PartToPut, signal?: AbortSignal): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const { headers } = await this.#ask({ method: "PUT", key, query, body: bytes, limitMs: TRANSFER_MS, signal });
    const etag = headers.get("etag");
    if (etag === null) throw new EarshotError("store-refused", { place: this.place, code: "NoETag" });
    return etag;
  }

  async listParts(key: string, uploadId: string, signal?: AbortSignal): Promise<readonly StoredPart[] | "unknown" | "unlisted"> {
    const parts: StoredPart[] = [];
    let marker: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = { uploadId, ...(marker === undefined ? {} : { "part-number-marker": marker }) };
      const { status, bytes, code } = await this.#ask({ method: "GET", key, query, signal, accept: ["NoSuchUpload", 405, 501] });
      if (code === "NoSuchUpload") return "unknown";
      if (status !== 200) return "unlisted";
      const found = readPartPage(Buffer.from(bytes).toString("utf8"));
      parts.push(...found.parts);
      marker = found.next;
      if (marker === undefined) return parts;
    }
    throw new EarshotError("store-refused", { place: this.place, code: "ListTooLong" });
  }

  async completeUpload(key: string, uploadId: string, etags: readonly string[], signal?: AbortSignal): Promise<void> {
    const body = new Uint8Array(Buffer.from(completionOf(etags)));
    const { status, bytes } = await this.#ask({ method: "POST", key, query: { uploadId }, body, limitMs: TRANSFER_MS, signal });
    const text = Buffer.from(bytes).toString("utf8");
    // The bucket answers 200 before it knows, and says in the body when it failed.
    if (/<Error[\s>]/.test(text)) throw refusalOf(this.place, status, text, null);
  }

  async abortUpload(key: string, uploadId: string, signal?: AbortSignal): Promise<void> {
    await this.#ask({ method: "DELETE", key, query: { uploadId }, signal, accept: ["NoSuchUpload"] });
  }

  /** The bucket's clock, in milliseconds since the Unix epoch, and what it says to a request for a name nobody has. For `earshot doctor`. */
  async greet(signal?: AbortSignal): Promise<{ readonly status: number; readonly code: string; readonly wallMs: number | undefined }> {
    const { status, code, headers } = await this.#ask({
      method: "GET",
      query: { "list-type": "2", "max-keys": "1" },
      signal,
      accept: [301, 307, 400, 403, 404],
    });
    const date = Date.parse(headers.get("date") ?? "");
    return { status, code, wallMs: Number.isNaN(date) ? undefined : date };
  }

  #named(key: string): string {
    const { prefix } = this.#options.bucket;
    return prefix === "" ? key : `${prefix}/${key}`;
  }

  #address({ key, query = {} }: Asked): string {
    const { endpoint, name, pathStyle } = this.#options.bucket;
    const url = new URL(endpoint);
    if (!pathStyle) url.hostname = `${name}.${url.hostname}`;
    const path = [...(pathStyle ? [name] : []), ...(key === undefined ? [] : [this.#named(requireKey(key))])].join("/");
    // No slash after the bucket: some servers then look for a file without a name.
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
    return url.href;
  }

  async #ask(asked: Asked): Promise<Answered> {
    try {
      return await this.#askOnce(asked);
    } catch (cause) {
      // A connection kept for the next request may be closed by the far side just then; what may be asked twice is asked again on a new one.
      if (asked.method === "POST" || !(cause instanceof EarshotError) || !CLOSED.has(String(cause.details.code))) throw cause;
      return await this.#askOnce(asked);
    }
  }

  async #askOnce(asked: Asked): Promise<Answered> {
    const { clock, send = fetch } = this.#options;
    const { method, headers = {}, body, limitMs = ANSWER_MS, accept = [] } = asked;
    const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ...(asked.signal === undefined ? [] : [asked.signal])]);
    const request = await (await this.#signer()).sign(this.#address(asked), {
      method,
      headers: {
        ...headers,
        "x-amz-content-sha256": createHash("sha256")
          .update(body ?? "")
          .digest("hex"),
      },
      ...(body === undefined ? {} : { body }),
      // Our keys go where the operator said, nowhere else.
      redirect: "manual",
      signal,
      aws: { datetime: new Date(clock.wallMs()).toISOString().replace(/[:-]|\.\d{3}/g, "") },
    });
    try {
      const response = await send(request);
      const { status } = response;
      if (response.ok) return { status, headers: response.headers, bytes: await readBytes(response), code: "" };
      const text = await readText(response);
      const refusal = refusalOf(this.place, status, text, response.headers.get("date"));
      const code = String(refusal.details.code);
      if (!accept.includes(status) && !accept.includes(code)) throw refusal;
      // A missing bucket is no missing file.
      if (code === "NoSuchBucket" && !accept.includes(301)) throw refusal;
      return { status, headers: response.headers, bytes: new Uint8Array(0), code: code === "HTTP404" ? "NoSuchKey" : code };
    } catch (cause) {
      asked.signal?.throwIfAborted();
      if (cause instanceof EarshotError) throw cause;
      throw new EarshotError("store-away", { place: this.place, code: failureOf(cause) }, cause);
    }
  }

  async #signer(): Promise<AwsClient> {
    const keys = await this.#options.keys();
    if (this.#client?.keys.id === keys.id && this.#client.keys.secret === keys.secret) return this.#client.client;
    const client = new AwsClient({ accessKeyId: keys.id, secretAccessKey: keys.secret, service: "s3", region: this.#options.bucket.region, retries: 0 });
    this.#client = { keys, client };
    return client;
  }
}

async function readBytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

/** Codes of a connection that ended before an answer came. */
const CLOSED: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Why nothing came back, in the fewest words: the system's own code where there is one. */
function failureOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  if (cause.name === "TimeoutError") return "TimedOut";
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  return ((inner as NodeJS.ErrnoException).code ?? inner.name).slice(0, 60);
}
