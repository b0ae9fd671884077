import { type Colour, writePng } from "./png.ts";

/** The house's ink and paper (styles/tokens.css). */
const INK: Colour = [45, 74, 110];
const PAPER: Colour = [247, 245, 241];
/** Steps between the two: smooth edges. */
const STEPS = 32;
const PALETTE = Array.from({ length: STEPS }, (_, step): Colour => {
  const share = step / (STEPS - 1);
  const mix = (channel: 0 | 1 | 2) => Math.round(INK[channel] + (PAPER[channel] - INK[channel]) * share);
  return [mix(0), mix(1), mix(2)];
});
/** Half heights of the five bars, as a part of the side. Within the middle four fifths, which no system's mask cuts off. @spec W3C App Manifest, maskable icons */
const BARS = [0.09, 0.2, 0.3, 0.15, 0.22];
/** Distance of two bars and half of a bar's width, as a part of the side. */
const PITCH = 0.13;
const RADIUS = 0.038;

/** Draws the house's mark, a voice as five bars, as a square PNG file. `size` in pixels. */
export function drawIcon(size: number): Buffer {
  const pixels = new Uint8Array(size * size);
  const middle = size / 2;
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      let covered = 0;
      for (let bar = 0; bar < BARS.length; bar++) {
        const x = middle + (bar - (BARS.length - 1) / 2) * PITCH * size;
        const above = Math.max(0, Math.abs(row + 0.5 - middle) - ((BARS[bar] as number) - RADIUS) * size);
        covered = Math.max(covered, Math.min(1, RADIUS * size + 0.5 - Math.hypot(column + 0.5 - x, above)));
      }
      pixels[row * size + column] = Math.round(covered * (STEPS - 1));
    }
  return writePng({ width: size, height: size, palette: PALETTE, pixels });
}
