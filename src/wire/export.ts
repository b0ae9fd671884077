import { z } from "zod";
import { VISIBILITIES } from "./public-state.ts";
import { DESCRIPTION_MAX, NAME_MAX, TITLE_MAX } from "./api.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, ROLES } from "./room.ts";

/** Files an export can hold: three recordings with their index, marks, and a ledger of many small files. */
const FILES_MAX = 20_000;

/** An exported event as it was announced. */
const exportedEvent = z.object({
  id: z.string().regex(/^[0-9a-zA-Z-]{1,64}$/, { error: "letters, digits and hyphens" }),
  slug: z.string().regex(/^[a-z0-9-]{1,80}$/, { error: "lower-case letters, digits and hyphens" }),
  title: z.string().min(1).max(TITLE_MAX),
  description: z.string().max(DESCRIPTION_MAX),
  language: z.string().max(35),
  startDate: z.iso.datetime({ offset: true }),
  doorTime: z.iso.datetime({ offset: true }),
  visibility: z.enum(VISIBILITIES).default("public"),
  speakers: z.array(z.object({ name: z.string().min(1).max(NAME_MAX), role: z.enum(ROLES) })).max(FLOOR_MAX + INTERPRETERS_MAX),
  /** Languages it was interpreted into, when it was. */
  interpretation: z.object({ floor: z.string().max(35), into: z.array(z.string().regex(/^[\w-]{2,35}$/)).max(20) }).optional(),
  originUnixMs: z.number(),
  endedUnixMs: z.number(),
});

/** `earshot-export.json`: what an exported folder holds, every file with its fingerprint. */
export const exportManifest = z.object({
  version: z.literal(1),
  event: exportedEvent,
  files: z
    .array(
      z.object({
        /** Below the folder, with slashes; no step upwards. */
        path: z.string().regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/, { error: "a path inside the folder" }),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(FILES_MAX),
});
/** See {@link exportManifest}. */
export type ExportManifest = z.infer<typeof exportManifest>;
