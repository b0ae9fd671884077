const HEADER_BYTES = 27;
/** Longest page. Bytes: header, 255 lacing values, 255 segments of 255. @spec RFC 3533 §6 */
const MAX_PAGE_BYTES = HEADER_BYTES + 255 + 255 * 255;
/** Longest packet that is put together from pages. Bytes; Opus packets stay below 62 KB, a comment with a picture in it is not needed. */
const MAX_PACKET_BYTES = 64 * 1024;
const CONTINUED = 1;
const FIRST = 2;

/** CRC-32 of Ogg: polynomial 0x04c11db7, no reflection. @spec RFC 3533 §6 */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

/** One packet out of an Ogg stream. */
export interface OggPacket {
  readonly data: Uint8Array;
  /** Whether a logical stream begins with it: radio streams begin anew with every title. */
  readonly first: boolean;
}

/** Takes packets out of an Ogg stream that comes in pieces, whatever the pieces hold: what is no whole page is skipped and counted, nothing is thrown. @spec RFC 3533 */
export class OggPackets {
  #rest: Uint8Array = new Uint8Array(0);
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  /** Whether the packet being put together has lost a piece. */
  #torn = true;
  /** Bytes that belonged to no whole page. */
  skippedBytes = 0;

  /** Takes the next bytes; gives the packets they complete. */
  push(bytes: Uint8Array): OggPacket[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const packets: OggPacket[] = [];
    let at = 0;
    while (at + HEADER_BYTES <= all.length) {
      const length = pageLength(all, at);
      if (length === undefined) break;
      if (length > 0 && at + length > all.length) break;
      if (length === 0 || !isWhole(all.subarray(at, at + length))) {
        at++;
        this.skippedBytes++;
        this.#torn = true;
      } else {
        this.#readPage(all.subarray(at, at + length), packets);
        at += length;
      }
    }
    // Never more than one page waits.
    this.#rest = all.slice(at).subarray(0, MAX_PAGE_BYTES);
    return packets;
  }

  #readPage(page: Uint8Array, packets: OggPacket[]): void {
    const flags = page[5] as number;
    const lacings = page[26] as number;
    if ((flags & CONTINUED) === 0) this.#begin();
    let first = (flags & FIRST) !== 0;
    let at = HEADER_BYTES + lacings;
    for (let index = 0; index < lacings; index++) {
      const lacing = page[HEADER_BYTES + index] as number;
      this.#add(page.slice(at, at + lacing));
      at += lacing;
      if (lacing === 255) continue;
      if (!this.#torn) packets.push({ data: joined(this.#parts, this.#partsBytes), first });
      first = false;
      this.#begin();
    }
  }

  #begin(): void {
    this.#parts = [];
    this.#partsBytes = 0;
    this.#torn = false;
  }

  #add(part: Uint8Array): void {
    this.#partsBytes += part.length;
    if (this.#partsBytes > MAX_PACKET_BYTES) this.#torn = true;
    if (this.#torn) this.#parts = [];
    else this.#parts.push(part);
  }
}

/** Length of the page that may begin here: 0 when none does, undefined when that cannot be told yet. */
function pageLength(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== 0x4f || bytes[at + 1] !== 0x67 || bytes[at + 2] !== 0x67 || bytes[at + 3] !== 0x53 || bytes[at + 4] !== 0) return 0;
  const lacings = bytes[at + 26] as number;
  if (at + HEADER_BYTES + lacings > bytes.length) return undefined;
  let length = HEADER_BYTES + lacings;
  for (let index = 0; index < lacings; index++) length += bytes[at + HEADER_BYTES + index] as number;
  return length;
}

function isWhole(page: Uint8Array): boolean {
  let crc = 0;
  for (let index = 0; index < page.length; index++) {
    const byte = index >= 22 && index < 26 ? 0 : (page[index] as number);
    crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 255] as number)) >>> 0;
  }
  return crc === ((page[22] as number) | ((page[23] as number) << 8) | ((page[24] as number) << 16) | ((page[25] as number) << 24)) >>> 0;
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
