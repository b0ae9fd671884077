import { type Chunk, type Part, type PartBus, partSamples, type RenditionId, type Unsubscribe } from "../../programme/mod.ts";
import { SAMPLE_RATE } from "../../core/units.ts";

/** How far back a newcomer can ask. Milliseconds; the plain playlist's window plus the time a front needs to come back after a crash. */
export const BUS_WINDOW_MS = 90_000;

interface Ring {
  readonly parts: Part[];
  readonly capacity: number;
}

/** The part bus inside one process: a ring per rendition and direct calls. */
export class MemoryPartBus implements PartBus {
  readonly #rings = new Map<string, Ring>();
  readonly #subscribers = new Map<string, Set<(part: Part) => void>>();

  readonly #chunkSubscribers = new Map<string, Set<(chunk: Chunk) => void>>();

  publishChunk(chunk: Chunk): void {
    for (const subscriber of this.#chunkSubscribers.get(chunk.eventId) ?? []) subscriber(chunk);
  }

  subscribeChunks(eventId: string, on: (chunk: Chunk) => void): Unsubscribe {
    const subscribers = this.#chunkSubscribers.get(eventId) ?? new Set();
    this.#chunkSubscribers.set(eventId, subscribers);
    subscribers.add(on);
    return () => subscribers.delete(on);
  }

  publish(part: Part): void {
    const ring = this.#ring(part.eventId, part.rendition);
    ring.parts.push(part);
    if (ring.parts.length > ring.capacity) ring.parts.shift();
    for (const subscriber of this.#subscribers.get(part.eventId) ?? []) subscriber(part);
  }

  subscribe(eventId: string, windowMs: number, on: (part: Part) => void): Unsubscribe {
    for (const part of this.#window(eventId, windowMs)) on(part);
    const subscribers = this.#subscribers.get(eventId) ?? new Set();
    this.#subscribers.set(eventId, subscribers);
    subscribers.add(on);
    return () => subscribers.delete(on);
  }

  fetch(eventId: string, rendition: RenditionId, sequenceNumber: number): Part | undefined {
    return this.#rings.get(`${eventId}/${rendition}`)?.parts.find((part) => part.sequenceNumber === sequenceNumber);
  }

  #ring(eventId: string, rendition: RenditionId): Ring {
    const key = `${eventId}/${rendition}`;
    let ring = this.#rings.get(key);
    if (ring === undefined) {
      ring = { parts: [], capacity: Math.ceil((BUS_WINDOW_MS / 1000) * (SAMPLE_RATE / partSamples(rendition))) };
      this.#rings.set(key, ring);
    }
    return ring;
  }

  /** Parts of all renditions, oldest first, no older than the window counts back from the newest. */
  #window(eventId: string, windowMs: number): Part[] {
    const all: Part[] = [];
    for (const [key, ring] of this.#rings) if (key.startsWith(`${eventId}/`)) all.push(...ring.parts);
    const newest = all.reduce((latest, part) => Math.max(latest, part.timestamp + part.duration), 0);
    const from = newest - (windowMs / 1000) * SAMPLE_RATE;
    return all.filter((part) => part.timestamp >= from).sort((a, b) => a.timestamp - b.timestamp);
  }
}
