import { z } from "zod";
import { type Chapter, chapter } from "./marks.ts";

/** Furthest trim from the start. Seconds; four hours. */
const TRIM_MAX_SECONDS = 14_400;
/** Longest time a recording can be promised to be kept. Days; a hundred years. */
const KEEP_MAX_DAYS = 36_525;

/** Who took a recording away. */
export const DELETED_BY = ["host", "operator", "retention"] as const;

const trimStartSeconds = z.number().min(0).max(TRIM_MAX_SECONDS).meta({ description: "where the replay begins; what is before stays available" });
const clips = z.boolean().meta({ description: "whether listeners may share clips of up to 60 seconds" });
const keepDays = z
  .int()
  .min(1)
  .max(KEEP_MAX_DAYS)
  .nullable()
  .meta({ description: "days after the end until the recording is deleted; null: as long as the house keeps recordings" });

const keepTracks = z.boolean().meta({ description: "whether a track of each speaker who agrees is kept, for the host alone" });
const keepLossless = z.boolean().meta({ description: "whether the programme is kept as FLAC too: 24 bits, about 0.3 GB an hour" });

/** `recording.json`: what host and operator decided about a recording. Written by control, read by the front. */
export const recordingSettings = z.strictObject({
  version: z.literal(1),
  trimStartSeconds: trimStartSeconds.default(0),
  clips: clips.default(true),
  keepDays: keepDays.default(null),
  keepTracks: keepTracks.default(false),
  keepLossless: keepLossless.default(false),
  /** Present once the sound was taken away. */
  deleted: z.strictObject({ unixMs: z.int(), by: z.enum(DELETED_BY) }).optional(),
});
/** See {@link recordingSettings}. */
export type RecordingSettings = z.infer<typeof recordingSettings>;

/** `PATCH /api/events/<slug>/recording`: what is absent stays. */
export const recordingEdit = z.strictObject({
  trimStartSeconds: trimStartSeconds.optional(),
  clips: clips.optional(),
  keepDays: keepDays.optional(),
  keepTracks: keepTracks.optional(),
  keepLossless: keepLossless.optional(),
});
/** A checked {@link recordingEdit}. */
export type RecordingEdit = z.infer<typeof recordingEdit>;

/** Where a recording lies when the house has a store besides this machine's disk. `waits`, `deletion-waits`: the store takes nothing at the moment. */
export const STORE_STATES = ["sending", "waits", "both", "store-only", "deleting", "deletion-waits", "deleted"] as const;

/** What the API answers about a recording. */
export const recordingAnswer = z.object({
  trimStartSeconds: z.number(),
  clips: z.boolean(),
  keepDays: z.number().nullable(),
  keepTracks: z.boolean(),
  keepLossless: z.boolean(),
  /** Present once the event is over, and only where somebody agreed. */
  tracks: z
    .array(z.object({ seat: z.string(), name: z.string(), bytes: z.number() }))
    .meta({ description: "speakers' own tracks, once the event is over; each at /api/events/<slug>/tracks/<seat>" }),
  houseKeepDays: z.number().nullable().meta({ description: "what holds where keepDays is null; null keeps recordings until they are deleted" }),
  keptUntilUnixMs: z.number().optional().meta({ description: "when it will be deleted; title, times and fingerprints stay public" }),
  durationSeconds: z.number().nullable().meta({ description: "null while there is no recording" }),
  bytes: z.number().meta({ description: "what it takes on disk or in the store" }),
  soFar: z
    .object({ seconds: z.number(), peaks: z.array(z.number()), chapters: z.array(chapter) })
    .optional()
    .meta({ description: "while on air: the outline of what was recorded, 0 to 100, and its chapters, no older than ten seconds" }),
  store: z.enum(STORE_STATES).optional().meta({ description: "where it lies; absent when the house has no store besides its disk" }),
  deletedUnixMs: z.number().optional(),
  deletedBy: z.enum(DELETED_BY).optional(),
});
/** See {@link recordingAnswer}. */
export type RecordingAnswer = z.infer<typeof recordingAnswer>;

/** `/e/<slug>/replay.json`: everything the replay page shows, in one file that is the same for everybody. */
export interface ReplayPage {
  readonly durationSeconds: number;
  readonly trimStartSeconds: number;
  readonly clips: boolean;
  /** Whether there is a lossless recording to download. */
  readonly lossless: boolean;
  /** Whether there is one at half the data; those of earlier versions have none. */
  readonly low: boolean;
  /** Whether there are captions, at `/e/<slug>/captions.vtt`. */
  readonly captions: boolean;
  /** The waveform: seconds per point, and 0 to 100 for each; empty when there is none. */
  readonly secondsPerPeak: number;
  readonly peaks: readonly number[];
  readonly chapters: readonly Chapter[];
  /** Silence in place of lost sound. Seconds since going live; `stage-away`: the stage was killed or stood still; `disk`: the disk did not take it. */
  readonly gaps: readonly { readonly start: number; readonly end: number; readonly cause: "stage-away" | "disk" }[];
  /** Who spoke when: seconds since going live. */
  readonly speakers: readonly {
    readonly name: string;
    readonly talkSeconds: number;
    readonly share: number;
    /** BCP 47 tag of the language they interpret into; absent for those who spoke on the floor. */
    readonly interprets?: string;
    readonly longestTurnSeconds: number;
    readonly turns: readonly (readonly [start: number, end: number])[];
  }[];
  /** When the recording will be deleted. Milliseconds since the Unix epoch. */
  readonly keptUntilUnixMs?: number;
}

/** `gaps.json`: stretches in which the stage was away while the event was on air. Seconds since going live. Written by the stage. */
export const gapRecord = z.object({ version: z.literal(1), gaps: z.array(z.object({ start: z.number(), end: z.number() })) });
/** See {@link gapRecord}. */
export type GapRecord = z.infer<typeof gapRecord>;

/** `archive/tracks.json`: whose tracks were kept. Written by the stage. */
export const trackList = z.object({
  version: z.literal(1),
  tracks: z.array(
    z.object({
      seat: z.string().regex(/^[\w-]{1,64}$/),
      name: z.string(),
      /** Samples at the start of the track that lie before the programme's first. */
      skipSamples: z.int().min(0).max(65_535),
      stereo: z.boolean(),
    }),
  ),
});
/** See {@link trackList}. */
export type TrackList = z.infer<typeof trackList>;

/** What the server puts into the clip page. */
export interface ClipPageState {
  readonly slug: string;
  readonly title: string;
  /** Seconds since going live. */
  readonly from: number;
  readonly to: number;
  readonly chapter: string;
}
