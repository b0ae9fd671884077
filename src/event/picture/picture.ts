import { createHash } from "node:crypto";
import { type PictureKind, pictureName } from "../../wire/picture.ts";
import { PICTURE_BYTES_MAX } from "../../wire/picture-limits.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { type Refusal, refused, type Rewritten } from "./rewritten.ts";
import { readWebp } from "./webp.ts";

/** A picture that may be shown to strangers. */
export interface Picture extends Rewritten {
  readonly kind: PictureKind;
  /** Name of its file: made from its content. */
  readonly file: string;
}

/**
 * Reads a picture by what it is, not by what it calls itself, and writes it anew: PNG, JPEG or WebP, one image, no metadata, nothing after its end.
 * A file that is also something else comes out as the picture alone. Never throws.
 */
export async function readPicture(bytes: Uint8Array): Promise<Picture | Refusal> {
  if (bytes.length > PICTURE_BYTES_MAX) return refused(PICTURE_BYTES_MAX, `at most ${PICTURE_BYTES_MAX} bytes`);
  const kind = kindOf(bytes);
  if (kind === undefined) return refused(0, "PNG, JPEG or WebP");
  const read = kind === "png" ? await readPng(bytes) : kind === "jpg" ? readJpeg(bytes) : readWebp(bytes);
  if (!read.ok) return read;
  const hash = createHash("sha256").update(read.bytes).digest("hex");
  return { ...read, kind, file: pictureName(hash, { width: read.width, height: read.height, kind }) };
}

/** @spec WHATWG MIME Sniffing §6.1 */
function kindOf(bytes: Uint8Array): PictureKind | undefined {
  const at = (offset: number, text: string) => [...text].every((character, index) => bytes[offset + index] === character.charCodeAt(0));
  if (at(0, "\x89PNG\r\n\x1a\n")) return "png";
  if (at(0, "\xff\xd8\xff")) return "jpg";
  return at(0, "RIFF") && at(8, "WEBPVP") ? "webp" : undefined;
}
