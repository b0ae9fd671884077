import { type Refusal, refused, type Rewritten, wrongSides } from "./rewritten.ts";

/** Marker codes. @spec ITU-T T.81 table B.1 */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP14 = 0xee;
/** Baseline, extended and progressive pictures: what every browser shows. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
/** Other kinds of frames: lossless, hierarchical, arithmetic. */
const OTHER_FRAMES = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
/** Tables that decoding needs: Huffman, quantisation, restart interval. */
const TABLES = new Set([0xc4, 0xdb, 0xdd]);
/** Length of the part by which Adobe's programs name the colours. Bytes. */
const ADOBE_LENGTH = 14;
/** A JFIF part without a thumbnail. @spec JFIF 1.02 */
const JFIF = Uint8Array.of(0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0);
/** Tag of the orientation. @spec Exif 2.32 §4.6.4 */
const ORIENTATION = 0x0112;

/** Reads a JPEG file and writes it anew: tables, frame and scans; of everything a camera writes beside them only which way is up. @spec ITU-T T.81 annex B */
export function readJpeg(bytes: Uint8Array): Rewritten | Refusal {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept: Uint8Array[] = [];
  let sides: { readonly width: number; readonly height: number } | undefined;
  let orientation = 1;
  let adobe: Uint8Array | undefined;
  let scans = 0;
  for (let at = 2; ; ) {
    // Fill bytes may stand before a marker. @spec ITU-T T.81 §B.1.1.2
    while (file[at] === 0xff && file[at + 1] === 0xff) at++;
    const marker = file[at + 1];
    if (file[at] !== 0xff || marker === undefined) return refused(at, "a whole JPEG file");
    if (marker === EOI) break;
    if (marker === SOI || at + 4 > file.length) return refused(at, "one picture");
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length || end < at + 4) return refused(at, "a whole JPEG file");
    const part = file.subarray(at, end);
    if (OTHER_FRAMES.has(marker)) return refused(at, "a baseline or progressive JPEG");
    if (FRAMES.has(marker)) {
      if (sides !== undefined || part.length < 10) return refused(at, "one picture");
      sides = { height: part.readUInt16BE(5), width: part.readUInt16BE(7) };
      if (part[4] !== 8 || (part[9] !== 1 && part[9] !== 3)) return refused(at, "8 bits a colour, grey or in colours for screens");
    }
    if (marker === APP1) orientation = readOrientation(part) ?? orientation;
    if (marker === APP14 && part.length === ADOBE_LENGTH + 2 && part.toString("latin1", 4, 9) === "Adobe") adobe = part;
    if (FRAMES.has(marker) || TABLES.has(marker)) kept.push(part);
    at = end;
    if (marker !== SOS) continue;
    if (sides === undefined) return refused(at, "a frame before its scans");
    scans++;
    for (at = end; at < file.length && !(file[at] === 0xff && !isInScan(file[at + 1])); at++);
    kept.push(file.subarray(end - part.length, at));
  }
  if (sides === undefined || scans === 0) return refused(2, "a picture");
  const wrong = wrongSides(sides.width, sides.height, 2);
  if (wrong !== undefined) return wrong;
  const head = [Uint8Array.of(0xff, SOI), adobe ?? JFIF, ...(orientation === 1 ? [] : [writeOrientation(orientation)])];
  return { ok: true, ...sides, bytes: Buffer.concat([...head, ...kept, Uint8Array.of(0xff, EOI)]) };
}

/** Whether a byte after 0xff belongs to a scan: a stuffed zero, a restart, a fill byte. @spec ITU-T T.81 §B.1.1.5 */
function isInScan(next: number | undefined): boolean {
  return next === 0 || (next !== undefined && next >= 0xd0 && next <= 0xd7);
}

/** Which way is up, 1 to 8; undefined when the part does not say. @spec Exif 2.32 §4.5, TIFF 6.0 §2 */
function readOrientation(part: Buffer): number | undefined {
  const tiff = part.subarray(10);
  if (part.toString("latin1", 4, 10) !== "Exif\0\0" || tiff.length < 8) return undefined;
  const little = tiff.toString("latin1", 0, 2) === "II";
  const two = (at: number) => (at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  for (let entry = 0; entry < two(directory); entry++) {
    const at = directory + 2 + entry * 12;
    if (two(at) === ORIENTATION) return two(at + 8) >= 1 && two(at + 8) <= 8 ? two(at + 8) : undefined;
  }
  return undefined;
}

/** An Exif part that says which way is up and nothing else. */
function writeOrientation(orientation: number): Uint8Array {
  const part = Buffer.alloc(36);
  part.set([0xff, APP1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1]);
  part.writeUInt16BE(orientation, 28);
  return part;
}
