/** Largest picture that is taken. Bytes; a photograph of 2,000 pixels a side is about one million. */
export const PICTURE_BYTES_MAX = 4_000_000;
/** Sides of a picture. Pixels; podcast directories ask for 1,400 to 3,000, and whoever decodes 4,096 by 4,096 needs 64 MB. */
export const PICTURE_SIDE_MIN = 64;
export const PICTURE_SIDE_MAX = 4_096;
/** Largest picture that goes into the tag of an MP3. Bytes; the tag has 16 KiB for it and the chapters. */
export const COVER_BYTES_MAX = 10_000;
/** Side of that picture. Pixels. */
export const COVER_SIDE = 240;
