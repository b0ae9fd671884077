import { GRIDS, OGG_LAST, type Part, readChunk, type RenditionId, writeAdts, writeOggOpusHeader, writeOggPage } from "../programme/mod.ts";
import { TYPES } from "./answer.ts";

/** Kinds of endless stream. */
export const ENDLESS_KINDS = ["mp4-opus", "mp4-aac", "mp4-low", "mp3", "aac", "opus"] as const;
/** One kind of endless stream. */
export type EndlessKind = (typeof ENDLESS_KINDS)[number];

/** Serial of every Ogg stream: one stream per connection, so one number serves. */
const OGG_SERIAL = 0x4561_7273;
const FIRST_DATA_PAGE = 2;

const RENDITION: Readonly<Record<EndlessKind, RenditionId>> = { "mp4-opus": "opus", "mp4-aac": "aac", "mp4-low": "low", mp3: "mp3", aac: "aac", opus: "opus" };

/** The rendition a stream is made of. */
export function endlessRendition(kind: EndlessKind): RenditionId {
  return RENDITION[kind];
}

/** The container stream that `?codec=` asks for: `aac`, `low` (Opus at half the data), or Opus. */
export function containerKind(codec: string | null): EndlessKind {
  return codec === "aac" ? "mp4-aac" : codec === "low" ? "mp4-low" : "mp4-opus";
}

/** Content type of a stream. */
export function endlessType(kind: EndlessKind): string {
  return kind === "mp3" ? TYPES.mp3 : kind === "aac" ? TYPES.aac : kind === "opus" ? TYPES.ogg : TYPES.mp4;
}

/** Whether a stream is CMAF, as our own player takes it: on an unbroken timeline, chunk by chunk where it follows closely. */
export function isContainer(kind: EndlessKind): boolean {
  return kind === "mp4-opus" || kind === "mp4-aac" || kind === "mp4-low";
}

/** A part's bytes in a stream's form, of a programme with so many channels; empty for silence that stands for lost time, where it would only delay the player. */
export function formOf(kind: EndlessKind, part: Part, numberOfChannels: number): Uint8Array {
  if (part.filler && !isContainer(kind)) return new Uint8Array(0);
  if (kind !== "aac" && kind !== "opus") return part.data;
  const chunk = readChunk(part.data);
  if (!chunk.ok) return new Uint8Array(0);
  return kind === "aac" ? writeAdts(chunk.packets, numberOfChannels) : oggPage(part.sequenceNumber, part.timestamp, part.last, chunk.packets);
}

/** A part's packets as one Ogg page; its number follows the part's, its granule is the last sample's. @spec RFC 7845 §4 */
function oggPage(sequenceNumber: number, timestamp: number, last: boolean, packets: readonly Uint8Array[]): Uint8Array {
  return writeOggPage({
    packets,
    granule: timestamp + packets.length * GRIDS.opus.frameSamples,
    serial: OGG_SERIAL,
    number: FIRST_DATA_PAGE + sequenceNumber,
    flags: last ? OGG_LAST : 0,
  });
}

/** The header pages that belong to {@link oggPage}. */
export function oggHeader(title: string, numberOfChannels: number): Uint8Array {
  return writeOggOpusHeader({ numberOfChannels, serial: OGG_SERIAL, title });
}
