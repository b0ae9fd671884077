/** `scheme_id_uri` of the emsg box (version 1) that carries a {@link TimedMetadata} as UTF-8 JSON. @spec ISO/IEC 23009-1 §5.10.3.3 */
export const METADATA_SCHEME = "urn:earshot:timed-metadata:1";

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
  /** How often audio comes from soon on: a full house is sent to less often. Milliseconds; put in by the front for those who follow closely. */
  readonly w?: number;
  /** Rate of what follows, kbit/s, where it is another than before: the cheaper stream of a full house has ended. Put in by the front. */
  readonly q?: number;
  /** 1 when this is the last part of the event: the replay is at the same address. */
  readonly e?: 1;
}
