import type { Clock } from "../core/clock.ts";
import { GRIDS, type Part, RENDITIONS, type RenditionId, segmentOf, TARGET_DURATION } from "../programme/mod.ts";
import { type Seated, Timetable } from "./cadence.ts";
import type { PartStore } from "./part-store.ts";

/** Longest a segment that has not begun is waited for. Milliseconds; three target durations, as blocking playlists are. @spec RFC 8216bis §6.2.5.2 */
const WAIT_LIMIT_MS = 3 * TARGET_DURATION * 1000;
/** Unread bytes at which a reader is given up. Bytes; a whole segment is 26 to 36 KB, and half a segment is of no use to anybody. */
const SLOW_READER_BYTES = 128 * 1024;

/** The end of a connection a segment is written to while it is made. */
export interface SegmentSink {
  /** Takes the next part's bytes, audio of [from, to) in samples since going live; the first call begins the answer. */
  write(bytes: Uint8Array, from: number, to: number): void;
  /** The segment is whole. */
  finish(): void;
  /** It will not begin in time, or will never be whole: nobody may keep what was sent. */
  fail(): void;
  /** Bytes accepted and not yet sent. */
  readonly backlog: number;
}

interface Reader extends Seated {
  readonly rendition: RenditionId;
  readonly sink: SegmentSink;
  /** The part it is sent next. */
  next: number;
  readonly lastPart: number;
  readonly since: number;
  begun: boolean;
  here: boolean;
}

/**
 * Segments sent while they are made: one request per segment, each part as it comes, the same bytes as the whole segment afterwards.
 * What was streamed to its end may be kept for ever by every cache; what broke off, by none.
 */
export class SegmentStreams {
  readonly #store: PartStore;
  readonly #clock: Clock;
  readonly #timetables = new Map<RenditionId, Timetable<Reader>>(RENDITIONS.map((rendition) => [rendition, new Timetable<Reader>(rendition, 1)]));
  readonly #waiting = new Set<Reader>();
  /** Connections that follow a segment, or wait for one to begin. */
  following = 0;

  constructor(store: PartStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    store.listen((part) => this.#takePart(part));
    store.onEnd(() => this.#failAll());
  }

  /** Whether a segment is being made now, or is the one after that. */
  canFollow(rendition: RenditionId, segment: number): boolean {
    const newest = this.#store.newest(rendition);
    if (newest < 0 || this.#store.over(rendition)) return false;
    const open = segmentOf(rendition, newest + 1);
    if (segment === open + 1) return true;
    // The part it begins with must still be here: nobody is given a segment without its start.
    const first = segment * GRIDS[rendition].partsPerSegment;
    return segment === open && (first === newest + 1 || this.#store.get(rendition, first) !== undefined);
  }

  /** Sends what there is of a segment and then the rest as it comes; returns what to call when the reader leaves. */
  open(rendition: RenditionId, segment: number, sink: SegmentSink): () => void {
    const { partsPerSegment } = GRIDS[rendition];
    const first = segment * partsPerSegment;
    const reader: Reader = {
      rendition,
      sink,
      next: first,
      lastPart: first + partsPerSegment - 1,
      since: this.#clock.steadyMs(),
      begun: false,
      here: true,
      slot: 0,
      place: 0,
    };
    this.following++;
    (this.#timetables.get(rendition) as Timetable<Reader>).seat(reader);
    this.#send(reader);
    if (!reader.begun) this.#wait(reader);
    return () => this.#leave(reader);
  }

  /** @hot */
  #takePart(part: Part): void {
    this.#timetables.get(part.rendition)?.run(part.sequenceNumber, { hurry: part.last, clock: this.#clock }, (readers) => {
      for (let at = readers.length - 1; at >= 0; at--) {
        const reader = readers[at];
        if (reader !== undefined) this.#send(reader);
      }
    });
  }

  /** @hot */
  #send(reader: Reader): void {
    const { rendition, sink } = reader;
    const newest = this.#store.newest(rendition);
    while (reader.here && reader.next <= newest) {
      const part = this.#store.get(rendition, reader.next);
      if (part === undefined || sink.backlog > SLOW_READER_BYTES) {
        this.#leave(reader);
        return sink.fail();
      }
      reader.begun = true;
      this.#waiting.delete(reader);
      reader.next++;
      sink.write(part.data, part.timestamp, part.timestamp + part.duration);
      if (reader.next <= reader.lastPart && !part.last) continue;
      this.#leave(reader);
      return sink.finish();
    }
  }

  #wait(reader: Reader): void {
    this.#waiting.add(reader);
    if (this.#waiting.size === 1) void this.#watch();
  }

  /** Lets those go whose segment does not begin; runs while somebody waits. */
  async #watch(): Promise<void> {
    while (this.#waiting.size > 0) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      await this.#clock.sleep(Math.max(1, first.since + WAIT_LIMIT_MS - this.#clock.steadyMs()));
      const now = this.#clock.steadyMs();
      for (const reader of this.#waiting) {
        if (now - reader.since < WAIT_LIMIT_MS) break;
        this.#leave(reader);
        reader.sink.fail();
      }
    }
  }

  #leave(reader: Reader): void {
    if (!reader.here) return;
    reader.here = false;
    this.following--;
    this.#waiting.delete(reader);
    this.#timetables.get(reader.rendition)?.leave(reader);
  }

  #failAll(): void {
    for (const { slots } of this.#timetables.values())
      for (const readers of slots)
        for (const reader of [...readers]) {
          this.#send(reader);
          if (!reader.here) continue;
          this.#leave(reader);
          reader.sink.fail();
        }
  }
}
