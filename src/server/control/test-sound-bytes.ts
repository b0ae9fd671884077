/** A WAV file of a tone: mono, 16 bit, 48 kHz. */
export function toneWav(seconds: number): Uint8Array {
  const count = Math.round(seconds * 48_000);
  const wav = Buffer.alloc(44 + 2 * count);
  wav.write("RIFF\0\0\0\0WAVEfmt ", "latin1");
  wav.writeUInt32LE(36 + 2 * count, 4);
  wav.writeUInt32LE(16, 16);
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    wav.writeUInt16LE(value, offset);
  wav.writeUInt32LE(48_000, 24);
  wav.writeUInt32LE(96_000, 28);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * count, 40);
  for (let index = 0; index < count; index++) wav.writeInt16LE(Math.round(8_000 * Math.sin((index * 2 * Math.PI * 440) / 48_000)), 44 + 2 * index);
  return wav;
}

/** Samples of one frame; the most there can be. @spec RFC 9639 §9.1 */
const BLOCK = 65_535;
const RATE = 8_000;

/** A FLAC file of one value that lasts this long in 15 bytes for every eight seconds. @spec RFC 9639 §8.2, §9.2.3 */
export function endlessFlac(seconds: number): Uint8Array {
  const count = Math.ceil((seconds * RATE) / BLOCK);
  const info = Buffer.alloc(34);
  info.writeUInt16BE(BLOCK, 0);
  info.writeUInt16BE(BLOCK, 2);
  // 20 bits of rate, 3 of channels less one, 5 of bits less one; the total is left unknown.
  info.writeUInt32BE(((RATE << 12) | (15 << 4)) >>> 0, 10);
  const frames = Array.from({ length: count }, (_, number) => {
    const head = Buffer.from([0xff, 0xf8, 0x70, 0x08, ...frameNumber(number), (BLOCK - 1) >> 8, (BLOCK - 1) & 0xff, 0]);
    head[head.length - 1] = checksum(head.subarray(0, -1), 8, 0x07);
    const frame = Buffer.concat([head, Buffer.from([0, 0x20, number & 0xff, 0, 0])]);
    frame.writeUInt16BE(checksum(frame.subarray(0, -2), 16, 0x8005), frame.length - 2);
    return frame;
  });
  return Buffer.concat([Buffer.from("fLaC\x80\0\0\x22", "latin1"), info, ...frames]);
}

/** A frame's number as UTF-8 writes one. */
function frameNumber(number: number): readonly number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 0x3f)];
  return [0xe0 | (number >> 12), 0x80 | ((number >> 6) & 0x3f), 0x80 | (number & 0x3f)];
}

/** @spec RFC 9639 §9.1.8, §9.3 */
function checksum(bytes: Uint8Array, bits: 8 | 16, polynomial: number): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) sum = (sum & (1 << (bits - 1)) ? (sum << 1) ^ polynomial : sum << 1) & (2 ** bits - 1);
  }
  return sum;
}
