import { SAMPLE_RATE } from "../../core/units.ts";
import { type ChunkMetadata, type MetadataSlot, writeShortId3 } from "../../programme/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import {
  ID3_DESCRIPTION,
  ID3_SCHEME,
  LEVELS_PER_SECOND,
  METADATA_SCHEME,
  openMicrophones,
  type PackedAudience,
  type TimedMetadata,
} from "../../wire/timed-metadata.ts";

/** Rows kept. Encoders run at most a few seconds behind the mix. */
const HISTORY_ROWS = 30 * LEVELS_PER_SECOND;
const ROW_SAMPLES = SAMPLE_RATE / LEVELS_PER_SECOND;
/** Level written for silence. dBFS. */
const SILENT = -99;
/** Longest JSON in the tag for players of others. Bytes; a full stage with long names is left to its own message. */
const MOST_ID3_JSON_BYTES = 1_500;

/** What is told beside who is on stage and how loudly. */
export interface Told {
  /** The event's title as it is now. */
  readonly title: () => string;
  /** The line of captions shown with a stretch of the programme. Samples since going live. Absent: none. */
  readonly captionAt?: (timestamp: number, duration: number) => string;
  /** How many listen, by the newest closed window. Absent: nobody knows. */
  readonly audience?: () => PackedAudience | undefined;
  /** Another number whenever `state.json` says something new that no metadata carries. Absent: it never does. */
  readonly revision?: () => number;
}

/** Collects levels as the programme goes on and makes the timed metadata of each part from them. */
export class LevelHistory {
  readonly #rows = new Map<number, readonly number[]>();
  /** What was last told, by what it is about and rendition. */
  readonly #last = new Map<string, string>();
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  /** Takes the levels at a programme position; one row is kept per tenth of a second, the loudest frame of it. */
  note(timestamp: number, state: LiveState, levels: (seatId: string) => number): void {
    const row = Math.floor(timestamp / ROW_SAMPLES);
    const before = this.#rows.get(row);
    this.#rows.set(
      row,
      state.onStage.map((speaker, index) => Math.max(before?.[index] ?? SILENT, Math.round(Math.max(SILENT, levels(speaker.id))))),
    );
    this.#rows.delete(row - HISTORY_ROWS);
  }

  /** The metadata of one part: our own message, and a tag for players of others whenever it holds more than levels. */
  metadata(slot: Omit<MetadataSlot, "sequenceNumber">, state: LiveState): readonly ChunkMetadata[] {
    const { title, captionAt, audience, revision = () => 0 } = this.#told;
    const { firstOfSegment } = slot;
    const speakers = state.onStage.map((speaker) => [speaker.id, speaker.name, speaker.role, speaker.muted ? 1 : 0] as const);
    const caption = captionAt?.(slot.timestamp, slot.duration) ?? "";
    const announcement = state.announcement ?? "";
    const number = audience?.();
    const first = Math.floor(slot.timestamp / ROW_SAMPLES);
    const rows = Math.max(1, Math.round(slot.duration / ROW_SAMPLES));
    const levels = Array.from({ length: rows }, (_, index) => this.#rows.get(first + index) ?? speakers.map(() => SILENT));
    // Each is asked, also where the segment begins: what was told is kept by the asking.
    const changed = {
      s: this.#isNews("s", slot, JSON.stringify(speakers)),
      t: this.#isNews("t", slot, title()),
      c: this.#isNews("c", slot, caption),
      a: this.#isNews("a", slot, announcement),
      n: this.#isNews("n", slot, number?.join() ?? ""),
      v: this.#isNews("v", slot, String(revision())),
    };
    const news: TimedMetadata = {
      ...(firstOfSegment || changed.s ? { s: speakers } : {}),
      ...(firstOfSegment || changed.t ? { t: title() } : {}),
      ...(firstOfSegment && state.originUnixMs !== undefined ? { o: state.originUnixMs } : {}),
      ...(changed.c || (firstOfSegment && caption !== "") ? { c: caption } : {}),
      ...(changed.a || (firstOfSegment && announcement !== "") ? { a: announcement } : {}),
      ...(changed.n && number !== undefined ? { n: number } : {}),
      ...(firstOfSegment || changed.v ? { v: revision() } : {}),
      ...(slot.last ? { e: 1 } : {}),
    };
    const own = { scheme: METADATA_SCHEME, message: new TextEncoder().encode(JSON.stringify({ ...news, ...(speakers.length > 0 ? { l: levels } : {}) })) };
    // The small rendition is for lines that have nothing to spare, and for our own player.
    if (slot.rendition === "low" || Object.keys(news).length === 0) return [own];
    return [own, { scheme: ID3_SCHEME, message: id3Of(news) }];
  }

  /** Whether this rendition's listeners were last told something else. Nothing said yet is an empty text. */
  #isNews(about: keyof TimedMetadata, { rendition }: Pick<MetadataSlot, "rendition">, text: string): boolean {
    const key = `${about} ${rendition}`;
    const before = this.#last.get(key) ?? "";
    this.#last.set(key, text);
    return text !== before;
  }
}

/**
 * Title and who may be speaking as every player shows them, and our own words beside. With three on stage 293 bytes at a segment's start and
 * 68 for a new number: 79 bytes per listener-second, 1.3 % of what Opus at 48 kbit/s takes.
 */
function id3Of(news: TimedMetadata): Uint8Array {
  const { s, t } = news;
  const json = JSON.stringify(news);
  const { s: _, ...rest } = news;
  return writeShortId3(
    {
      ...(t === undefined ? {} : { TIT2: t }),
      ...(s === undefined ? {} : { TPE1: openMicrophones(s).join(", ") }),
    },
    { [ID3_DESCRIPTION]: Buffer.byteLength(json) > MOST_ID3_JSON_BYTES ? JSON.stringify(rest) : json },
  );
}
