import { z } from "zod";

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
