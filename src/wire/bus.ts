import type { LiveState } from "./public-state.ts";

/** Kinds of frames on the bus stream (`GET /bus` on a stage's own port). */
export const BUS_FRAME = { hello: 1, header: 2, part: 3, state: 4, chunk: 5 } as const;

/** Header of a `hello` frame: first on every bus stream. */
export interface BusHello {
  readonly eventId: string;
  readonly slug: string;
  readonly epoch: number;
}
/** Header of a `header` frame; the payload is the rendition's CMAF header (ftyp + moov), empty for mp3. */
export interface BusHeader {
  /** Language of an interpretation, BCP 47; absent: the floor. */
  readonly language?: string;
  readonly rendition: string;
  readonly codecs: string;
}
/** Header of a `part` frame; the payload is the part's data. */
export interface BusPart {
  /** See {@link BusHeader}. */
  readonly language?: string;
  readonly rendition: string;
  readonly epoch: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly duration: number;
  readonly filler: boolean;
  readonly last: boolean;
}
/** Header of a `chunk` frame: a piece of the part being made; the payload is its data. Readers that do not know it leave it out. */
export interface BusChunk {
  /** See {@link BusHeader}. */
  readonly language?: string;
  readonly rendition: string;
  readonly epoch: number;
  /** Number of the part it belongs to. */
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly duration: number;
}
/** Header of a `state` frame. */
export type BusState = LiveState;
