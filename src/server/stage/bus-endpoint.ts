import type { ServerResponse } from "node:http";
import type { Chunk, Part, PartBus, RenditionId } from "../../programme/mod.ts";
import { BUS_FRAME, type BusChunk, type BusHeader, type BusHello, type BusPart } from "../../wire/bus.ts";
import { encodeFrame } from "../../wire/frames.ts";
import type { LiveState } from "../../wire/public-state.ts";

/** Bytes a reader may leave unread before it is cut off. 8 MiB is over seven minutes of all renditions: such a reader is gone. */
const SLOW_READER_BYTES = 8 * 1024 * 1024;

/** A rendition's header and codec name. */
export type RenditionHeaders = ReadonlyMap<RenditionId, { readonly codecs: string; readonly bytes: Uint8Array }>;

/** The stage's end of the part bus: `GET /bus` streams for fronts and control. */
export class BusEndpoint {
  readonly #bus: PartBus;
  readonly #hello: BusHello;
  readonly #readers = new Set<(bytes: Uint8Array) => void>();
  #headers: RenditionHeaders = new Map();
  #state: LiveState;
  /** Readers cut off because they did not read. */
  slowReadersCut = 0;

  constructor(bus: PartBus, hello: BusHello, state: LiveState) {
    this.#bus = bus;
    this.#hello = hello;
    this.#state = state;
  }

  get readers(): number {
    return this.#readers.size;
  }

  setHeaders(headers: RenditionHeaders): void {
    this.#headers = headers;
    for (const frame of this.#headerFrames()) this.#toAll(frame);
  }

  setState(state: LiveState): void {
    this.#state = state;
    this.#toAll(encodeFrame(BUS_FRAME.state, state));
  }

  /** Answers one `GET /bus` until the reader leaves or {@link close}. */
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
    for (const frame of this.#headerFrames()) write(frame);
    write(encodeFrame(BUS_FRAME.state, this.#state));
    const unsubscribe = this.#bus.subscribe(this.#hello.eventId, windowMs, (part) => write(encodePart(part)));
    const unsubscribeChunks = this.#bus.subscribeChunks(this.#hello.eventId, (chunk) => write(encodeChunk(chunk)));
    this.#readers.add(write);
    response.on("close", () => {
      unsubscribe();
      unsubscribeChunks();
      this.#readers.delete(write);
    });
  }

  #headerFrames(): Uint8Array[] {
    return [...this.#headers].map(([rendition, { codecs, bytes }]) => encodeFrame(BUS_FRAME.header, { rendition, codecs } satisfies BusHeader, bytes));
  }

  #toAll(frame: Uint8Array): void {
    for (const write of this.#readers) write(frame);
  }
}

function encodeChunk(chunk: Chunk): Uint8Array {
  const { rendition, epoch, sequenceNumber, timestamp, duration } = chunk;
  return encodeFrame(BUS_FRAME.chunk, { rendition, epoch, sequenceNumber, timestamp, duration } satisfies BusChunk, chunk.data);
}

function encodePart(part: Part): Uint8Array {
  const { rendition, epoch, sequenceNumber, timestamp, duration, filler, last } = part;
  return encodeFrame(BUS_FRAME.part, { rendition, epoch, sequenceNumber, timestamp, duration, filler, last } satisfies BusPart, part.data);
}
