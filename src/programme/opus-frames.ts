/** Configurations of an Opus packet whose frames last 10 and 20 ms, by the upper five bits of its first byte. @spec RFC 6716 §3.1, table 2 */
const TEN_MS = new Set([0, 4, 8, 12, 14, 18, 22, 26, 30]);
const TWENTY_MS = new Set([1, 5, 9, 13, 15, 19, 23, 27, 31]);
/** Most frames in one packet: 120 ms in frames of 2.5 ms. @spec RFC 6716 §3.2.5 */
const MAX_FRAMES = 48;

/** The frames of an Opus packet as they lie in it, or undefined when it is none. Never throws. @spec RFC 6716 §3.2 */
export function opusFrames(packet: Uint8Array): Uint8Array[] | undefined {
  const [toc] = packet;
  if (toc === undefined) return undefined;
  const code = toc & 3;
  if (code === 0) return [packet.subarray(1)];
  if (code === 1) return equalFrames(packet.subarray(1), 2);
  if (code === 2) return listedFrames(packet.subarray(1), 2);
  const second = packet[1] ?? 0;
  const count = second & 63;
  if (count === 0 || count > MAX_FRAMES) return undefined;
  let at = 2;
  let padding = 0;
  if (second & 0x40) {
    // Each 255 stands for 254 bytes of padding and one more byte of length.
    for (let byte = 255; byte === 255; at++) {
      byte = packet[at] ?? 0;
      padding += byte === 255 ? 254 : byte;
    }
  }
  if (at + padding > packet.length) return undefined;
  const body = packet.subarray(at, packet.length - padding);
  return second & 0x80 ? listedFrames(body, count) : equalFrames(body, count);
}

/**
 * A packet as packets of 20 ms, its frames untouched: those of 20 ms stay, longer ones are taken apart.
 * `half`: 10 ms, of which two make a whole ({@link joinHalves}). Undefined for what can be neither, such as one frame of 60 ms.
 */
export function inTwentyMs(packet: Uint8Array): { readonly half: boolean; readonly packets: readonly Uint8Array[] } | undefined {
  const frames = opusFrames(packet);
  const [toc = 0] = packet;
  if (frames === undefined) return undefined;
  const configuration = toc >> 3;
  if (TWENTY_MS.has(configuration)) return { half: false, packets: frames.length === 1 ? [packet] : frames.map((frame) => single(toc, frame)) };
  if (!TEN_MS.has(configuration)) return undefined;
  if (frames.length === 1) return { half: true, packets: [packet] };
  if (frames.length === 2) return { half: false, packets: [packet] };
  if (frames.length % 2 !== 0) return undefined;
  const packets: Uint8Array[] = [];
  for (let at = 0; at < frames.length; at += 2) packets.push(double(toc, frames[at] as Uint8Array, frames[at + 1] as Uint8Array));
  return { half: false, packets };
}

/** Two packets of 10 ms as one of 20 ms, or undefined when their coding differs and one cannot hold both. */
export function joinHalves(first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
  const [toc = 0] = first;
  const one = opusFrames(first);
  const other = opusFrames(second);
  if (one?.length !== 1 || other?.length !== 1 || (toc & 0xfc) !== ((second[0] ?? 0) & 0xfc)) return undefined;
  return double(toc, one[0] as Uint8Array, other[0] as Uint8Array);
}

function single(toc: number, frame: Uint8Array): Uint8Array {
  const packet = new Uint8Array(1 + frame.length);
  packet[0] = toc & 0xfc;
  packet.set(frame, 1);
  return packet;
}

/** Code 2: two frames, the length of the first before them. @spec RFC 6716 §3.2.4 */
function double(toc: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const long = first.length >= 252;
  const at = long ? 3 : 2;
  const packet = new Uint8Array(at + first.length + second.length);
  packet[0] = (toc & 0xfc) | 2;
  // @spec RFC 6716 §3.2.1: from 252 on, the length is 4 times a second byte plus the first.
  packet[1] = long ? 252 + (first.length & 3) : first.length;
  if (long) packet[2] = (first.length - 252) >> 2;
  packet.set(first, at);
  packet.set(second, at + first.length);
  return packet;
}

function equalFrames(body: Uint8Array, count: number): Uint8Array[] | undefined {
  const length = body.length / count;
  if (!Number.isInteger(length)) return undefined;
  return Array.from({ length: count }, (_, index) => body.subarray(index * length, (index + 1) * length));
}

/** Every frame but the last has its length in front; the last takes the rest. */
function listedFrames(body: Uint8Array, count: number): Uint8Array[] | undefined {
  const lengths: number[] = [];
  let at = 0;
  for (let frame = 1; frame < count; frame++) {
    let length = body[at++];
    if (length === undefined) return undefined;
    if (length >= 252) length += 4 * (body[at++] ?? 0);
    lengths.push(length);
  }
  const frames: Uint8Array[] = [];
  for (const length of lengths) {
    if (at + length > body.length) return undefined;
    frames.push(body.subarray(at, at + length));
    at += length;
  }
  return at > body.length ? undefined : [...frames, body.subarray(at)];
}
