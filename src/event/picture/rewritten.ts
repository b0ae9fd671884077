import { PICTURE_SIDE_MAX, PICTURE_SIDE_MIN } from "../../wire/picture-limits.ts";

/** What a parser found: the sides in pixels, and the file written anew from nothing but the parts a picture is made of. */
export interface Rewritten {
  readonly ok: true;
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** Why bytes are no picture that is taken here, and where that was seen. */
export interface Refusal {
  readonly ok: false;
  readonly code: "picture-unusable";
  /** Bytes from the start. */
  readonly offset: number;
  readonly rule: string;
}

/** A refusal at an offset. */
export function refused(offset: number, rule: string): Refusal {
  return { ok: false, code: "picture-unusable", offset, rule };
}

/** Why a picture of these sides is not taken; undefined when it is. Pixels. */
export function wrongSides(width: number, height: number, offset: number): Refusal | undefined {
  const fits = (side: number) => side >= PICTURE_SIDE_MIN && side <= PICTURE_SIDE_MAX;
  return fits(width) && fits(height) ? undefined : refused(offset, `${PICTURE_SIDE_MIN} to ${PICTURE_SIDE_MAX} pixels a side`);
}
