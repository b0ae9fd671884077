/** Highest frequency each bandwidth of Opus carries. Hertz. @spec RFC 6716 §2.1.3 */
const NARROW = 4_000;
const MEDIUM = 6_000;
const WIDE = 8_000;
const SUPERWIDE = 12_000;
/** Opus that leaves nothing out. Hertz. @spec RFC 6716 §2.1.3 */
export const FULLBAND = 20_000;
/** Bandwidth by the five configuration bits of a packet's first byte. @spec RFC 6716 §3.1, table 2 */
const BANDWIDTHS = Uint16Array.from({ length: 32 }, (_, configuration) => {
  if (configuration < 12) return [NARROW, MEDIUM, WIDE][configuration >> 2] as number;
  if (configuration < 16) return configuration < 14 ? SUPERWIDE : FULLBAND;
  return [NARROW, WIDE, SUPERWIDE, FULLBAND][(configuration - 16) >> 2] as number;
});
/** Length of one frame by the configuration bits. Milliseconds. @spec RFC 6716 §3.1, table 2 */
const FRAME_LENGTHS = Float64Array.from({ length: 32 }, (_, configuration) => {
  if (configuration < 12) return [10, 20, 40, 60][configuration & 3] as number;
  if (configuration < 16) return [10, 20][configuration & 1] as number;
  return [2.5, 5, 10, 20][configuration & 3] as number;
});

/** Highest frequency an Opus packet carries, by its first byte. Hertz. @spec RFC 6716 §3.1 @hot */
export function codedBandwidth(toc: number): number {
  return BANDWIDTHS[(toc >> 3) & 31] as number;
}

/** Sound in an Opus packet that is not empty. Milliseconds; 0 when it says no number of frames. @spec RFC 6716 §3.1, §3.2 @hot */
export function packetLength(payload: Uint8Array): number {
  const toc = payload[0] as number;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (payload[1] ?? 0) & 63;
  return frames * (FRAME_LENGTHS[(toc >> 3) & 31] as number);
}
