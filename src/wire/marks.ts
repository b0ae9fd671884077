import { z } from "zod";

/** Highest value of a peak: full scale. */
export const PEAK_MAX = 100;
/** Longest title of a chapter. Characters; one line on a phone. */
export const CHAPTER_TITLE_MAX = 80;
/** Chapters an event can have: one a minute for eight hours. */
export const CHAPTERS_MAX = 480;

/** `peaks.json`: the outline of the programme's loudness, as fine as fits into some thousand points. */
export const peakRecord = z.strictObject({
  version: z.literal(1),
  /** How much of the programme one point stands for. Samples at 48 kHz. */
  samplesPerPoint: z.int().min(1),
  /** How much of the programme was looked at. Samples at 48 kHz. */
  durationSamples: z.int().min(0),
  /** Highest sample of each stretch, linear: 0 is silence, {@link PEAK_MAX} full scale. */
  peaks: z.array(z.int().min(0).max(PEAK_MAX)),
});
/** See {@link peakRecord}. */
export type PeakRecord = z.infer<typeof peakRecord>;

/** A stretch of the programme with a name. */
export const chapter = z.strictObject({
  /** Seconds since going live. */
  startTime: z.number().min(0),
  endTime: z.number().min(0),
  title: z.string().min(1).max(CHAPTER_TITLE_MAX),
  /** Who set it: the host by hand, or the talk itself, when another one began to speak after a pause. */
  by: z.enum(["host", "talk"]),
});
/** See {@link chapter}. */
export type Chapter = z.infer<typeof chapter>;

/** `chapters.json`: the chapters of the programme in order, without a hole. @spec Podcasting 2.0 JSON Chapters 1.2 */
export const chapterList = z.strictObject({
  version: z.literal("1.2.0"),
  chapters: z.array(chapter).max(CHAPTERS_MAX),
});
/** See {@link chapterList}. */
export type ChapterList = z.infer<typeof chapterList>;
