import { SAMPLE_RATE } from "../../core/units.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { LEVELS_PER_SECOND, METADATA_SCHEME, type TimedMetadata } from "../../wire/timed-metadata.ts";

/** Rows kept. Encoders run at most a few seconds behind the mix. */
const HISTORY_ROWS = 30 * LEVELS_PER_SECOND;
const ROW_SAMPLES = SAMPLE_RATE / LEVELS_PER_SECOND;
/** Level written for silence. dBFS. */
const SILENT = -99;

/** The part that asks for its metadata. */
export interface MetadataSlot {
  readonly rendition: string;
  readonly timestamp: number;
  readonly duration: number;
  readonly firstOfSegment: boolean;
  readonly last: boolean;
}

/** Collects levels as the programme goes on and makes the timed metadata of each part from them. */
export class LevelHistory {
  readonly #rows = new Map<number, readonly number[]>();
  readonly #lastSpeakers = new Map<string, string>();
  /** The lines last told, by rendition. */
  readonly #lastCaption = new Map<string, string>();
  readonly #lastAnnouncement = new Map<string, string>();
  readonly #title: string;
  readonly #captionAt: (timestamp: number, duration: number) => string;

  /** `captionAt`: the line of captions shown with a stretch of the programme. */
  constructor(title: string, captionAt: (timestamp: number, duration: number) => string = () => "") {
    this.#title = title;
    this.#captionAt = captionAt;
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

  /** The metadata of one part. */
  metadata(slot: MetadataSlot, state: LiveState): { readonly scheme: string; readonly message: Uint8Array } {
    const speakers = state.onStage.map((speaker) => [speaker.id, speaker.name, speaker.role, speaker.muted ? 1 : 0] as const);
    const key = JSON.stringify(speakers);
    const changed = this.#lastSpeakers.get(slot.rendition) !== key;
    this.#lastSpeakers.set(slot.rendition, key);
    const caption = this.#captionAt(slot.timestamp, slot.duration);
    const announcement = state.announcement ?? "";
    const first = Math.floor(slot.timestamp / ROW_SAMPLES);
    const rows = Math.max(1, Math.round(slot.duration / ROW_SAMPLES));
    const levels = Array.from({ length: rows }, (_, index) => this.#rows.get(first + index) ?? speakers.map(() => SILENT));
    const message: TimedMetadata = {
      ...(slot.firstOfSegment || changed ? { s: speakers } : {}),
      ...(slot.firstOfSegment ? { t: this.#title, ...(state.originUnixMs === undefined ? {} : { o: state.originUnixMs }) } : {}),
      ...(speakers.length > 0 ? { l: levels } : {}),
      ...(tells(this.#lastCaption, slot, caption) ? { c: caption } : {}),
      ...(tells(this.#lastAnnouncement, slot, announcement) ? { a: announcement } : {}),
      ...(slot.last ? { e: 1 } : {}),
    };
    return { scheme: METADATA_SCHEME, message: new TextEncoder().encode(JSON.stringify(message)) };
  }
}

/** Whether a line stands in a part: when it is another than before, and while it lasts at the start of each segment, for those who came in between. */
function tells(last: Map<string, string>, { rendition, firstOfSegment }: MetadataSlot, line: string): boolean {
  const before = last.get(rendition) ?? "";
  last.set(rendition, line);
  return line !== before || (firstOfSegment && line !== "");
}
