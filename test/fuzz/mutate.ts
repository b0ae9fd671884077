const WORDS = [
  "a=",
  "m=audio ",
  "\r\n",
  "\n",
  "\0",
  "4294967296",
  "-1",
  "99999999999999999999",
  "::",
  "%s",
  "\u2028",
  " ".repeat(300),
  "{",
  "]",
  '"',
  "e".repeat(70),
];

/** A text broken in one to four places: cut, doubled, swapped, overwritten, or with something nasty put in. */
export function mutateText(text: string, random: () => number): string {
  let out = text;
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const at = Math.floor(random() * (out.length + 1));
    const length = Math.floor(random() ** 3 * 80);
    const kind = Math.floor(random() * 6);
    const piece = out.slice(at, at + length);
    if (kind === 0) out = out.slice(0, at) + out.slice(at + length);
    else if (kind === 1) out = out.slice(0, at) + piece + out.slice(at);
    else if (kind === 2) out = out.slice(0, at) + (WORDS[Math.floor(random() * WORDS.length)] ?? "") + out.slice(at);
    else if (kind === 3) out = out.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + out.slice(at + 1);
    else if (kind === 4) out = out.slice(at) + out.slice(0, at);
    else out = out.slice(0, at) + piece.repeat(1 + Math.floor(random() * 30)) + out.slice(at + length);
  }
  return out;
}

/** Bytes broken in one to six places, or thrown away for others. */
export function mutateBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  if (random() < 0.2) return Uint8Array.from({ length: Math.floor(random() ** 2 * 1_500) }, () => random() * 256);
  const out = Uint8Array.from(bytes);
  for (let count = 1 + Math.floor(random() * 6); count > 0 && out.length > 0; count--)
    out[Math.floor(random() * out.length)] = [0, 255, 127, 128, random() * 256][Math.floor(random() * 5)] ?? 0;
  return random() < 0.3 ? out.subarray(0, Math.floor(random() * out.length)) : out;
}
