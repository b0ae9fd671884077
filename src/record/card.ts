import { type Colour, writePng } from "./png.ts";

/** The house's paper, line and ink (styles/tokens.css). */
const PAPER: Colour = [247, 245, 241];
const LINE: Colour = [205, 197, 184];
const INK: Colour = [45, 74, 110];
/** Steps from paper to a colour: smooth edges. */
const STEPS = 32;
const PALETTE: readonly Colour[] = [LINE, INK].flatMap((colour) => Array.from({ length: STEPS }, (_, step) => blend(colour, step / (STEPS - 1))));

/** Bars of a card, and how much of their place they fill. */
const BARS = 72;
const BAR_SHARE = 0.56;
/** Room around the bars: part of the width. */
const MARGIN = 0.08;
/** Tallest bar: part of the height, and never less than a dot. */
const TALLEST = 0.62;

/** What a card shows: its size in pixels and the outline of the sound, 0 to 100 per value; `seed` stands in for it before there is any. */
export interface CardOptions {
  readonly width: number;
  readonly height: number;
  readonly peaks: readonly number[];
  readonly seed: string;
}

/** Draws the picture beside a link: the sound itself, as rounded bars on the house's paper. A PNG file. */
export function drawCard({ width, height, peaks, seed }: CardOptions): Buffer {
  const pixels = new Uint8Array(width * height);
  const heard = peaks.some((peak) => peak > 0);
  const levels = heard ? outline(peaks) : standIn(seed);
  const left = width * MARGIN;
  const pitch = (width - 2 * left) / BARS;
  const radius = (pitch * BAR_SHARE) / 2;
  levels.forEach((level, index) => {
    const half = Math.max(0, (level * height * TALLEST) / 2 - radius);
    drawBar(pixels, width, { x: left + pitch * (index + 0.5), y: height / 2, half, radius, base: heard ? STEPS : 0 });
  });
  return writePng({ width, height, palette: PALETTE, pixels });
}

/** An upright bar with round ends: `half` its straight half, `radius` its round one. Pixels. */
function drawBar(
  pixels: Uint8Array,
  width: number,
  bar: { readonly x: number; readonly y: number; readonly half: number; readonly radius: number; readonly base: number },
): void {
  const { x, y, half, radius, base } = bar;
  const reach = Math.ceil(radius + 1);
  for (let row = Math.floor(y - half - reach); row <= y + half + reach; row++) {
    const above = Math.max(0, Math.abs(row + 0.5 - y) - half);
    for (let column = Math.floor(x - reach); column <= x + reach; column++) {
      const covered = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, above)));
      const at = row * width + column;
      if (covered > 0 && at >= 0 && at < pixels.length) pixels[at] = base + Math.round(covered * (STEPS - 1));
    }
  }
}

/** The outline in as many bars as there are: the mean of each stretch, because over minutes every highest peak is the same; the loudest bar at full height. */
function outline(peaks: readonly number[]): number[] {
  const bars = Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / BARS);
    const own = peaks.slice(from, Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / BARS)));
    return own.reduce((total, peak) => total + peak, 0) / own.length;
  });
  const loudest = Math.max(...bars);
  return bars.map((bar) => bar / loudest);
}

/** Calm waves that differ from event to event. */
function standIn(seed: string): number[] {
  let hash = 2_166_136_261;
  for (const character of seed) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 16_777_619) >>> 0;
  const phase = (hash % 628) / 100;
  return Array.from({ length: BARS }, (_, bar) => {
    const at = bar / BARS;
    const wave = 0.5 + 0.3 * Math.sin(9 * at + phase) + 0.2 * Math.sin(31 * at + 2 * phase);
    return 0.06 + 0.5 * wave * Math.sin(Math.PI * at) ** 2;
  });
}

function blend(colour: Colour, share: number): Colour {
  const mixed = PAPER.map((value, index) => Math.round(value + ((colour[index] as number) - value) * share));
  return [mixed[0] as number, mixed[1] as number, mixed[2] as number];
}
