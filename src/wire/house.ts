import { z } from "zod";
import { houseFields } from "../core/house-config.ts";
import { publicPicture } from "./picture.ts";

const { name, accent, accentDark, pageUrl, languages } = houseFields;

/** `PATCH /api/house`: what is absent stays; null takes it back to what the settings file says. */
export const houseEdit = z.strictObject({
  name: name.nullable().optional(),
  accent: accent.nullable().optional(),
  accentDark: accentDark.nullable().optional(),
  imprintUrl: pageUrl.nullable().optional(),
  privacyUrl: pageUrl.nullable().optional(),
  languages: languages.nullable().optional(),
});
/** A checked {@link houseEdit}. */
export type HouseEdit = z.infer<typeof houseEdit>;

/** What every page of the house shows of it; `public/house.json`. */
export const houseLook = z.object({
  name: z.string(),
  accent: z.string().nullable(),
  accentDark: z.string().nullable(),
  logo: publicPicture.nullable(),
  imprintUrl: z.string().nullable(),
  privacyUrl: z.string().nullable(),
  languages: z.array(z.enum(["en", "de"])),
});
/** What every page of the house shows of it. */
export type HouseLook = z.infer<typeof houseLook>;

/** `GET /api/house/health`: what the operator reads at a glance. */
export const houseHealth = z.object({
  version: z.string(),
  upSeconds: z.number(),
  processes: z.array(z.object({ name: z.string(), ready: z.boolean(), restarts: z.int() })),
  edges: z
    .array(
      z.object({
        name: z.string(),
        connected: z.boolean(),
        sinceUnixMs: z.number().nullable(),
        listeningNow: z.number().nullable(),
        asOfUnixMs: z.number().nullable(),
      }),
    )
    .meta({
      description:
        "servers elsewhere: since when each is connected or away, null when it has not come since the start; who listens there, null while it counted nothing in the last windows",
    }),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number(), reserveBytes: z.number() }),
  failures: z
    .object({ files: z.int(), rounds: z.int() })
    .meta({ description: "public files that could not be written and rounds of control that failed, since its start" }),
  live: z.array(z.object({ slug: z.string(), title: z.string(), listeningNow: z.number().nullable(), asOfUnixMs: z.number().nullable() })),
});
/** What the operator reads at a glance. */
export type HouseHealth = z.infer<typeof houseHealth>;

/** A line of the house's log. */
export const logLine = z.object({ at: z.string(), level: z.string(), process: z.string(), message: z.string(), more: z.string() });
/** A line of the house's log. */
export type LogLine = z.infer<typeof logLine>;
/** `GET /api/house/log`: the newest last. */
export const houseLog = z.object({ lines: z.array(logLine) });
