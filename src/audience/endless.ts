import {
  type Chunk,
  concatBytes,
  GRIDS,
  OGG_LAST,
  type Part,
  readChunk,
  type RenditionId,
  writeAdts,
  writeOggOpusHeader,
  writeOggPage,
} from "../programme/mod.ts";
import { SAMPLE_RATE } from "../core/units.ts";
import { TYPES } from "./answer.ts";
import type { PartStore } from "./part-store.ts";

/** Kinds of endless stream. */
export type EndlessKind = "mp4-opus" | "mp4-aac" | "mp3" | "aac" | "opus";

/** Sent at once on connecting. Seconds; our own player wants to be close, a radio needs a few seconds for a line that hesitates. */
const BURST_SECONDS: Readonly<Record<EndlessKind, number>> = { "mp4-opus": 1, "mp4-aac": 1, mp3: 3, aac: 3, opus: 3 };
/**
 * The same for `<audio>` in a browser. Seconds. Chromium reads blocks of 32 KB (4.1 s at 64 kbit/s, 5.5 s at 48), starts with the first
 * whole one and plays it out before it sees the next: with less it starts late or stutters once, and comes no closer than 4.7 s whatever is sent.
 */
const ELEMENT_BURST_SECONDS: Readonly<Record<EndlessKind, number>> = { "mp4-opus": 1, "mp4-aac": 1, mp3: 4.5, aac: 4.5, opus: 6 };
/** Unread bytes from which parts are left out for a slow reader. Bytes; about 16 s of 64 kbit/s. */
const SLOW_READER_BYTES = 128 * 1024;
/** Parts left out in a row after which a reader is given up. 60 parts = half a minute. */
const GIVE_UP_PARTS = 60;
/** Serial of every Ogg stream: one stream per connection, so one number serves. */
const OGG_SERIAL = 0x4561_7273;
const FIRST_DATA_PAGE = 2;

/** The end of a connection a stream writes to. */
export interface StreamSink {
  /** Takes bytes that hold the programme's audio of [from, to). Samples since going live. */
  write(bytes: Uint8Array, from: number, to: number): void;
  /** Bytes accepted and not yet sent. */
  readonly backlog: number;
  end(): void;
  destroy(): void;
}

const RENDITION: Readonly<Record<EndlessKind, RenditionId>> = { "mp4-opus": "opus", "mp4-aac": "aac", mp3: "mp3", aac: "aac", opus: "opus" };

function isContainer(kind: EndlessKind): kind is "mp4-opus" | "mp4-aac" {
  return kind === "mp4-opus" || kind === "mp4-aac";
}

/** The rendition a stream is made of. */
export function endlessRendition(kind: EndlessKind): RenditionId {
  return RENDITION[kind];
}

/** Content type of a stream. */
export function endlessType(kind: EndlessKind): string {
  return kind === "mp3" ? TYPES.mp3 : kind === "aac" ? TYPES.aac : kind === "opus" ? TYPES.ogg : TYPES.mp4;
}

/** Listeners who are served chunk by chunk at a time, per event and process. Each costs ten writes a second instead of two: closeness is for a few, room is for all. */
const CLOSE_LISTENERS = 300;

/** One connection. */
interface Reader {
  readonly kind: EndlessKind;
  /** Whether it gets chunks ahead of the parts. */
  readonly close: boolean;
  readonly sink: StreamSink;
  /** End of what it was sent. Samples since going live. */
  end: number;
  /** Parts left out in a row. */
  skipped: number;
}

/**
 * The endless streams of one event. Each part is put into a stream's form once, for everyone.
 * The container streams run ahead of the parts, chunk by chunk; whoever missed a chunk gets the whole part, and a player replaces what it has twice.
 */
export class EndlessStreams {
  readonly #store: PartStore;
  readonly #title: string;
  readonly #forms = new WeakMap<Part, Map<EndlessKind, Uint8Array>>();
  readonly #counts = new Map<EndlessKind, number>();
  #close = 0;
  /** Whether newcomers get parts only: a fifth of the writes. The door says so when it is full. */
  thrifty = false;
  /** Parts left out for readers that were too slow. */
  skippedParts = 0;

  constructor(store: PartStore, title: string) {
    this.#store = store;
    this.#title = title;
  }

  /** Connections per kind. */
  listeners(kind: EndlessKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** How often a stream opened now is written to. Milliseconds: of a chunk while few listen, of a part from then on. */
  cadenceMs(kind: EndlessKind): number {
    const { framesPerChunk, framesPerPart, frameSamples } = GRIDS[RENDITION[kind]];
    return ((this.#hasRoomClose(kind) ? framesPerChunk : framesPerPart) * frameSamples * 1000) / SAMPLE_RATE;
  }

  /** Sends the newest parts (more of them to a browser's `<audio>`) and then every part as it comes; returns what to call when the reader leaves. */
  open(kind: EndlessKind, sink: StreamSink, element = false): () => void {
    const rendition = RENDITION[kind];
    const container = isContainer(kind);
    const header = container
      ? this.#store.header(rendition)
      : kind === "opus"
        ? writeOggOpusHeader({ numberOfChannels: 1, serial: OGG_SERIAL, title: this.#title })
        : new Uint8Array(0);
    const burst = this.#store.latest(rendition, (element ? ELEMENT_BURST_SECONDS : BURST_SECONDS)[kind]);
    const newest = burst.at(-1);
    const close = this.#hasRoomClose(kind);
    const reader: Reader = { kind, close, sink, end: newest === undefined ? 0 : newest.timestamp + newest.duration, skipped: 0 };
    sink.write(concatBytes([header, ...burst.map((part) => this.#form(kind, part))]), burst[0]?.timestamp ?? reader.end, reader.end);
    this.#catchUp(reader);
    const stops = [this.#store.listen((part) => this.#takePart(reader, part)), this.#store.onEnd(() => sink.end())];
    if (close) {
      this.#close++;
      stops.push(
        this.#store.listenChunks((chunk) => this.#takeChunk(reader, chunk)),
        () => this.#close--,
      );
    }
    this.#counts.set(kind, this.listeners(kind) + 1);
    if (this.#store.over(rendition)) sink.end();
    return () => {
      for (const stop of stops) stop();
      this.#counts.set(kind, this.listeners(kind) - 1);
    };
  }

  #hasRoomClose(kind: EndlessKind): boolean {
    return isContainer(kind) && !this.thrifty && this.#close < CLOSE_LISTENERS;
  }

  /** @hot */
  #takePart(reader: Reader, part: Part): void {
    const { kind, sink } = reader;
    // Our own player needs an unbroken timeline; any other player would only be delayed by silence that stands for lost time.
    if (part.rendition !== RENDITION[kind] || (part.filler && !isContainer(kind))) return;
    const end = part.timestamp + part.duration;
    if (end > reader.end) {
      if (sink.backlog > SLOW_READER_BYTES) {
        this.skippedParts++;
        if (++reader.skipped > GIVE_UP_PARTS) sink.destroy();
        return;
      }
      sink.write(this.#form(kind, part), part.timestamp, end);
      reader.end = end;
      this.#catchUp(reader);
    }
    reader.skipped = 0;
    if (part.last) sink.end();
  }

  /** @hot */
  #takeChunk(reader: Reader, chunk: Chunk): void {
    if (chunk.rendition !== RENDITION[reader.kind] || chunk.timestamp !== reader.end || reader.sink.backlog > SLOW_READER_BYTES) return;
    reader.end += chunk.duration;
    reader.sink.write(chunk.data, chunk.timestamp, reader.end);
  }

  /** Sends what is already known of the parts to come. */
  #catchUp(reader: Reader): void {
    if (reader.close) for (const chunk of this.#store.chunksAhead(RENDITION[reader.kind])) this.#takeChunk(reader, chunk);
  }

  #form(kind: EndlessKind, part: Part): Uint8Array {
    let forms = this.#forms.get(part);
    if (forms === undefined) {
      forms = new Map();
      this.#forms.set(part, forms);
    }
    let form = forms.get(kind);
    if (form === undefined) {
      form = transform(kind, part);
      forms.set(kind, form);
    }
    return form;
  }
}

function transform(kind: EndlessKind, part: Part): Uint8Array {
  if (kind !== "aac" && kind !== "opus") return part.data;
  const chunk = readChunk(part.data);
  if (!chunk.ok) return new Uint8Array(0);
  return kind === "aac" ? writeAdts(chunk.packets, 1) : oggPage(part.sequenceNumber, part.timestamp, part.last, chunk.packets);
}

/** A part's packets as one Ogg page; its number follows the part's, its granule is the last sample's. @spec RFC 7845 §4 */
export function oggPage(sequenceNumber: number, timestamp: number, last: boolean, packets: readonly Uint8Array[]): Uint8Array {
  return writeOggPage({
    packets,
    granule: timestamp + packets.length * GRIDS.opus.frameSamples,
    serial: OGG_SERIAL,
    number: FIRST_DATA_PAGE + sequenceNumber,
    flags: last ? OGG_LAST : 0,
  });
}

/** The header pages that belong to {@link oggPage}. */
export function oggHeader(title: string): Uint8Array {
  return writeOggOpusHeader({ numberOfChannels: 1, serial: OGG_SERIAL, title });
}
