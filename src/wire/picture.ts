import { z } from "zod";

/** Largest picture that is taken. Bytes; a photograph of 2,000 pixels a side is about one million. */
export const PICTURE_BYTES_MAX = 4_000_000;
/** Sides of a picture. Pixels; podcast directories ask for 1,400 to 3,000, and whoever decodes 4,096 by 4,096 needs 64 MB. */
export const PICTURE_SIDE_MIN = 64;
export const PICTURE_SIDE_MAX = 4_096;
/** Largest picture that goes into the tag of an MP3. Bytes; the tag has 16 KiB for it and the chapters. */
export const COVER_BYTES_MAX = 10_000;
/** Side of that picture. Pixels. */
export const COVER_SIDE = 240;

const TYPES = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" } as const;
/** Kinds of pictures by the ending of their file. */
export type PictureKind = keyof typeof TYPES;

/** Content type of a picture. */
export type PictureType = (typeof TYPES)[PictureKind];

/** A picture as pages and programs are told of it. */
export const publicPicture = z.object({
  file: z.string(),
  type: z.enum(["image/png", "image/jpeg", "image/webp"]),
  width: z.int(),
  height: z.int(),
});
/** A picture as pages and programs are told of it. Sides in pixels. */
export type PublicPicture = Readonly<z.infer<typeof publicPicture>>;

/** Name of a picture's file: the start of its SHA-256 (hex), its sides in pixels, its kind. What somebody called it never becomes a path. */
export function pictureName(hash: string, { width, height, kind }: { readonly width: number; readonly height: number; readonly kind: PictureKind }): string {
  return `${hash.slice(0, 32)}-${width}x${height}.${kind}`;
}

/** What a picture's name says; undefined when it is no name of ours. */
export function readPictureName(file: string): PublicPicture | undefined {
  const parts = /^[0-9a-f]{32}-(\d{1,4})x(\d{1,4})\.(png|jpg|webp)$/.exec(file);
  return parts === null ? undefined : { file, type: TYPES[parts[3] as PictureKind], width: Number(parts[1]), height: Number(parts[2]) };
}
