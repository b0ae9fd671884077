import { CAPITAL, letter } from "./lettering.ts";
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
/** The same with lines of text under the bars, and where the middle of the bars then is: parts of the height. */
const TALLEST_OVER_TEXT = 0.46;
const MIDDLE_OVER_TEXT = 0.31;
/** Where each line of text stands, how tall its capitals are at most and how thick half a stroke is: parts of the height, and of a capital. A first line that is read on a phone, where a card is as wide as two fingers. */
const LINES = [
  { base: 0.76, capital: 0.1, stroke: 0.075 },
  { base: 0.91, capital: 0.06, stroke: 0.06 },
] as const;

/** What a card shows: its size in pixels and the outline of the sound, 0 to 100 per value; `seed` stands in for it before there is any; under it `lines` of text, two at most. */
export interface CardOptions {
  readonly width: number;
  readonly height: number;
  readonly peaks: readonly number[];
  readonly seed: string;
  readonly lines?: readonly string[];
}

/** Draws the picture beside a link: the sound itself, as rounded bars on the house's paper, and what else there is to say. A PNG file. */
export function drawCard({ width, height, peaks, seed, lines = [] }: CardOptions): Buffer {
  const pixels = new Uint8Array(width * height);
  const heard = peaks.some((peak) => peak > 0);
  const levels = heard ? outline(peaks) : standIn(seed);
  const left = width * MARGIN;
  const pitch = (width - 2 * left) / BARS;
  const radius = (pitch * BAR_SHARE) / 2;
  const told = lines.filter((line) => line !== "");
  const [tallest, middle] = told.length === 0 ? [TALLEST, 0.5] : [TALLEST_OVER_TEXT, MIDDLE_OVER_TEXT];
  levels.forEach((level, index) => {
    const half = Math.max(0, (level * height * tallest) / 2 - radius);
    const x = left + pitch * (index + 0.5);
    const y = height * middle;
    drawStroke(pixels, width, { from: [x, y - half], to: [x, y + half], radius, base: heard ? STEPS : 0 });
  });
  LINES.forEach(({ base, capital, stroke }, index) => {
    const { strokes, width: units } = letter(told[index] ?? "");
    const unit = Math.min((height * capital) / CAPITAL, (width - 2 * left) / Math.max(1, units));
    const begin = (width - units * unit) / 2;
    const place = (x: number, y: number) => [begin + x * unit, height * base + (y - CAPITAL) * unit] as const;
    for (const [fromX, fromY, toX, toY] of strokes)
      drawStroke(pixels, width, { from: place(fromX, fromY), to: place(toX, toY), radius: CAPITAL * unit * stroke, base: STEPS });
  });
  return writePng({ width, height, palette: PALETTE, pixels });
}

type Point = readonly [x: number, y: number];

/** A stroke with round ends over whatever is there; where two meet, the darker pixel stays. Pixels. */
function drawStroke(
  pixels: Uint8Array,
  width: number,
  stroke: { readonly from: Point; readonly to: Point; readonly radius: number; readonly base: number },
): void {
  const { from, to, radius, base } = stroke;
  const [fromX, fromY] = from;
  const [alongX, alongY] = [to[0] - fromX, to[1] - fromY];
  const length = alongX ** 2 + alongY ** 2;
  const reach = Math.ceil(radius + 1);
  const lastColumn = Math.min(width - 1, Math.max(fromX, to[0]) + reach);
  for (let row = Math.floor(Math.min(fromY, to[1]) - reach); row <= Math.max(fromY, to[1]) + reach; row++)
    for (let column = Math.max(0, Math.floor(Math.min(fromX, to[0]) - reach)); column <= lastColumn; column++) {
      const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
      const share = length === 0 ? 0 : Math.min(1, Math.max(0, (x * alongX + y * alongY) / length));
      const covered = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - share * alongX, y - share * alongY)));
      const at = row * width + column;
      if (covered > 0 && at >= 0 && at < pixels.length) pixels[at] = Math.max(pixels[at] as number, base + Math.round(covered * (STEPS - 1)));
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
