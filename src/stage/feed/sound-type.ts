/** Bytes at the start of a file that tell what it is. */
export const TYPE_BYTES = 16;

/** Says by its first bytes whether a file may be a sound; its name and what a browser says of it prove nothing. The decoder has the last word. */
export function looksLikeSound(head: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  if (head.length < TYPE_BYTES) return false;
  if (text(0, 3) === "ID3" || ["OggS", "fLaC"].includes(text(0, 4))) return true;
  if ((text(0, 4) === "RIFF" || text(0, 4) === "RF64") && text(8, 12) === "WAVE") return true;
  if (text(4, 8) === "ftyp") return true;
  // Eleven bits of sync, then a layer that is not reserved: an MP3 without a tag.
  return head[0] === 0xff && ((head[1] as number) & 0xe0) === 0xe0 && ((head[1] as number) & 0x06) !== 0;
}
