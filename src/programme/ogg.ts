import { SAMPLE_RATE } from "../core/units.ts";
import { concat, text, u8 } from "./boxes.ts";
import { GRIDS } from "./part.ts";

/** CRC-32 of Ogg: polynomial 0x04c11db7, no reflection. @spec RFC 3533 §6 */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});
const HEADER_BYTES = 27;
/** Lacing values a page can hold. @spec RFC 3533 §6 */
const MAX_LACING = 255;

/** Flags of a page. */
export const OGG_FIRST = 2;
export const OGG_LAST = 4;

/** One Ogg page of whole packets. @spec RFC 3533 §6 */
export function writeOggPage(page: {
  readonly packets: readonly Uint8Array[];
  readonly granule: number;
  readonly serial: number;
  readonly number: number;
  readonly flags: number;
}): Uint8Array {
  const lacing: number[] = [];
  for (const packet of page.packets) {
    for (let left = packet.length; left >= 255; left -= 255) lacing.push(255);
    lacing.push(packet.length % 255);
  }
  if (lacing.length > MAX_LACING) throw new RangeError(`an Ogg page holds at most ${MAX_LACING} lacing values, got ${lacing.length}`);
  const out = concat([new Uint8Array(HEADER_BYTES), u8(...lacing), ...page.packets]);
  const view = new DataView(out.buffer);
  out.set(text("OggS"));
  out[5] = page.flags;
  view.setBigUint64(6, BigInt(page.granule), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.number % 2 ** 32, true);
  out[26] = lacing.length;
  let crc = 0;
  for (const byte of out) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 255] as number)) >>> 0;
  view.setUint32(22, crc, true);
  return out;
}

/** The two header pages of an Opus stream; `skip`: samples a player leaves out at the start, an encoder's priming unless said. @spec RFC 7845 §5 */
export function writeOggOpusHeader(options: {
  readonly numberOfChannels: number;
  readonly serial: number;
  readonly title: string;
  readonly skip?: number;
}): Uint8Array {
  const head = new Uint8Array(19);
  head.set(text("OpusHead"));
  const view = new DataView(head.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, options.numberOfChannels);
  view.setUint16(10, options.skip ?? GRIDS.opus.primingSamples, true);
  view.setUint32(12, SAMPLE_RATE, true);
  const vendor = text("Earshot");
  const comment = text(`TITLE=${options.title.slice(0, 200)}`);
  const size = (value: number) => u8(value & 255, (value >> 8) & 255, 0, 0);
  const tags = concat([text("OpusTags"), size(vendor.length), vendor, size(1), size(comment.length), comment]);
  const { serial } = options;
  return concat([
    writeOggPage({ packets: [head], granule: 0, serial, number: 0, flags: OGG_FIRST }),
    writeOggPage({ packets: [tags], granule: 0, serial, number: 1, flags: 0 }),
  ]);
}
