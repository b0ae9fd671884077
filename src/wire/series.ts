import { z } from "zod";
import { DESCRIPTION_MAX, TITLE_MAX } from "./api.ts";

/** How an event can repeat: wall-clock time stays, whatever the clocks do. */
export const REPEATS = ["day", "week", "month-day", "month-weekday"] as const;
/** How an event can repeat. */
export type Repeat = (typeof REPEATS)[number];
/** Most evenings made at once; a year of weeks. */
export const REPEAT_MAX = 52;

const title = z
  .string()
  .trim()
  .min(1)
  .max(TITLE_MAX)
  .regex(/^\P{Control}*$/u, { error: "one line" });
const description = z.string().trim().max(DESCRIPTION_MAX);
const slug = z.string().max(120);

/** `POST /api/events/<slug>/repeat`. */
export const repeatRequest = z.strictObject({
  every: z.enum(REPEATS).meta({ description: "month-day: on the same day of the month; month-weekday: such as every first Saturday" }),
  interval: z.int().min(1).max(12).default(1).meta({ description: "2: every second week" }),
  count: z.int().min(2).max(REPEAT_MAX).meta({ description: "evenings in all, this one among them" }),
  title: title.optional().meta({ description: "what the series is called; the event's title when absent" }),
});
/** A checked {@link repeatRequest}. */
export type RepeatRequest = z.infer<typeof repeatRequest>;

/** `POST /api/series`. */
export const seriesDraft = z.strictObject({ title, description: description.default(""), slug: slug.optional() });
/** `PATCH /api/series/<slug>`: what is absent stays. */
export const seriesEdit = z.strictObject({ title: title.optional(), description: description.optional() });
/** A series as people backstage see it. */
export const seriesView = z.object({
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  publicUrl: z.string(),
  feedUrl: z.string(),
  events: z.int(),
});
/** A series as people backstage see it. */
export type SeriesView = z.infer<typeof seriesView>;
/** `GET /api/series`. */
export const seriesList = z.object({ series: z.array(seriesView) });
/** `POST /api/events/<slug>/repeat`: the series and the addresses of what was made, in order. */
export const repeatAnswer = z.object({ series: seriesView, made: z.array(z.object({ slug: z.string(), startDate: z.string() })) });
/** `POST /api/events/<slug>/repeat`. */
export type RepeatAnswer = z.infer<typeof repeatAnswer>;
