/** Bytes of a box's size and type. @spec ISO/IEC 14496-12 §4.2 */
export const BOX_HEADER_BYTES = 8;

const encoder = new TextEncoder();

/** Big-endian integers and text, one after another. */
export const u8 = (...values: number[]): Uint8Array => Uint8Array.from(values);
export const u16 = (value: number): Uint8Array => u8((value >>> 8) & 255, value & 255);
export const u32 = (value: number): Uint8Array => u8((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
/** 64 bits from a whole number below 2^53. */
export const u64 = (value: number): Uint8Array => concat([u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32)]);
export const text = (value: string): Uint8Array => encoder.encode(value);

/** Joins byte arrays into a new one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A box with its size in front. */
export function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([u32(BOX_HEADER_BYTES + body.length), text(type), body]);
}

/** A box that opens with a version and 24 bits of flags. */
export function fullBox(type: string, version: number, flags: number, ...content: Uint8Array[]): Uint8Array {
  return box(type, u32(((version << 24) | flags) >>> 0), ...content);
}

/** A box found in bytes: content is `[contentStart, end)`. */
export interface FoundBox {
  readonly type: string;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** The boxes in `data[from, to)`, or undefined when they do not fill it exactly. Never throws. */
export function listBoxes(data: Uint8Array, from = 0, to = data.length): FoundBox[] | undefined {
  const boxes: FoundBox[] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = from;
  while (at < to) {
    if (to - at < BOX_HEADER_BYTES) return undefined;
    const size = view.getUint32(at);
    if (size < BOX_HEADER_BYTES || at + size > to) return undefined;
    boxes.push({ type: String.fromCharCode(...data.subarray(at + 4, at + 8)), start: at, contentStart: at + BOX_HEADER_BYTES, end: at + size });
    at += size;
  }
  return boxes;
}
