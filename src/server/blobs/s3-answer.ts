import { EarshotError } from "../../core/errors.ts";
import type { StoredPart } from "./blob-store.ts";

/** Longest answer that is read. Bytes; a thousand names take about 400 KB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** What a bucket says when it wants to be asked again later. */
const LATER = new Set(["InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "RequestTimeTooSlow", "OperationAborted"]);

/** A page of names. */
export interface ListPage {
  readonly keys: readonly string[];
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined;
}

/** An answer's text. @throws `store-refused` when it is longer than any answer of a bucket */
export async function readText(response: Response): Promise<string> {
  if (Number(response.headers.get("content-length") ?? 0) > MAX_ANSWER_BYTES) throw new EarshotError("store-refused", { code: "AnswerTooLong" });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new EarshotError("store-refused", { code: "AnswerTooLong" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What stands in the first element of this name; undefined when there is none. Buckets write flat XML without comments, so no more is read than that. */
export function textOf(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? undefined : unescapeXml(found);
}

/** Names in a list, version 2. @spec Amazon S3 API, ListObjectsV2 */
export function readListPage(xml: string): ListPage {
  const keys = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry = ""]) => textOf(entry, "Key") ?? "");
  return { keys, next: textOf(xml, "IsTruncated") === "true" ? textOf(xml, "NextContinuationToken") : undefined };
}

/** Parts of an upload, and the number after which to go on. @spec Amazon S3 API, ListParts */
export function readPartPage(xml: string): { readonly parts: readonly StoredPart[]; readonly next: string | undefined } {
  const parts = [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map(([, entry = ""]) => ({
    number: Number(textOf(entry, "PartNumber")),
    etag: textOf(entry, "ETag") ?? "",
    bytes: Number(textOf(entry, "Size")),
  }));
  return { parts, next: textOf(xml, "IsTruncated") === "true" ? textOf(xml, "NextPartNumberMarker") : undefined };
}

/** The body that makes a file of its parts. @spec Amazon S3 API, CompleteMultipartUpload */
export function completionOf(etags: readonly string[]): string {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
}

/** The error a refusal becomes. `text`: the body of the answer; the answer to HEAD has none. @spec Amazon S3 API, error responses */
export function refusalOf(place: string, status: number, text: string, serverDate: string | null): EarshotError {
  const code = (textOf(text, "Code") ?? `HTTP${status}`).slice(0, 60);
  const details = { place, status, code, ...(serverDate === null ? {} : { server_date: serverDate.slice(0, 40) }) };
  const later = status === 429 || status >= 500 || LATER.has(code);
  return new EarshotError(later && code !== "NotImplemented" ? "store-away" : "store-refused", details);
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-fA-F]{1,5})|(quot|apos|lt|gt|amp));/g, (_, decimal?: string, hex?: string, name?: string) =>
    name !== undefined ? (named[name] ?? "") : String.fromCodePoint(decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? "0", 16)),
  );
}
