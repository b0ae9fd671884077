import { SAMPLE_RATE } from "../core/units.ts";
import { box, concat, fullBox, listBoxes, text, u16, u32, u64, u8 } from "./boxes.ts";
import { type CmafRendition, GRIDS } from "./part.ts";

const TRACK_ID = 1;
/** `sample_depends_on = 2`: every audio frame stands alone. @spec ISO/IEC 14496-12 §8.8.3.1 */
const SYNC_SAMPLE_FLAGS = 0x0200_0000;
/** Identity matrix of a track. @spec ISO/IEC 14496-12 §8.3.2 */
const MATRIX = concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32));
/** The rate marked in a sample entry, 16.16 fixed point. */
const ENTRY_RATE = u32((SAMPLE_RATE << 16) >>> 0);

/** Timed metadata put in front of a chunk as an event message box. */
export interface ChunkMetadata {
  /** `scheme_id_uri`. */
  readonly scheme: string;
  readonly message: Uint8Array;
}

/** The `CODECS` value of a rendition. @spec RFC 6381 §3.3 */
export function codecsOf(rendition: CmafRendition): string {
  return rendition === "aac" ? "mp4a.40.2" : "opus";
}

/** The CMAF header (ftyp + moov) of a rendition: timescale 48 kHz, constant sample duration. @spec ISO/IEC 23000-19 §7.3.2 */
export function writeHeader(options: { readonly rendition: CmafRendition; readonly numberOfChannels: number }): Uint8Array {
  const { rendition, numberOfChannels } = options;
  const grid = GRIDS[rendition];
  const ftyp = box("ftyp", text("iso6"), u32(1), text("iso6cmfcmp41"));
  const mvhd = fullBox(
    "mvhd",
    0,
    0,
    u32(0),
    u32(0),
    u32(SAMPLE_RATE),
    u32(0),
    u32(0x10000),
    u16(0x100),
    new Uint8Array(10),
    MATRIX,
    new Uint8Array(24),
    u32(TRACK_ID + 1),
  );
  const tkhd = fullBox(
    "tkhd",
    0,
    7,
    u32(0),
    u32(0),
    u32(TRACK_ID),
    u32(0),
    u32(0),
    new Uint8Array(8),
    u16(0),
    u16(1),
    u16(0x100),
    u16(0),
    MATRIX,
    u32(0),
    u32(0),
  );
  const mdhd = fullBox("mdhd", 0, 0, u32(0), u32(0), u32(SAMPLE_RATE), u32(0), u16(0x55c4), u16(0));
  const hdlr = fullBox("hdlr", 0, 0, u32(0), text("soun"), new Uint8Array(12), text("Earshot\0"));
  const dinf = box("dinf", fullBox("dref", 0, 0, u32(1), fullBox("url ", 0, 1)));
  const entry = box(
    rendition === "aac" ? "mp4a" : "Opus",
    new Uint8Array(6),
    u16(1),
    new Uint8Array(8),
    u16(numberOfChannels),
    u16(16),
    u32(0),
    ENTRY_RATE,
    decoderConfig(rendition, numberOfChannels, grid.bitrate),
  );
  const empty = u32(0);
  const stbl = box(
    "stbl",
    fullBox("stsd", 0, 0, u32(1), entry),
    fullBox("stts", 0, 0, empty),
    fullBox("stsc", 0, 0, empty),
    fullBox("stsz", 0, 0, empty, empty),
    fullBox("stco", 0, 0, empty),
  );
  const minf = box("minf", fullBox("smhd", 0, 0, u32(0)), dinf, stbl);
  const trak = box("trak", tkhd, box("mdia", mdhd, hdlr, minf));
  const mvex = box("mvex", fullBox("trex", 0, 0, u32(TRACK_ID), u32(1), u32(grid.frameSamples), u32(0), u32(SYNC_SAMPLE_FLAGS)));
  return concat([ftyp, box("moov", mvhd, trak, mvex)]);
}

/** Channels of a CMAF header this house wrote; 1 where it is none. Never throws. */
export function channelsOfHeader(header: Uint8Array): number {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const entry = Math.max(bytes.indexOf("Opus", 0, "latin1"), bytes.indexOf("mp4a", 0, "latin1"));
  // The name, six bytes of nothing, an index, eight bytes of nothing. @spec ISO/IEC 14496-12 §12.2.3
  const at = entry + 4 + 6 + 2 + 8;
  return entry >= 0 && at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 1;
}

function decoderConfig(rendition: CmafRendition, numberOfChannels: number, bitrate: number): Uint8Array {
  if (rendition !== "aac") {
    // @spec Encapsulation of Opus in ISOBMFF §4.3.2
    return box("dOps", u8(0, numberOfChannels), u16(GRIDS[rendition].primingSamples), u32(SAMPLE_RATE), u16(0), u8(0));
  }
  // AudioSpecificConfig: object type 2 (AAC-LC), frequency index 3 (48 kHz). @spec ISO/IEC 14496-3 §1.6.2.1
  const specific = descriptor(5, u16((2 << 11) | (3 << 7) | (numberOfChannels << 3)));
  const decoder = descriptor(4, u8(0x40, 0x15, 0, 0, 0), u32(bitrate), u32(bitrate), specific);
  return fullBox("esds", 0, 0, descriptor(3, u16(TRACK_ID), u8(0), decoder, descriptor(6, u8(2))));
}

/** @spec ISO/IEC 14496-1 §8.3.3: lengths below 128 take one byte. */
function descriptor(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([u8(tag, body.length), body]);
}

/** What goes into one chunk. */
export interface ChunkContent {
  readonly rendition: CmafRendition;
  /** `mfhd` number; taken modulo 2^32. */
  readonly sequenceNumber: number;
  /** Decode time of the first packet. Samples at 48 kHz. */
  readonly timestamp: number;
  readonly packets: readonly Uint8Array[];
  /** In the order they are to be read. Absent: none. */
  readonly metadata?: readonly ChunkMetadata[] | undefined;
}

/** One CMAF chunk: an event message for each piece of metadata, then moof and mdat. @spec ISO/IEC 23000-19 §7.3.2.3 */
export function writeChunk(content: ChunkContent): Uint8Array {
  const { rendition, packets, timestamp, metadata = [] } = content;
  const sizes = concat(packets.map((packet) => u32(packet.length)));
  const mfhd = fullBox("mfhd", 0, 0, u32(content.sequenceNumber % 2 ** 32));
  const tfhd = fullBox("tfhd", 0, 0x020000, u32(TRACK_ID));
  const tfdt = fullBox("tfdt", 1, 0, u64(timestamp));
  const trunBytes = 20 + sizes.length;
  const moofBytes = 8 + mfhd.length + 8 + tfhd.length + tfdt.length + trunBytes;
  const trun = fullBox("trun", 0, 0x000201, u32(packets.length), u32(moofBytes + 8), sizes);
  const duration = packets.length * GRIDS[rendition].frameSamples;
  const messages = metadata.map((one) => writeEventMessage({ timestamp, duration, id: content.sequenceNumber, metadata: one }));
  return concat([...messages, box("moof", mfhd, box("traf", tfhd, tfdt, trun)), box("mdat", ...packets)]);
}

/** An event message at a time of the programme, version 1: absolute time on the track's timescale. Samples at 48 kHz. @spec ISO/IEC 23009-1 §5.10.3.3 */
export function writeEventMessage(message: {
  readonly timestamp: number;
  readonly duration: number;
  /** Tells messages of one scheme apart. */
  readonly id: number;
  readonly metadata: ChunkMetadata;
}): Uint8Array {
  const { timestamp, duration, id, metadata } = message;
  return fullBox("emsg", 1, 0, u32(SAMPLE_RATE), u64(timestamp), u32(duration), u32(id % 2 ** 32), text(`${metadata.scheme}\0\0`), metadata.message);
}

/** What a chunk holds; packets are views into its bytes. */
export type ReadChunk =
  | { readonly ok: true; readonly timestamp: number; readonly packets: readonly Uint8Array[]; readonly metadata: readonly ChunkMetadata[] }
  | { readonly ok: false; readonly code: "chunk-invalid"; readonly offset: number };

/** Reads a chunk this house wrote. Never throws, whatever the bytes. */
export function readChunk(data: Uint8Array): ReadChunk {
  const invalid = (offset: number): ReadChunk => ({ ok: false, code: "chunk-invalid", offset });
  const boxes = listBoxes(data);
  if (boxes === undefined) return invalid(0);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const metadata: ChunkMetadata[] = [];
  const packets: Uint8Array[] = [];
  let sizes: number[] = [];
  let timestamp = -1;
  for (const found of boxes) {
    if (found.type === "emsg") {
      const message = readEmsg(data, found.contentStart, found.end);
      if (message === undefined) return invalid(found.start);
      metadata.push(message);
    } else if (found.type === "moof") {
      const traf = listBoxes(data, found.contentStart, found.end)?.find((inner) => inner.type === "traf");
      const inside = traf === undefined ? undefined : listBoxes(data, traf.contentStart, traf.end);
      const tfdt = inside?.find((inner) => inner.type === "tfdt");
      const trun = inside?.find((inner) => inner.type === "trun");
      if (tfdt === undefined || trun === undefined || tfdt.end - tfdt.contentStart < 12 || trun.end - trun.contentStart < 12) return invalid(found.start);
      timestamp = view.getUint32(tfdt.contentStart + 4) * 2 ** 32 + view.getUint32(tfdt.contentStart + 8);
      const count = view.getUint32(trun.contentStart + 4);
      if (count * 4 !== trun.end - trun.contentStart - 12) return invalid(trun.start);
      sizes = Array.from({ length: count }, (_, index) => view.getUint32(trun.contentStart + 12 + index * 4));
    } else if (found.type === "mdat") {
      let at = found.contentStart;
      for (const size of sizes) {
        if (at + size > found.end) return invalid(at);
        packets.push(data.subarray(at, at + size));
        at += size;
      }
    }
  }
  return timestamp < 0 || packets.length === 0 ? invalid(data.length) : { ok: true, timestamp, packets, metadata };
}

/** Bytes of an emsg version 1 before its strings. */
const EMSG_FIXED_BYTES = 24;

function readEmsg(data: Uint8Array, start: number, end: number): ChunkMetadata | undefined {
  const schemeStart = start + EMSG_FIXED_BYTES;
  const schemeEnd = data.indexOf(0, schemeStart);
  if (data[start] !== 1 || schemeEnd < 0 || schemeEnd >= end) return undefined;
  const valueEnd = data.indexOf(0, schemeEnd + 1);
  if (valueEnd < 0 || valueEnd >= end) return undefined;
  return { scheme: new TextDecoder().decode(data.subarray(schemeStart, schemeEnd)), message: data.subarray(valueEnd + 1, end) };
}
