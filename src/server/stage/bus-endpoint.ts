import type { ServerResponse } from "node:http";
import type { Chunk, Part, PartBus, RenditionId } from "../../programme/mod.ts";
import { BUS_FRAME, type BusChunk, type BusHeader, type BusHello, type BusPart } from "../../wire/bus.ts";
import { encodeFrame } from "../../wire/frames.ts";
import type { LiveState } from "../../wire/public-state.ts";

/** Bytes a reader may leave unread before it is cut off. 8 MiB is over seven minutes of all renditions: such a reader is gone. */
const SLOW_READER_BYTES = 8 * 1024 * 1024;

/** A rendition's header and codec name. */
export type RenditionHeaders = ReadonlyMap<RenditionId, { readonly codecs: string; readonly bytes: Uint8Array }>;

/** One programme on the bus: the floor, or an interpretation. */
interface Lane {
  readonly language: string | undefined;
  readonly bus: PartBus;
  headers: RenditionHeaders;
}

/** A connection that is served. */
interface Reader {
  readonly write: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly windowMs: number;
  /** What ends its subscriptions, by language. */
  readonly stops: Map<string | undefined, () => void>;
}

/** The stage's end of the part bus: `GET /bus` streams for fronts and control. */
export class BusEndpoint {
  readonly #floor: Lane;
  readonly #lanes = new Map<string | undefined, Lane>();
  readonly #hello: BusHello;
  readonly #readers = new Set<Reader>();
  #state: LiveState;
  /** Readers cut off because they did not read. */
  slowReadersCut = 0;

  constructor(bus: PartBus, hello: BusHello, state: LiveState) {
    this.#floor = { language: undefined, bus, headers: new Map() };
    this.#lanes.set(undefined, this.#floor);
    this.#hello = hello;
    this.#state = state;
  }

  get readers(): number {
    return this.#readers.size;
  }

  setHeaders(headers: RenditionHeaders): void {
    this.#floor.headers = headers;
    for (const frame of headerFrames(this.#floor)) this.#toAll(frame);
  }

  /** Lets everybody follow an interpretation too. */
  addLanguage(language: string, bus: PartBus, headers: RenditionHeaders): void {
    this.removeLanguage(language);
    const lane: Lane = { language, bus, headers };
    this.#lanes.set(language, lane);
    for (const reader of this.#readers) this.#follow(reader, lane);
  }

  removeLanguage(language: string): void {
    this.#lanes.delete(language);
    for (const { stops } of this.#readers) {
      stops.get(language)?.();
      stops.delete(language);
    }
  }

  setState(state: LiveState): void {
    this.#state = state;
    this.#toAll(encodeFrame(BUS_FRAME.state, state));
  }

  /** Answers one `GET /bus` until the reader leaves or is {@link cut} off. */
  serve(response: ServerResponse, windowMs: number): void {
    response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": "no-store" });
    const write = (bytes: Uint8Array) => {
      if (response.writableLength > SLOW_READER_BYTES) {
        this.slowReadersCut++;
        response.destroy();
        return;
      }
      response.write(bytes);
    };
    write(encodeFrame(BUS_FRAME.hello, this.#hello));
    for (const lane of this.#lanes.values()) for (const frame of headerFrames(lane)) write(frame);
    write(encodeFrame(BUS_FRAME.state, this.#state));
    const reader: Reader = { write, end: () => response.destroy(), windowMs, stops: new Map() };
    for (const lane of this.#lanes.values()) this.#follow(reader, lane);
    this.#readers.add(reader);
    response.on("close", () => {
      for (const stop of reader.stops.values()) stop();
      this.#readers.delete(reader);
    });
  }

  /** Cuts every reader off; whoever comes afterwards is served again. */
  cut(): void {
    for (const { end } of this.#readers) end();
  }

  #follow({ write, windowMs, stops }: Reader, lane: Lane): void {
    const { language, bus } = lane;
    const { eventId } = this.#hello;
    // Of a language that came later a reader does not know the headers yet; told twice they do no harm.
    if (language !== undefined) for (const frame of headerFrames(lane)) write(frame);
    const stopParts = bus.subscribe(eventId, windowMs, (part) => write(encodePart(part, language)));
    const stopChunks = bus.subscribeChunks(eventId, (chunk) => write(encodeChunk(chunk, language)));
    stops.set(language, () => {
      stopParts();
      stopChunks();
    });
  }

  #toAll(frame: Uint8Array): void {
    for (const { write } of this.#readers) write(frame);
  }
}

function headerFrames({ language, headers }: Lane): Uint8Array[] {
  return [...headers].map(([rendition, { codecs, bytes }]) =>
    encodeFrame(BUS_FRAME.header, { rendition, codecs, ...inLanguage(language) } satisfies BusHeader, bytes),
  );
}

function inLanguage(language: string | undefined): { readonly language?: string } {
  return language === undefined ? {} : { language };
}

function encodeChunk(chunk: Chunk, language: string | undefined): Uint8Array {
  const { rendition, epoch, sequenceNumber, timestamp, duration } = chunk;
  return encodeFrame(BUS_FRAME.chunk, { rendition, epoch, sequenceNumber, timestamp, duration, ...inLanguage(language) } satisfies BusChunk, chunk.data);
}

function encodePart(part: Part, language: string | undefined): Uint8Array {
  const { rendition, epoch, sequenceNumber, timestamp, duration, filler, last } = part;
  return encodeFrame(
    BUS_FRAME.part,
    { rendition, epoch, sequenceNumber, timestamp, duration, filler, last, ...inLanguage(language) } satisfies BusPart,
    part.data,
  );
}
