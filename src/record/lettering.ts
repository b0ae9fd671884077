/** A stretch of a drawn letter, in units of the grid the letters stand on. */
export type Stroke = readonly [fromX: number, fromY: number, toX: number, toY: number];

/** Height of a capital. Units of the grid; the line stands at this y, and the top of a capital at 0. */
export const CAPITAL = 6;
/** Room between two letters and the width of a space. Units. */
const GAP = 1.6;
const SPACE = 2.8;
/** Straight pieces a curve is drawn with: at the size of a card no corner is seen. */
const CURVE_PIECES = 8;

/** Capitals as strokes, in the letters of SVG paths (M, L, Q): what dates and states are written in, in the languages of the pages; no font is on a server. */
const LETTERS: Readonly<Record<string, string>> = {
  A: "M0 6L2 0L4 6M.8 4L3.2 4",
  B: "M2.2 2.9Q4 2.9 4 4.4Q4 6 2.2 6L0 6L0 0L2 0Q3.6 0 3.6 1.4Q3.6 2.9 2.2 2.9L0 2.9",
  C: "M4 1.2Q3.4 0 2.1 0Q0 0 0 3Q0 6 2.1 6Q3.4 6 4 4.8",
  D: "M0 0L0 6L1.6 6Q4 6 4 3Q4 0 1.6 0L0 0",
  E: "M3.4 0L0 0L0 6L3.4 6M0 3L2.8 3",
  F: "M3.4 0L0 0L0 6M0 3L2.8 3",
  G: "M4 1.2Q3.4 0 2.1 0Q0 0 0 3Q0 6 2.1 6Q4 6 4 4L4 3.2L2.4 3.2",
  H: "M0 0L0 6M4 0L4 6M0 3L4 3",
  I: "M0 0L0 6",
  J: "M3 0L3 4.2Q3 6 1.5 6Q.4 6 0 5",
  K: "M0 0L0 6M4 0L0 3.6M1.4 2.4L4 6",
  L: "M0 0L0 6L3.2 6",
  M: "M0 6L0 0L2.4 4L4.8 0L4.8 6",
  N: "M0 6L0 0L4 6L4 0",
  O: "M2.1 0Q0 0 0 3Q0 6 2.1 6Q4.2 6 4.2 3Q4.2 0 2.1 0",
  P: "M0 6L0 0L2.2 0Q4 0 4 1.7Q4 3.4 2.2 3.4L0 3.4",
  Q: "M2.1 0Q0 0 0 3Q0 6 2.1 6Q4.2 6 4.2 3Q4.2 0 2.1 0M2.8 4.6L4.4 6.4",
  R: "M0 6L0 0L2.2 0Q4 0 4 1.7Q4 3.4 2.2 3.4L0 3.4M2 3.4L4 6",
  S: "M3.8 1Q3.2 0 2 0Q.2 0 .2 1.5Q.2 2.7 2 3Q4 3.3 4 4.5Q4 6 2 6Q.6 6 0 5",
  T: "M0 0L4 0M2 0L2 6",
  U: "M0 0L0 4Q0 6 2 6Q4 6 4 4L4 0",
  V: "M0 0L2 6L4 0",
  W: "M0 0L1.4 6L2.9 1L4.4 6L5.8 0",
  X: "M0 0L4 6M4 0L0 6",
  Y: "M0 0L2 3L4 0M2 3L2 6",
  Z: "M0 0L4 0L0 6L4 6",
  Ä: "M0 6L2 0L4 6M.8 4L3.2 4M.7 -1L.7 -1M3.3 -1L3.3 -1",
  Ö: "M2.1 0Q0 0 0 3Q0 6 2.1 6Q4.2 6 4.2 3Q4.2 0 2.1 0M1 -1.3L1 -1.3M3.2 -1.3L3.2 -1.3",
  Ü: "M0 0L0 4Q0 6 2 6Q4 6 4 4L4 0M1 -1.3L1 -1.3M3 -1.3L3 -1.3",
  0: "M1.9 0Q0 0 0 3Q0 6 1.9 6Q3.8 6 3.8 3Q3.8 0 1.9 0",
  1: "M.8 1.2L2.4 0L2.4 6",
  2: "M.1 1.4Q.4 0 1.9 0Q3.7 0 3.7 1.6Q3.7 2.8 2.4 4L0 6L3.8 6",
  3: "M.2 .9Q.8 0 1.9 0Q3.6 0 3.6 1.5Q3.6 2.9 1.6 2.9Q3.8 2.9 3.8 4.4Q3.8 6 1.9 6Q.6 6 0 5",
  4: "M3 6L3 0L0 4.4L3.8 4.4",
  5: "M3.4 0L.5 0L.2 2.8Q.9 2.2 1.9 2.2Q3.8 2.2 3.8 4.1Q3.8 6 1.9 6Q.6 6 0 5.1",
  6: "M3.4 .6Q2.9 0 2.2 0Q0 0 0 3.8Q0 6 1.9 6Q3.8 6 3.8 4.1Q3.8 2.4 2 2.4Q.4 2.4 0 4",
  7: "M0 0L3.8 0L1.4 6",
  8: "M1.9 0Q.3 0 .3 1.4Q.3 2.8 1.9 2.8Q3.5 2.8 3.5 1.4Q3.5 0 1.9 0M1.9 2.8Q0 2.8 0 4.4Q0 6 1.9 6Q3.8 6 3.8 4.4Q3.8 2.8 1.9 2.8",
  9: "M.4 5.4Q.9 6 1.6 6Q3.8 6 3.8 2.2Q3.8 0 1.9 0Q0 0 0 1.9Q0 3.6 1.8 3.6Q3.4 3.6 3.8 2",
  ":": "M.2 1.8L.2 1.8M.2 5.4L.2 5.4",
  ".": "M.2 6L.2 6",
  ",": "M.4 5.9L.1 7",
  "-": "M0 3.2L2 3.2",
  "–": "M0 3.2L2.8 3.2",
  "+": "M0 3.2L2.8 3.2M1.4 1.8L1.4 4.6",
};

/** A line of text as strokes from x = 0 on, in capitals; what there is no letter for is a space. `width` in units of the grid. */
export function letter(text: string): { readonly strokes: readonly Stroke[]; readonly width: number } {
  const strokes: Stroke[] = [];
  let x = 0;
  for (const character of text.toUpperCase()) {
    const own = strokesOf(LETTERS[character] ?? "");
    if (own.length === 0) x += SPACE;
    const right = Math.max(0, ...own.flatMap(([fromX, , toX]) => [fromX, toX]));
    for (const [fromX, fromY, toX, toY] of own) strokes.push([x + fromX, fromY, x + toX, toY]);
    if (own.length > 0) x += right + GAP;
  }
  return { strokes, width: Math.max(0, x - GAP) };
}

function strokesOf(path: string): Stroke[] {
  const strokes: Stroke[] = [];
  let x = 0;
  let y = 0;
  const to = (nextX: number, nextY: number) => {
    strokes.push([x, y, nextX, nextY]);
    x = nextX;
    y = nextY;
  };
  for (const [, command, list = ""] of path.matchAll(/([MLQ])([^MLQ]*)/g)) {
    const [a = 0, b = 0, c = 0, d = 0] = list.trim().split(/\s+/).map(Number);
    if (command === "M") {
      x = a;
      y = b;
    } else if (command === "L") to(a, b);
    else {
      const [fromX, fromY] = [x, y];
      for (let piece = 1; piece <= CURVE_PIECES; piece++) {
        const at = piece / CURVE_PIECES;
        const bend = (from: number, over: number, end: number) => (1 - at) ** 2 * from + 2 * at * (1 - at) * over + at ** 2 * end;
        to(bend(fromX, a, c), bend(fromY, b, d));
      }
    }
  }
  return strokes;
}
