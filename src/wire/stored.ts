import { z } from "zod";

/** A file of a recording on its way to the store, or there. */
const storedFile = z.strictObject({
  /** Below the event's folder, with slashes. */
  path: z.string().regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/),
  bytes: z.int().min(0),
  /** Of the whole file, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Whether the store has it whole. */
  stored: z.boolean(),
  /** A sending in parts that is under way: what the store called it, the size of its parts, and the receipt of each part that is there, in order. */
  upload: z.strictObject({ id: z.string(), partBytes: z.int().min(1), etags: z.array(z.string()) }).optional(),
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

/** Name of a file of an event in the store. */
export function storeKey(eventId: string, path: string): string {
  return `events/${eventId}/${path}`;
}
