/** Least contrast of text to what it stands on. @spec WCAG 2.2 §1.4.3 */
export const CONTRAST_MIN = 4.5;
/** Contrast a colour made for dark pages aims at: as calm as the house's own. */
const CONTRAST_AIM = 7;
/** Part of white mixed in at a time, until a colour is light enough. */
const LIGHTEN_STEP = 0.04;
/** What text and buttons stand on, where it is hardest to read (web/styles/tokens.css). */
export const PAPER = { light: "#f7f5f1", dark: "#1e2125" } as const;
/** What stands on a button: on dark colours, on light ones. */
const ON_DARK = "#ffffff";
const ON_LIGHT = "#14202e";
/** Hue of the colour that means "on air" and nothing else, and how near another may come. Degrees. */
const ON_AIR_HUE = 3;
const ON_AIR_NEAR = 18;
/** Share of colour from which a hue is seen at all. */
const COLOURFUL = 0.25;

type Rgb = readonly [red: number, green: number, blue: number];

function read(colour: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Relative luminance, 0 to 1. @spec WCAG 2.2, relative luminance */
function luminance(colour: string): number {
  const [red, green, blue] = read(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours (`#rrggbb`), 1 to 21. @spec WCAG 2.2, contrast ratio */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (high + 0.05) / (low + 0.05);
}

/** Whether a colour could be taken for the one that says "on air". */
export function looksOnAir(colour: string): boolean {
  const [red, green, blue] = read(colour);
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (most === 0 || spread / most < COLOURFUL) return false;
  const sector = most === red ? ((green - blue) / spread + 6) % 6 : most === green ? (blue - red) / spread + 2 : (red - green) / spread + 4;
  const away = Math.abs(sector * 60 - ON_AIR_HUE);
  return Math.min(away, 360 - away) < ON_AIR_NEAR;
}

/** What is read best on a button of this colour. */
export function inkOn(colour: string): string {
  return contrast(colour, ON_DARK) >= contrast(colour, ON_LIGHT) ? ON_DARK : ON_LIGHT;
}

/** The same colour, as much lighter as dark pages need. */
export function lighten(colour: string): string {
  const from = read(colour);
  for (let share = 0; share < 1; share += LIGHTEN_STEP) {
    const mixed = `#${from
      .map((value) =>
        Math.round(value + (255 - value) * share)
          .toString(16)
          .padStart(2, "0"),
      )
      .join("")}`;
    if (contrast(mixed, PAPER.dark) >= CONTRAST_AIM) return mixed;
  }
  return "#ffffff";
}
