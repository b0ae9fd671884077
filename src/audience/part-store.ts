import { SAMPLE_RATE } from "../core/units.ts";
import { type Chunk, type Part, type PlaylistWindow, partSamples, RENDITIONS, type RenditionId } from "../programme/mod.ts";
import type { LiveState } from "../wire/public-state.ts";

/** Parts kept in memory. Seconds; what the playlists list and a little more, so that a listed part is always there. */
const WINDOW_SECONDS = 90;
/** Parts behind the window that can still be fetched. Seconds; three target durations. @spec RFC 8216bis §6.2.2 */
const GRACE_SECONDS = 12;

/** Chunks kept ahead of the newest part. Five seconds of the shortest; more are only there when the disk hangs, and the parts follow anyway. */
const MAX_CHUNKS_AHEAD = 50;

/** Called for every new part, in order. */
export type PartListener = (part: Part) => void;

class Ring {
  readonly rendition: RenditionId;
  readonly capacity: number;
  readonly parts = new Map<number, Part>();
  header: Uint8Array = new Uint8Array(0);
  codecs = "";
  newest = -1;
  /** Pieces of the parts that follow the newest, in order. */
  ahead: Chunk[] = [];
  /** First part of the run without a hole. */
  first = 0;

  constructor(rendition: RenditionId) {
    this.rendition = rendition;
    this.capacity = Math.ceil(((WINDOW_SECONDS + GRACE_SECONDS) * SAMPLE_RATE) / partSamples(rendition));
  }
}

/** The newest parts of one event, shared by everyone who listens, and those who wait for the next. */
export class PartStore {
  readonly #rings = new Map<RenditionId, Ring>(RENDITIONS.map((rendition) => [rendition, new Ring(rendition)]));
  readonly #listeners = new Set<PartListener>();
  readonly #chunkListeners = new Set<(chunk: Chunk) => void>();
  readonly #endListeners = new Set<() => void>();
  #ended = false;
  /** What the stage last said about itself. */
  live: LiveState | undefined;
  /** Whether parts come in now. */
  connected = false;

  setHeader(rendition: RenditionId, header: Uint8Array, codecs: string): void {
    const ring = this.#ring(rendition);
    ring.header = header;
    ring.codecs = codecs;
  }

  header(rendition: RenditionId): Uint8Array {
    return this.#ring(rendition).header;
  }

  codecs(rendition: RenditionId): string {
    return this.#ring(rendition).codecs;
  }

  /** Takes a part; one that is here already (a newer connection repeats the window) is left out. */
  put(part: Part): void {
    const ring = this.#ring(part.rendition);
    if (part.sequenceNumber <= ring.newest) return;
    if (part.sequenceNumber !== ring.newest + 1) {
      // A hole: players must not be shown a list with one in it.
      ring.parts.clear();
      ring.first = part.sequenceNumber;
    }
    ring.newest = part.sequenceNumber;
    ring.parts.set(part.sequenceNumber, part);
    const oldest = part.sequenceNumber - ring.capacity;
    if (ring.parts.delete(oldest) || ring.first <= oldest) ring.first = oldest + 1;
    ring.ahead = ring.ahead.filter((chunk) => chunk.sequenceNumber > part.sequenceNumber);
    for (const listener of this.#listeners) listener(part);
  }

  /** Takes a piece of a part that is still being made; one whose part is here already is left out. */
  putChunk(chunk: Chunk): void {
    const ring = this.#ring(chunk.rendition);
    if (chunk.sequenceNumber <= ring.newest) return;
    // What a stage said before it died is not continued by the one after it.
    if (ring.ahead.at(-1)?.epoch !== chunk.epoch || ring.ahead.length >= MAX_CHUNKS_AHEAD) ring.ahead = [];
    ring.ahead.push(chunk);
    for (const listener of this.#chunkListeners) listener(chunk);
  }

  /** Pieces of the parts that follow the newest, in order. */
  chunksAhead(rendition: RenditionId): readonly Chunk[] {
    return this.#ring(rendition).ahead;
  }

  get(rendition: RenditionId, sequenceNumber: number): Part | undefined {
    return this.#ring(rendition).parts.get(sequenceNumber);
  }

  /** Whether the last part of the event is here; renditions end one after another, a slow encoder's seconds later. */
  complete(rendition: RenditionId): boolean {
    const ring = this.#ring(rendition);
    return ring.parts.get(ring.newest)?.last === true;
  }

  /** Whether no more of a rendition will come: its last part is here, or the stage said that it is done. */
  over(rendition: RenditionId): boolean {
    return this.#ended || this.complete(rendition);
  }

  /** Number of the newest part; -1 when there is none. */
  newest(rendition: RenditionId): number {
    return this.#ring(rendition).newest;
  }

  /** The newest parts, oldest first, at most `seconds` of them. */
  latest(rendition: RenditionId, seconds: number): Part[] {
    const ring = this.#ring(rendition);
    const count = Math.ceil((seconds * SAMPLE_RATE) / partSamples(rendition));
    const parts: Part[] = [];
    for (let number = Math.max(ring.first, ring.newest - count + 1); number <= ring.newest; number++) {
      const part = ring.parts.get(number);
      if (part !== undefined) parts.push(part);
    }
    return parts;
  }

  /** What playlists may show, or undefined while there is nothing to show. */
  window(rendition: RenditionId): PlaylistWindow | undefined {
    const ring = this.#ring(rendition);
    const newest = ring.parts.get(ring.newest);
    const originUnixMs = this.live?.originUnixMs;
    if (newest === undefined || originUnixMs === undefined) return undefined;
    const windowParts = Math.floor((WINDOW_SECONDS * SAMPLE_RATE) / partSamples(rendition));
    return {
      rendition,
      firstPart: Math.max(ring.first, ring.newest - windowParts),
      lastPart: ring.newest,
      lastPartSamples: newest.duration,
      originUnixMs,
      ended: newest.last,
    };
  }

  /** Calls `on` for every part from now on. */
  listen(on: PartListener): () => void {
    this.#listeners.add(on);
    return () => this.#listeners.delete(on);
  }

  /** Calls `on` for every chunk from now on. */
  listenChunks(on: (chunk: Chunk) => void): () => void {
    this.#chunkListeners.add(on);
    return () => this.#chunkListeners.delete(on);
  }

  /** Calls `on` once when the event is over here. */
  onEnd(on: () => void): () => void {
    this.#endListeners.add(on);
    return () => this.#endListeners.delete(on);
  }

  /** The event is over: those who wait are let go. */
  end(): void {
    this.#ended = true;
    for (const on of this.#endListeners) on();
    this.#endListeners.clear();
  }

  /** Resolves with the part as soon as it is there, or undefined after `limitMs` or when the signal aborts. */
  async waitFor(rendition: RenditionId, sequenceNumber: number, limitMs: number, signal: AbortSignal): Promise<Part | undefined> {
    const present = this.get(rendition, sequenceNumber);
    if (present !== undefined || this.over(rendition) || signal.aborted) return present;
    return await new Promise((resolve) => {
      const done = (part: Part | undefined) => {
        stop();
        stopEnd();
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        resolve(part);
      };
      const onAbort = () => done(undefined);
      const stop = this.listen((part) => {
        if (part.rendition === rendition && part.sequenceNumber >= sequenceNumber) done(this.get(rendition, sequenceNumber) ?? part);
        else if (part.last && part.rendition === rendition) done(undefined);
      });
      const stopEnd = this.onEnd(() => done(undefined));
      const timer = setTimeout(done, limitMs, undefined);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #ring(rendition: RenditionId): Ring {
    return this.#rings.get(rendition) as Ring;
  }
}
