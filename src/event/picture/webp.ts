import { type Refusal, refused, type Rewritten, wrongSides } from "./rewritten.ts";

/** Length of name and form of the whole file, and of a chunk's name and length. Bytes. @spec WebP container (RFC 9649) §2.4 */
const FILE_HEAD = 12;
const CHUNK_HEAD = 8;
/** Flags of an extended file: moving, transparent. @spec RFC 9649 §2.7 */
const ANIMATED = 0x02;
const ALPHA = 0x10;

/** Reads a WebP file and writes it anew: the picture and its transparency; no profile, no metadata, no film. @spec RFC 9649 §2 */
export function readWebp(bytes: Uint8Array): Rewritten | Refusal {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = CHUNK_HEAD + file.readUInt32LE(4);
  if (whole > file.length) return refused(4, "a whole WebP file");
  let picture: { readonly chunk: Buffer; readonly width: number; readonly height: number } | undefined;
  let alpha: Buffer | undefined;
  let canvas: { readonly width: number; readonly height: number } | undefined;
  for (let at = FILE_HEAD; at < whole; ) {
    if (at + CHUNK_HEAD > whole) return refused(at, "a whole WebP file");
    const name = file.toString("latin1", at, at + 4);
    const length = file.readUInt32LE(at + 4);
    const end = at + CHUNK_HEAD + length + (length % 2);
    if (end > whole) return refused(at, "a whole WebP file");
    const content = file.subarray(at + CHUNK_HEAD, at + CHUNK_HEAD + length);
    if (name === "VP8X") {
      if (length !== 10 || ((content[0] ?? 0) & ANIMATED) !== 0) return refused(at, "one picture that does not move");
      canvas = { width: 1 + content.readUIntLE(4, 3), height: 1 + content.readUIntLE(7, 3) };
    } else if (name === "ALPH") alpha = file.subarray(at, end);
    else if (name === "VP8 " || name === "VP8L") {
      const sides = name === "VP8 " ? lossySides(content) : losslessSides(content);
      if (sides === undefined || picture !== undefined) return refused(at, "one picture that does not move");
      picture = { chunk: file.subarray(at, end), ...sides };
    }
    at = end;
  }
  if (picture === undefined) return refused(FILE_HEAD, "one picture that does not move");
  const { width, height, chunk } = picture;
  if (canvas !== undefined && (canvas.width !== width || canvas.height !== height)) return refused(FILE_HEAD, "a picture as large as it says");
  const wrong = wrongSides(width, height, FILE_HEAD);
  if (wrong !== undefined) return wrong;
  const chunks = alpha === undefined || chunk[3] === 0x4c ? [chunk] : [extended(width, height), alpha, chunk];
  const body = Buffer.concat([Buffer.from("WEBP", "latin1"), ...chunks]);
  const head = Buffer.from("RIFF\0\0\0\0", "latin1");
  head.writeUInt32LE(body.length, 4);
  return { ok: true, width, height, bytes: Buffer.concat([head, body]) };
}

/** @spec RFC 6386 §9.1 */
function lossySides(frame: Buffer): { readonly width: number; readonly height: number } | undefined {
  if (frame.length < 10 || ((frame[0] ?? 0) & 1) !== 0 || frame.readUIntBE(3, 3) !== 0x9d012a) return undefined;
  return { width: frame.readUInt16LE(6) & 0x3fff, height: frame.readUInt16LE(8) & 0x3fff };
}

/** @spec RFC 9649 §3.4 */
function losslessSides(frame: Buffer): { readonly width: number; readonly height: number } | undefined {
  if (frame.length < 5 || frame[0] !== 0x2f) return undefined;
  const bits = frame.readUInt32LE(1);
  return bits >>> 29 === 0 ? { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) } : undefined;
}

function extended(width: number, height: number): Buffer {
  const chunk = Buffer.from("VP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0", "latin1");
  chunk[8] = ALPHA;
  chunk.writeUIntLE(width - 1, 12, 3);
  chunk.writeUIntLE(height - 1, 15, 3);
  return chunk;
}
