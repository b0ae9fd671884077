import { concat, text, u8, u32 } from "./boxes.ts";

/** Space reserved for the tag in front of a recording. Bytes; filled in place at the end, so the file never moves. Room for a chapter a minute over two hours. */
export const ID3_BYTES = 16 * 1024;
const HEADER_BYTES = 10;
/** Longest chapter title in the tag. Bytes of UTF-8; so that over a hundred fit. */
const TITLE_BYTES = 64;
/** Children a table of contents can name. @spec ID3v2 Chapter Frame Addendum §3.2: one byte */
const MOST_CHILDREN = 255;
/** Top level, in order. @spec ID3v2 Chapter Frame Addendum §3.2 */
const TOP_AND_ORDERED = 3;
/** Kind of picture. @spec ID3v2.4.0 frames §4.14 */
const FRONT_COVER = 3;
/** First byte of a JPEG file. @spec ITU-T T.81 §B.1.1.3 */
const JPEG_START = 0xff;
/** "No byte offset: use the times". @spec ID3v2 Chapter Frame Addendum §3.1 */
const NO_OFFSET = 0xffff_ffff;

/** What a tag says. */
export interface Id3Tag {
  /** Text frames by their four-letter names. */
  readonly texts: Readonly<Record<string, string>>;
  /** In order. Seconds from the first sample of the recording. */
  readonly chapters: readonly { readonly startTime: number; readonly endTime: number; readonly title: string }[];
  /** A PNG or JPEG file; goes in when there is room beside the chapters. */
  readonly picture?: Uint8Array | undefined;
}

/** An ID3v2.4 tag of {@link ID3_BYTES}: texts, as many chapters as fit, and the picture if it still does. @spec ID3v2.4.0 structure §3, §4; ID3v2 Chapter Frame Addendum */
export function writeId3({ texts, chapters, picture }: Id3Tag): Uint8Array {
  const tag = new Uint8Array(ID3_BYTES);
  tag.set(concat([text("ID3"), u8(4, 0, 0), syncSafe(ID3_BYTES - HEADER_BYTES)]));
  let at = HEADER_BYTES;
  for (const [name, value] of Object.entries(texts)) {
    const own = textFrame(name, value);
    if (at + own.length > ID3_BYTES) continue;
    tag.set(own, at);
    at += own.length;
  }
  const fitting = fit(chapters, ID3_BYTES - at);
  if (fitting.length > 0) {
    const own = concat([contents(fitting.length), ...fitting]);
    tag.set(own, at);
    at += own.length;
  }
  const shown =
    picture === undefined
      ? new Uint8Array(0)
      : frame("APIC", concat([u8(0), text(`image/${picture[0] === JPEG_START ? "jpeg" : "png"}\0`), u8(FRONT_COVER, 0), picture]));
  if (at + shown.length <= ID3_BYTES) tag.set(shown, at);
  return tag;
}

/** A tag of its own length: texts, and user-defined texts by their descriptions. @spec ID3v2.4.0 structure §3, frames §4.2.6 */
export function writeShortId3(texts: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): Uint8Array {
  const frames = concat([
    ...Object.entries(texts).map(([name, value]) => textFrame(name, value)),
    ...Object.entries(own).map(([description, value]) => textFrame("TXXX", `${description}\0${value}`)),
  ]);
  return concat([text("ID3"), u8(4, 0, 0), syncSafe(frames.length), frames]);
}

/** Chapter frames from the first on, as many as fit into `space` bytes beside their table of contents. */
function fit(chapters: Id3Tag["chapters"], space: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let used = 0;
  for (const [index, { startTime, endTime, title }] of chapters.slice(0, MOST_CHILDREN).entries()) {
    const times = [startTime, endTime].map((seconds) => u32(Math.round(seconds * 1000)));
    const own = frame("CHAP", concat([elementId(index), ...times, u32(NO_OFFSET), u32(NO_OFFSET), textFrame("TIT2", shorten(title))]));
    if (used + own.length + contents(index + 1).length > space) break;
    frames.push(own);
    used += own.length;
  }
  return frames;
}

function contents(count: number): Uint8Array {
  return frame("CTOC", concat([text("toc\0"), u8(TOP_AND_ORDERED, count), ...Array.from({ length: count }, (_, index) => elementId(index))]));
}

function elementId(index: number): Uint8Array {
  return text(`c${index}\0`);
}

/** A text frame in UTF-8. @spec ID3v2.4.0 frames §4.2 */
function textFrame(name: string, value: string): Uint8Array {
  return frame(name, concat([u8(3), text(value)]));
}

function frame(name: string, content: Uint8Array): Uint8Array {
  return concat([text(name), syncSafe(content.length), u8(0, 0), content]);
}

/** A title of at most {@link TITLE_BYTES}, cut between two characters. */
function shorten(title: string): string {
  let kept = "";
  for (const character of title) {
    if (text(kept + character).length > TITLE_BYTES) break;
    kept += character;
  }
  return kept;
}

/** 28 bits in four bytes of seven. @spec ID3v2.4.0 structure §6.2 */
function syncSafe(value: number): Uint8Array {
  return u8((value >> 21) & 127, (value >> 14) & 127, (value >> 7) & 127, value & 127);
}
