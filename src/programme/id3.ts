import { concat, text, u8 } from "./boxes.ts";

/** Space reserved for the tag in front of a recording. Bytes; filled in place at the end, so the file never moves. */
export const ID3_BYTES = 16 * 1024;
const HEADER_BYTES = 10;

/** Frames of an ID3v2.4 tag by their four-letter names; UTF-8 text. @spec ID3v2.4.0 structure §3, §4 */
export function writeId3(frames: Readonly<Record<string, string>>): Uint8Array {
  const body = concat(
    Object.entries(frames).map(([name, value]) => {
      const content = concat([u8(3), text(value)]);
      return concat([text(name), syncSafe(content.length), u8(0, 0), content]);
    }),
  );
  const tag = new Uint8Array(ID3_BYTES);
  tag.set(concat([text("ID3"), u8(4, 0, 0), syncSafe(ID3_BYTES - HEADER_BYTES)]));
  tag.set(body.subarray(0, ID3_BYTES - HEADER_BYTES), HEADER_BYTES);
  return tag;
}

/** 28 bits in four bytes of seven. @spec ID3v2.4.0 structure §6.2 */
function syncSafe(value: number): Uint8Array {
  return u8((value >> 21) & 127, (value >> 14) & 127, (value >> 7) & 127, value & 127);
}
