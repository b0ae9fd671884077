import { COUNT_WINDOW_MS, type PublicAudience } from "./audience.ts";

/** `scheme_id_uri` of the emsg box (version 1) that carries a {@link TimedMetadata} as UTF-8 JSON. @spec ISO/IEC 23009-1 §5.10.3.3 */
export const METADATA_SCHEME = "urn:earshot:timed-metadata:1";

/** `scheme_id_uri` of the emsg box (version 1) that carries an ID3v2 tag for players of others. @spec Carriage of ID3 Timed Metadata in CMAF §2 */
export const ID3_SCHEME = "https://aomedia.org/emsg/ID3";
/** Description of the user-defined text in that tag that holds a {@link TimedMetadata} without levels as JSON. @spec ID3v2.4.0 frames §4.2.6 */
export const ID3_DESCRIPTION = "earshot";

/** Level samples per second in the metadata of a part. */
export const LEVELS_PER_SECOND = 10;

/** What rides beside the audio in every part, so that a listener needs no second connection. Keys are short: a million people pay for them. */
export interface TimedMetadata {
  /** Who is on stage: [seat id, name, role, muted 0|1]. Present in the first part of each segment and whenever it changed. */
  readonly s?: readonly (readonly [string, string, string, 0 | 1])[];
  /** Levels, one row per tenth of a second, one number per entry of the last `s`. Whole dBFS, -99 = silent. */
  readonly l?: readonly (readonly number[])[];
  /** Title of the event; present in the first part of each segment. */
  readonly t?: string;
  /** Wall-clock time of the programme's sample 0, ms since the Unix epoch; present in the first part of each segment. */
  readonly o?: number;
  /** What is being said, as text; an empty one takes the last away. Absent: nothing changes. */
  readonly c?: string;
  /** What the host tells all listeners, as one line; an empty one takes it away. Absent: nothing changes. */
  readonly a?: string;
  /** How many listen, once per closed window: {@link unpackAudience}. */
  readonly n?: PackedAudience;
  /** Another number than before: `state.json` says something new that is not in here. Present in the first part of each segment and whenever it changed. */
  readonly v?: number;
  /** How often audio comes from soon on: a full house is sent to less often. Milliseconds; put in by the front for those it concerns. */
  readonly w?: number;
  /** Rate of what follows, kbit/s, where it is another than before: the cheaper stream of a full house has ended. Put in by the front. */
  readonly q?: number;
  /** 1 when this is the last part of the event: the replay is at the same address. */
  readonly e?: 1;
}

/** Names of those whose microphone is open, for players that show one line. */
export function openMicrophones(speakers: NonNullable<TimedMetadata["s"]>): readonly string[] {
  return speakers.filter(([, , , muted]) => muted === 0).map(([, name]) => name);
}

/** The number as it rides with the sound: listening now, end of the window, peak, beginning of its window, and the bounds where they are others. Times in windows since the Unix epoch. */
export type PackedAudience = readonly [listeningNow: number, window: number, peak: number, peakWindow: number, low?: number, high?: number];
/** What of {@link PublicAudience} rides with the sound. */
export type RiddenAudience = Pick<PublicAudience, "listeningNow" | "low" | "high" | "asOfUnixMs" | "peak" | "peakUnixMs">;

/** The number in as few bytes as it takes: some 33 every ten seconds. */
export function packAudience({ listeningNow, low, high, asOfUnixMs, peak, peakUnixMs }: RiddenAudience): PackedAudience {
  const numbers = [listeningNow, asOfUnixMs / COUNT_WINDOW_MS, peak, peakUnixMs / COUNT_WINDOW_MS] as const;
  return low === high ? numbers : [...numbers, low, high];
}

/** The other way; undefined for what is none. Never throws. */
export function unpackAudience(packed: unknown): RiddenAudience | undefined {
  if (!Array.isArray(packed) || packed.length < 4 || !packed.every(Number.isFinite)) return undefined;
  const [listeningNow, window, peak, peakWindow, low = listeningNow, high = listeningNow] = packed as unknown as PackedAudience;
  return { listeningNow, low, high, asOfUnixMs: window * COUNT_WINDOW_MS, peak, peakUnixMs: peakWindow * COUNT_WINDOW_MS };
}
