/** Copies in one packet at most: browsers send one or two. */
const MAX_COPIES = 4;
/** Bytes of the header of a copy, and of the newest. @spec RFC 2198 §3 */
const COPY_HEADER = 4;
const LAST_HEADER = 1;

/** Where the parts of a packet lie: copies oldest first, then the newest. Filled by {@link readRed}, used again for each packet. */
export class RedBlocks {
  /** First byte of each part, and the one after its last. */
  readonly starts = new Uint16Array(MAX_COPIES + 1);
  readonly ends = new Uint16Array(MAX_COPIES + 1);
  /** How much older than the packet each part is. Samples at 48 kHz; 0 for the newest. */
  readonly offsets = new Uint16Array(MAX_COPIES + 1);
}

/**
 * Reads the parts of a packet with redundancy and gives how many copies come before the newest; a negative number is what
 * is wrong: minus the offset of the byte, less one. All parts have to be of one payload type, and none of the newest may be missing.
 * Copies without content are left out. @spec RFC 2198 §3 @hot
 */
export function readRed(packet: Uint8Array, blocks: RedBlocks): number {
  const { starts, ends, offsets } = blocks;
  let header = 0;
  let copies = 0;
  let length = 0;
  const payloadType = (packet[0] ?? 0) & 0x7f;
  for (; header < packet.length; header += COPY_HEADER) {
    const first = packet[header] as number;
    if ((first & 0x7f) !== payloadType) return -1 - header;
    if (first < 0x80) break;
    if (copies === MAX_COPIES || header + COPY_HEADER >= packet.length) return -1 - header;
    const high = packet[header + 1] as number;
    const middle = packet[header + 2] as number;
    offsets[copies] = (high << 6) | (middle >> 2);
    ends[copies] = ((middle & 3) << 8) | (packet[header + 3] as number);
    length += ends[copies] as number;
    copies++;
  }
  let at = header + LAST_HEADER;
  if (at + length >= packet.length || packet.length > 0xffff) return -1 - packet.length;
  let kept = 0;
  for (let copy = 0; copy < copies; copy++) {
    const size = ends[copy] as number;
    if (size > 0) {
      starts[kept] = at;
      ends[kept] = at + size;
      offsets[kept++] = offsets[copy] as number;
    }
    at += size;
  }
  starts[kept] = at;
  ends[kept] = packet.length;
  offsets[kept] = 0;
  return kept;
}
