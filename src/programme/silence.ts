import { writeChunk } from "./cmaf.ts";
import { silentMp3Frame } from "./mp3-frame.ts";
import { GRIDS, partSamples, type RenditionId } from "./part.ts";

/**
 * What our own encoders settle on when fed digital silence, mono and stereo: a CELT frame with its silence flag, an AAC element without bands.
 * A test holds them against the encoders. @spec RFC 6716 §4.3, ISO/IEC 14496-3 §4.4.2.1
 */
const OPUS = [Uint8Array.of(0xf8, 0xff, 0xfe), Uint8Array.of(0xfc, 0xff, 0xfe)] as const;
const PACKETS = {
  opus: OPUS,
  low: OPUS,
  aac: [Uint8Array.of(0x01, 0x18, 0x20, 0x07), Uint8Array.of(0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c)],
} as const;

/** One packet of silence that may stand anywhere in a rendition. Shared: never written to. */
export function silentPacket(rendition: RenditionId, numberOfChannels: number): Uint8Array {
  if (rendition === "mp3") return silentMp3Frame(numberOfChannels);
  return PACKETS[rendition][numberOfChannels === 1 ? 0 : 1];
}

/** The data of one whole part of silence. */
export function silentPart(rendition: RenditionId, numberOfChannels: number, sequenceNumber: number): Uint8Array {
  const packets = new Array<Uint8Array>(GRIDS[rendition].framesPerPart).fill(silentPacket(rendition, numberOfChannels));
  if (rendition === "mp3") return Buffer.concat(packets);
  return writeChunk({ rendition, sequenceNumber, timestamp: sequenceNumber * partSamples(rendition), packets });
}
