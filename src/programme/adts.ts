/** Bytes of an ADTS header without CRC. @spec ISO/IEC 13818-7 §6.2 */
const ADTS_HEADER_BYTES = 7;

/** AAC-LC packets at 48 kHz as an ADTS run that any player can join at any packet. */
export function writeAdts(packets: readonly Uint8Array[], numberOfChannels: number): Uint8Array {
  const out = new Uint8Array(packets.reduce((sum, packet) => sum + packet.length + ADTS_HEADER_BYTES, 0));
  let at = 0;
  for (const packet of packets) {
    const length = packet.length + ADTS_HEADER_BYTES;
    // Sync, MPEG-4, no CRC; profile AAC-LC, frequency index 3 (48 kHz); buffer fullness "variable".
    out.set([0xff, 0xf1, (1 << 6) | (3 << 2), (numberOfChannels << 6) | (length >> 11), (length >> 3) & 255, ((length & 7) << 5) | 0x1f, 0xfc], at);
    out.set(packet, at + ADTS_HEADER_BYTES);
    at += length;
  }
  return out;
}
