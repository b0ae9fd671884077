const CRC8_TABLE = Uint8Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80 ? (value << 1) ^ 0x07 : value << 1;
  return value & 0xff;
});
const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x8005 : value << 1;
  return value & 0xffff;
});

/** Checksum of a FLAC frame's header: polynomial 0x07. @spec RFC 9639 §9.1.8 */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let at = from; at < to; at++) crc = CRC8_TABLE[crc ^ (bytes[at] as number)] as number;
  return crc;
}

/** Checksum of a whole FLAC frame: polynomial 0x8005; 0 over a frame with its own checksum at its end. @spec RFC 9639 §9.3 */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let at = from; at < to; at++) crc = nextCrc16(crc, bytes[at] as number);
  return crc;
}

/** One byte more of {@link crc16}. */
export function nextCrc16(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ byte] as number);
}
