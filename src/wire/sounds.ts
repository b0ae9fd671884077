import { z } from "zod";

/** Longest name of a sound. Characters; it stands on a button. */
export const SOUND_NAME_MAX = 60;
/** Largest sound file. Bytes; an hour of music at 128 kbit/s, or five minutes of CD. */
export const SOUND_BYTES_MAX = 64 * 1024 * 1024;
/** Sounds of an event at most; more buttons nobody finds. */
export const SOUNDS_MAX = 40;
/** All sound files of an event together at most. Bytes. */
export const SOUNDS_BYTES_MAX = 512 * 1024 * 1024;
/** Sounds that play at the same time at most; each is decoded in a thread of its own. */
export const SOUNDS_PLAYING_MAX = 4;
/** How far a sound's level can be changed. dB; 0 is the programme's loudness. */
export const SOUND_LEVEL = { least: -30, most: 6 } as const;

/** What of a sound listeners who wait are given. Seconds; 4.8 MB at the programme's rate, and it goes round. */
export const WAITING_SECONDS_MAX = 600;

const name = z
  .string()
  .trim()
  .min(1, { error: `1 to ${SOUND_NAME_MAX} characters` })
  .max(SOUND_NAME_MAX, { error: `1 to ${SOUND_NAME_MAX} characters` })
  .regex(/^\P{Control}*$/u, { error: "one line" });
const levelDb = z.number().min(SOUND_LEVEL.least).max(SOUND_LEVEL.most).meta({ description: "dB over the programme's loudness" });
const loop = z.boolean().meta({ description: "plays again and again: waiting music" });
const ducks = z.boolean().meta({ description: "12 dB quieter while somebody talks" });

const waiting = z
  .boolean()
  .meta({ description: "waiting music for listeners: before the event is live, and for those who wait at the door; one file per event" });

const language = z
  .string()
  .max(35)
  .regex(/^(?:[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)?$/, { error: "a BCP 47 language tag, or empty" })
  .meta({ description: "language it is heard in, as an interpreter is; empty: the floor, which everybody hears", examples: ["", "de"] });

/** A sound as it is kept beside its file, `sounds/<id>.json`. */
export const soundRecord = z.object({
  id: z.uuid(),
  name,
  kind: z.enum(["file", "stream"]),
  /** Address of a stream. */
  url: z.string().optional(),
  codec: z.string().optional(),
  /** Length of a file. */
  seconds: z.number().nullable(),
  bytes: z.int(),
  /** What brings a file to the programme's loudness. dB. */
  gainDb: z.number(),
  levelDb,
  loop,
  ducks,
  language: language.default(""),
  waiting: waiting.default(false),
  addedUnixMs: z.number(),
});
/** A sound as it is kept. */
export type SoundRecord = z.infer<typeof soundRecord>;

/** A sound as host and co-host see it. */
export const soundView = soundRecord.omit({ gainDb: true });
/** `GET /api/events/<slug>/sounds`. */
export const soundList = z.object({ sounds: z.array(soundView) });
/** The sounds of an event. */
export type SoundList = z.infer<typeof soundList>;
/** `POST /api/events/<slug>/streams`: a stream as a sound. */
export const streamDraft = z.strictObject({ name, url: z.string().min(1).max(2_000) });
/** `PATCH /api/events/<slug>/sounds/<id>`: what is absent stays. */
export const soundEdit = z.strictObject({
  name: name.optional(),
  levelDb: levelDb.optional(),
  loop: loop.optional(),
  ducks: ducks.optional(),
  language: language.optional(),
  waiting: waiting.optional(),
});
/** A change of a sound. */
export type SoundEdit = z.infer<typeof soundEdit>;
/** The name a file is uploaded under: the query of its address. */
export const soundName = name;

/** A sound that plays, as everybody who may stop it sees it. */
export interface PlayingSound {
  readonly id: string;
  readonly name: string;
  /** `opening`: nothing is heard yet; `away`: a stream that is asked for again; `failed`: it is over because of `problem`. */
  readonly state: "opening" | "playing" | "away" | "failed";
  readonly loop: boolean;
  readonly elapsedSeconds: number;
  /** Time left of this round; absent for streams. */
  readonly remainingSeconds?: number;
  /** Why it failed, in words, with the broken rule and its value. */
  readonly problem?: { readonly code: string; readonly title: string; readonly action: string; readonly rule: string };
}
