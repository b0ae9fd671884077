/** Fixed part of a header, of its extensions' head, and of a contributing source. Bytes. @spec RFC 3550 §5.1, §5.3.1 */
const FIXED_BYTES = 12;
const WORD_BYTES = 4;
/** Marks of extensions with heads of one byte and of two. The last four bits of the second mean nothing. @spec RFC 8285 §4.2, §4.3 */
const ONE_BYTE_HEADS = 0xbede;
const TWO_BYTE_HEADS = 0x1000;
/** With heads of one byte, the number that ends the list. @spec RFC 8285 §4.2 */
const END = 15;

/** Reads RTP headers from the network, one after the other into the same fields. */
export class RtpReader {
  sequenceNumber = 0;
  /** Clock ticks, modulo 2^32. */
  timestamp = 0;
  ssrc = 0;
  payloadType = 0;
  /** Whether the payload ends in padding. */
  padded = false;
  /** Where the payload begins. Bytes. */
  length = 0;
  #extensionsAt = 0;

  /** Reads a packet whose header must end at `limit` or before; false when it is no such thing. @spec RFC 3550 §5.1 @hot */
  read(packet: Buffer, limit: number): boolean {
    if (limit < FIXED_BYTES || limit > packet.length) return false;
    const first = packet[0] as number;
    if (first >> 6 !== 2) return false;
    let length = FIXED_BYTES + WORD_BYTES * (first & 0x0f);
    this.#extensionsAt = 0;
    if ((first & 0x10) !== 0) {
      if (length + WORD_BYTES > limit) return false;
      this.#extensionsAt = length;
      length += WORD_BYTES + WORD_BYTES * packet.readUInt16BE(length + 2);
    }
    if (length > limit) return false;
    this.padded = (first & 0x20) !== 0;
    this.payloadType = (packet[1] as number) & 0x7f;
    this.sequenceNumber = packet.readUInt16BE(2);
    this.timestamp = packet.readUInt32BE(4);
    this.ssrc = packet.readUInt32BE(8);
    this.length = length;
    return true;
  }

  /** First byte of the extension with a number, in the packet read last; undefined when there is none. @spec RFC 8285 §4 @hot */
  extension(packet: Buffer, wanted: number): number | undefined {
    const head = this.#extensionsAt;
    if (head === 0) return undefined;
    const mark = packet.readUInt16BE(head);
    const short = mark === ONE_BYTE_HEADS;
    if (!short && (mark & 0xfff0) !== TWO_BYTE_HEADS) return undefined;
    for (let at = head + WORD_BYTES; at < this.length; ) {
      const byte = packet[at] as number;
      if (byte === 0) {
        at++;
        continue;
      }
      const id = short ? byte >> 4 : byte;
      if (short && id === END) return undefined;
      const bytes = short ? (byte & 0x0f) + 1 : (packet[at + 1] as number);
      const value = at + (short ? 1 : 2);
      if (value + bytes > this.length) return undefined;
      if (id === wanted && bytes > 0) return packet[value];
      at = value + bytes;
    }
    return undefined;
  }
}
