import { z } from "zod";

/** Below the event's folder, with slashes. */
const path = z.string().regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
/** Hex. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** What the store called a sending in parts, the size of the parts, and the receipt of each part that is there, in order. */
const upload = z.strictObject({ id: z.string(), partBytes: z.int().min(1), etags: z.array(z.string()) });

/** A file of a recording on its way to the store, or there. */
const storedFile = z.strictObject({
  path,
  bytes: z.int().min(0),
  /** Of the whole file. */
  sha256,
  /** Whether the store has it whole. */
  stored: z.boolean(),
  /** A sending in parts that is under way. */
  upload: upload.optional(),
});
/** See {@link storedRecord}. */
export type StoredFile = z.infer<typeof storedFile>;

/** `stored.json`: what of an event's recording lies in the store. Written by control, read by the front. Times in milliseconds since the Unix epoch. */
export const storedRecord = z.strictObject({
  version: z.literal(1),
  queuedUnixMs: z.int(),
  files: z.array(storedFile),
  /** When the store had all of it. */
  storedUnixMs: z.int().optional(),
  /** When the sound was taken off this machine's disk; from then on it is read from the store. */
  localRemovedUnixMs: z.int().optional(),
  /** When a deleted recording was gone from the store too. */
  deletedUnixMs: z.int().optional(),
});
/** See {@link storedRecord}. */
export type StoredRecord = z.infer<typeof storedRecord>;

const earlyFile = z.strictObject({
  path,
  upload,
  /** Of each part as it was sent. */
  sha256s: z.array(sha256),
});
/** See {@link earlyRecord}. */
export type EarlyFile = z.infer<typeof earlyFile>;

/** `sending.json`: whole parts of a recording that is still growing which the store has already. Written by control, gone once the finished recording is on its way. */
export const earlyRecord = z.strictObject({ version: z.literal(1), files: z.array(earlyFile) });
/** See {@link earlyRecord}. */
export type EarlyRecord = z.infer<typeof earlyRecord>;

/** Name of a file of an event in the store. */
export function storeKey(eventId: string, path: string): string {
  return `events/${eventId}/${path}`;
}
