import { samples } from "../core/units.ts";
import {
  type Chunk,
  CMAF_RENDITIONS,
  codecsOf,
  GRIDS,
  type Part,
  partSamples,
  RENDITIONS,
  type RenditionId,
  writeChunk,
  writeHeader,
} from "../programme/mod.ts";
import { PartStore } from "./part-store.ts";

/** When the test events went live. Unix milliseconds. */
export const ORIGIN_MS = Date.parse("2026-10-03T19:00:00Z");

/** A part with real CMAF bytes around packets that say which part they are. */
export function testPart(rendition: RenditionId, sequenceNumber: number, { last = false, filler = false, frames = GRIDS[rendition].framesPerPart } = {}): Part {
  const timestamp = samples(sequenceNumber * partSamples(rendition));
  const packets = Array.from({ length: frames }, (_, index) => Uint8Array.of(0xfc, sequenceNumber & 255, index));
  const data = rendition === "mp3" ? Buffer.concat(packets) : writeChunk({ rendition, sequenceNumber, timestamp, packets });
  return { eventId: "event", rendition, epoch: 1, sequenceNumber, timestamp, duration: samples(frames * GRIDS[rendition].frameSamples), filler, last, data };
}

/** A store of a live event that has its headers and these first parts of each rendition. */
export function testStore(parts: number): PartStore {
  const store = new PartStore();
  store.live = { eventId: "event", slug: "evening", phase: "live", epoch: 1, onStage: [], revision: 1, originUnixMs: ORIGIN_MS };
  for (const rendition of CMAF_RENDITIONS) store.setHeader(rendition, writeHeader({ rendition, numberOfChannels: 1 }), codecsOf(rendition));
  for (const rendition of RENDITIONS) for (let number = 0; number < parts; number++) store.put(testPart(rendition, number));
  return store;
}

/** The pieces {@link testPart} is sent ahead in: the same packets, all but the last without the event message. */
export function testChunks(rendition: "opus" | "aac", sequenceNumber: number, epoch = 1): Chunk[] {
  const { frameSamples, framesPerPart, framesPerChunk } = GRIDS[rendition];
  return Array.from({ length: framesPerPart / framesPerChunk }, (_, piece) => {
    const timestamp = samples(sequenceNumber * partSamples(rendition) + piece * framesPerChunk * frameSamples);
    const packets = Array.from({ length: framesPerChunk }, (_unused, index) => Uint8Array.of(0xfc, sequenceNumber & 255, piece * framesPerChunk + index));
    const data = writeChunk({ rendition, sequenceNumber, timestamp, packets });
    return { eventId: "event", rendition, epoch, sequenceNumber, timestamp, duration: samples(framesPerChunk * frameSamples), data };
  });
}
