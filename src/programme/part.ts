import { type Samples, samples } from "../core/units.ts";

/** The encodings of the programme. `mp3` is a bare run of MPEG audio frames, the others are CMAF; `low` is Opus at half the rate, on the grid of `opus`. */
export const RENDITIONS = ["opus", "aac", "mp3", "low"] as const;
/** One encoding of the programme. */
export type RenditionId = (typeof RENDITIONS)[number];

/** One value for each rendition; `low` may be missing where an earlier version began. */
export type PerRendition<Value> = Readonly<Record<Exclude<RenditionId, "low">, Value>> & { readonly low?: Value };

/** Renditions that are CMAF tracks, first the one every player knows. */
export const CMAF_RENDITIONS = ["aac", "opus", "low"] as const;
/** One that is a CMAF track. */
export type CmafRendition = (typeof CMAF_RENDITIONS)[number];

/** Channels of a rendition of a programme that has so many: MP3, for radios and old players, and `low`, for thin lines, have a rate that carries one voice well and two channels badly. */
export function channelsIn(rendition: RenditionId, numberOfChannels: number): number {
  return rendition === "mp3" || rendition === "low" ? 1 : numberOfChannels;
}

/** How a rendition's endless row of codec frames is cut. Everything is a whole number of codec frames, so the grid never drifts. */
export interface RenditionGrid {
  /** Samples per channel in one codec frame. */
  readonly frameSamples: number;
  /** Codec frames in one part. */
  readonly framesPerPart: number;
  /** Codec frames in one chunk of the endless streams; divides `framesPerPart`. */
  readonly framesPerChunk: number;
  /** Parts in one segment. */
  readonly partsPerSegment: number;
  /** Samples the encoder puts before the first sample it was fed; carried in PROGRAM-DATE-TIME, never in timestamps. */
  readonly primingSamples: number;
  /** Bits per second asked of the encoder. */
  readonly bitrate: number;
}

/** Opus: parts of 0.5 s in segments of 4.000 s, exact in binary; `low` the same, so that players change over at any part. AAC: 24 frames = 0.512 s in 4.096 s. MP3: 21 frames = 0.504 s. Chunks: 100 ms and 128 ms. Source: reference measurements, DESIGN.md. */
export const GRIDS: Readonly<Record<RenditionId, RenditionGrid>> = {
  opus: { frameSamples: 960, framesPerPart: 25, framesPerChunk: 5, partsPerSegment: 8, primingSamples: 312, bitrate: 48_000 },
  aac: { frameSamples: 1024, framesPerPart: 24, framesPerChunk: 6, partsPerSegment: 8, primingSamples: 1024, bitrate: 64_000 },
  mp3: { frameSamples: 1152, framesPerPart: 21, framesPerChunk: 21, partsPerSegment: 8, primingSamples: 1105, bitrate: 64_000 },
  low: { frameSamples: 960, framesPerPart: 25, framesPerChunk: 5, partsPerSegment: 8, primingSamples: 312, bitrate: 24_000 },
};

/** Duration of one full part of this rendition. Samples at 48 kHz. */
export function partSamples(rendition: RenditionId): Samples {
  const grid = GRIDS[rendition];
  return samples(grid.frameSamples * grid.framesPerPart);
}

/**
 * The smallest thing that is published: about half a second of one rendition, encoded once for everyone.
 * Position follows from the number: `timestamp = sequenceNumber * partSamples(rendition)`,
 * segment number = floor(sequenceNumber / partsPerSegment).
 */
export interface Part {
  readonly eventId: string;
  readonly rendition: RenditionId;
  /** Fencing number of the stage that made it: rises with every restart of the stage. */
  readonly epoch: number;
  /** Counts from 0 at the event's first sample, without holes, across restarts. */
  readonly sequenceNumber: number;
  /** Decode time of the first sample. Samples at 48 kHz since going live. */
  readonly timestamp: Samples;
  /** Samples at 48 kHz; `partSamples` but for the very last part of the event. */
  readonly duration: Samples;
  /** True when it is silence standing in for audio that was lost while the stage was away. */
  readonly filler: boolean;
  /** True for the last part of the event. */
  readonly last: boolean;
  /** CMAF renditions: one chunk ([emsg…] moof mdat). mp3: whole frames. Shared by everyone: never written to. */
  readonly data: Uint8Array;
}

/**
 * A piece of a part that is still being made, sent ahead to those who follow closely: the same packets the part will hold.
 * It may be lost and is never kept; the part that follows says the same.
 */
export interface Chunk {
  readonly eventId: string;
  readonly rendition: RenditionId;
  readonly epoch: number;
  /** Number of the part it belongs to. */
  readonly sequenceNumber: number;
  /** Decode time of the first sample. Samples at 48 kHz since going live. */
  readonly timestamp: Samples;
  /** Samples at 48 kHz. */
  readonly duration: Samples;
  /** One CMAF chunk; the last of a part carries the part's event message. Shared by everyone: never written to. */
  readonly data: Uint8Array;
}

/** Stops a subscription. Idempotent. */
export type Unsubscribe = () => void;

/** Where parts travel from the stage to whoever passes them on. Embedded: a ring in memory; many machines: a message bus. */
export interface PartBus {
  publish(part: Part): void;
  publishChunk(chunk: Chunk): void;
  /** Calls `on` for every part in order, first those of the window (at most `windowMs` back), then live ones. */
  subscribe(eventId: string, windowMs: number, on: (part: Part) => void): Unsubscribe;
  /** Calls `on` for every chunk from now on. */
  subscribeChunks(eventId: string, on: (chunk: Chunk) => void): Unsubscribe;
  /** A part still in the window, or undefined. */
  fetch(eventId: string, rendition: RenditionId, sequenceNumber: number): Part | undefined;
}
