import { randomBytes } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { StorageSettings } from "../../core/storage-config.ts";
import type { BlobStore } from "./blob-store.ts";
import { readBucketKeys } from "./bucket-keys.ts";
import { openStore } from "./open-store.ts";
import { S3Store } from "./s3-store.ts";

/** How far this machine's clock may be from the store's. Milliseconds: buckets refuse from 15 minutes on, and from 30 s on somebody should look. */
const SKEW_WARNING_MS = 30_000;
const SKEW_PROBLEM_MS = 300_000;
/** Length of the file that is tried. Bytes. */
const TRIAL_BYTES = 1_024;

/** How one check of the store came out, in words. */
export interface StoreFinding {
  readonly check: "Store" | "Store's clock";
  readonly verdict: "ok" | "warning" | "problem";
  readonly found: string;
  readonly action?: string;
}

/** What stands behind a store's refusal, and what to do; `{act}`: what was tried. */
const WORDS: Readonly<Record<string, readonly [found: string, action: string]>> = {
  InvalidAccessKeyId: ["the bucket does not know this key", "correct EARSHOT_BUCKET_KEY or the first line of storage.bucket.secret_file"],
  SignatureDoesNotMatch: ["the secret does not belong to the key", "correct EARSHOT_BUCKET_SECRET or the second line of storage.bucket.secret_file"],
  AccessDenied: [
    "this key may not do that: {act}",
    "allow it s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on what is in it",
  ],
  NoSuchBucket: ["there is no bucket of this name", "make it, or correct storage.bucket.name (and path_style)"],
  RequestTimeTooSkewed: ["this machine's clock is too far from the bucket's", "set the clock and keep it by NTP"],
  PermanentRedirect: ["the bucket lies in another region", "correct storage.bucket.region and endpoint"],
  AuthorizationHeaderMalformed: ["the bucket lies in another region", "correct storage.bucket.region"],
  NoRanges: ["it does not answer requests for a piece of a file", "take a store that speaks HTTP ranges, as Amazon's S3 does"],
  ENOTFOUND: ["its name is not known", "correct storage.bucket.endpoint, or look at this machine's DNS"],
  EAI_AGAIN: ["its name could not be looked up", "look at this machine's DNS"],
  ECONNREFUSED: ["nobody answers there", "start it, or correct storage.bucket.endpoint"],
  TimedOut: ["it did not answer in time", "look at the line and at the store"],
  ENOENT: ["the folder is not there", "make it, mount it, or correct storage.folder"],
  EACCES: ["Earshot may not write there", "give this user the right to write"],
  EROFS: ["it can only be read", "mount it for writing"],
  ENOSPC: ["it is full", "free space there"],
};

/** Tries everything recordings will need of the store and says plainly what it found; nothing when there is no store. */
export async function checkStore(
  storage: StorageSettings,
  world: { readonly environment: Readonly<Record<string, string | undefined>>; readonly clock: Clock },
): Promise<readonly StoreFinding[]> {
  const store = openStore(storage, world);
  if (store === undefined || storage.place === undefined) return [];
  const findings: StoreFinding[] = [];
  try {
    if (storage.place.kind === "bucket") await readBucketKeys(world.environment, storage.place.bucket.secretFile);
    if (store instanceof S3Store) findings.push(...(await clockOf(store, world.clock)));
  } catch (cause) {
    return [problem(store, cause, "answer")];
  }
  return [...findings, await trial(store)];
}

async function clockOf(store: S3Store, clock: Clock): Promise<readonly StoreFinding[]> {
  const { wallMs } = await store.greet();
  if (wallMs === undefined) return [];
  const skew = clock.wallMs() - wallMs;
  const off = Math.abs(skew);
  const found = `${(off / 1000).toFixed(0)} s ${skew < 0 ? "ahead of" : "behind"} this machine's`;
  if (off < SKEW_WARNING_MS) return [{ check: "Store's clock", verdict: "ok", found }];
  const verdict = off < SKEW_PROBLEM_MS ? "warning" : "problem";
  return [{ check: "Store's clock", verdict, found, action: "set the clock and keep it by NTP: a bucket refuses requests of another time" }];
}

/** Writes, reads, lists, sends in parts and deletes a small file. */
async function trial(store: BlobStore): Promise<StoreFinding> {
  const key = `doctor-${randomBytes(8).toString("hex")}`;
  const bytes = new Uint8Array(randomBytes(TRIAL_BYTES));
  let act = "write a file";
  try {
    await store.put(key, bytes);
    act = "read a piece of a file";
    const piece = await store.read(key, { offset: 3, length: 7 });
    if (Buffer.compare(piece ?? new Uint8Array(0), bytes.subarray(3, 10)) !== 0)
      throw new EarshotError("store-refused", { place: store.place, code: "NoRanges" });
    act = "list files";
    if (!(await store.list(key)).includes(key)) throw new EarshotError("store-refused", { place: store.place, code: "NotListed" });
    act = "send a file in parts";
    const uploadId = await store.beginUpload(`${key}-parts`);
    await store.putPart({ key: `${key}-parts`, uploadId, number: 1, bytes });
    act = "list the parts of a file";
    await store.listParts(`${key}-parts`, uploadId);
    act = "give up a file sent in parts";
    await store.abortUpload(`${key}-parts`, uploadId);
    act = "delete a file";
    await store.delete(key);
    if ((await store.size(key)) !== undefined) throw new EarshotError("store-refused", { place: store.place, code: "NotDeleted" });
    return { check: "Store", verdict: "ok", found: `${store.place}: writing, reading, listing, sending in parts and deleting work` };
  } catch (cause) {
    // What could be written should not stay, whatever else is forbidden.
    await store.delete(key).catch(() => {});
    return problem(store, cause, act);
  }
}

function problem({ place }: BlobStore, cause: unknown, act: string): StoreFinding {
  if (!(cause instanceof EarshotError)) throw cause;
  if (cause.code === "config-invalid")
    return { check: "Store", verdict: "problem", found: `${place}: ${String(cause.details.setting)} is missing or wrong`, action: String(cause.details.rule) };
  const code = String(cause.details.code);
  const [found, action] = WORDS[code] ??
    WORDS[code === "HTTP403" ? "AccessDenied" : code === "HTTP301" ? "PermanentRedirect" : ""] ?? [
      `it would not {act}: ${code}`,
      "look at the store's own log for this time",
    ];
  return { check: "Store", verdict: "problem", found: `${place}: ${found.replace("{act}", act)}`, action };
}
