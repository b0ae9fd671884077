import { crc32, createInflate } from "node:zlib";
import { Readable } from "node:stream";
import { type Refusal, refused, type Rewritten, wrongSides } from "./rewritten.ts";

const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. Bytes. @spec PNG §5.3 */
const CHUNK_FRAME = 12;
/** Chunks that decide what is seen. All others (text, EXIF, colour profiles, animation) are left out. @spec PNG §5.6 */
const KEPT = new Set(["IHDR", "PLTE", "tRNS", "gAMA", "sRGB", "IDAT", "IEND"]);
/** Samples of a pixel by colour type. @spec PNG §11.2.1 */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** First column and row, and steps, of each pass of an interlaced picture. @spec PNG §8.2 */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Reads a PNG file and writes it anew without metadata. What it unpacks to is counted: more or less than its sides say is refused. @spec PNG (ISO/IEC 15948) §5, §8, §11 */
export async function readPng(bytes: Uint8Array): Promise<Rewritten | Refusal> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept: Buffer[] = [file.subarray(0, SIGNATURE_BYTES)];
  const packed: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = SIGNATURE_BYTES; ; ) {
    if (at + CHUNK_FRAME > file.length) return refused(at, "a whole PNG file");
    const length = file.readUInt32BE(at);
    const end = at + CHUNK_FRAME + length;
    if (end > file.length) return refused(at, "a whole PNG file");
    const type = file.toString("latin1", at + 4, at + 8);
    const content = file.subarray(at + 8, end - 4);
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) return refused(at, "a true checksum for every part");
    if ((header === undefined) !== (type === "IHDR") || (type === "IHDR" && length !== 13)) return refused(at, "one header, first");
    if (type === "IHDR") header = content;
    if (type === "IDAT") packed.push(content);
    if (KEPT.has(type)) kept.push(file.subarray(at, end));
    at = end;
    if (type === "IEND") break;
  }
  const [width, height] = [header?.readUInt32BE(0) ?? 0, header?.readUInt32BE(4) ?? 0];
  const wrong = wrongSides(width, height, 16);
  if (wrong !== undefined || header === undefined) return wrong ?? refused(0, "one header, first");
  const [depth = 0, colour = 0, , , interlaced = 0] = header.subarray(8);
  const samples = SAMPLES[colour];
  if (samples === undefined || ![1, 2, 4, 8].includes(depth) || (depth < 8 && colour !== 0 && colour !== 3)) return refused(24, "8 bits a colour or fewer");
  const bits = samples * depth;
  const passes = interlaced === 0 ? ([[0, 0, 1, 1]] as const) : PASSES;
  const expected = passes.reduce((sum, [column, row, right, down]) => {
    const [across, rows] = [Math.ceil((width - column) / right), Math.ceil((height - row) / down)];
    return across <= 0 || rows <= 0 ? sum : sum + rows * (1 + Math.ceil((across * bits) / 8));
  }, 0);
  const unpacked = await unpackedBytes(packed, expected);
  if (unpacked !== expected) return refused(33, "as many pixels as it says");
  return { ok: true, width, height, bytes: Buffer.concat(kept) };
}

/** Length of what the parts unpack to; stops where it is more than expected. -1 when they do not unpack. */
async function unpackedBytes(packed: readonly Buffer[], expected: number): Promise<number> {
  let length = 0;
  try {
    for await (const piece of Readable.from(packed).pipe(createInflate()) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > expected) break;
    }
    return length;
  } catch {
    return -1;
  }
}
