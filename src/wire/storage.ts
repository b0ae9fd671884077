import { z } from "zod";

/** `GET /api/storage`: where the house keeps its recordings and what waits. Times in milliseconds since the Unix epoch. */
export const storageAnswer = z.object({
  place: z.string().nullable().meta({ description: "the store besides this machine's disk; null when there is none" }),
  recordingDays: z
    .number()
    .nullable()
    .meta({ description: "days after the end until a recording is deleted where nothing was decided for its event; null keeps it" }),
  localDays: z.number().nullable().meta({ description: "days after the end until a stored recording leaves this machine's disk; null keeps it there" }),
  files: z.number().meta({ description: "files the store lacks" }),
  bytes: z.number().meta({ description: "what of them is still to be sent" }),
  deletions: z.number().meta({ description: "deleted recordings that are still in the store" }),
  waitingSinceUnixMs: z.number().nullable(),
  lost: z
    .object({ sinceUnixMs: z.number(), code: z.enum(["store-away", "store-refused"]), reason: z.string() })
    .nullable()
    .meta({ description: "since when and why the store takes nothing; null while it does" }),
});
/** See {@link storageAnswer}. */
export type StorageAnswer = z.infer<typeof storageAnswer>;
