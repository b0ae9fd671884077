import type { ReplayPage } from "../../src/wire/recording.ts";

const SVG = "http://www.w3.org/2000/svg";
/** Room for a bar and the gap after it. CSS pixels. */
const BAR_PIXELS = 4;
/** Height of the drawing in its own units; the page stretches it. */
const HEIGHT = 100;
/** Shortest bar, so that silence can be seen too. */
const DOT = 3;

/** The outline of a recording in bars: the mean of each stretch, the loudest bar 1. */
function barsOf(peaks: readonly number[], most: number): number[] {
  const count = Math.min(most, peaks.length);
  const bars = Array.from({ length: count }, (_, bar) => {
    const own = peaks.slice(Math.floor((bar * peaks.length) / count), Math.floor(((bar + 1) * peaks.length) / count));
    return own.reduce((sum, peak) => sum + peak, 0) / own.length;
  });
  const loudest = Math.max(1, ...bars);
  return bars.map((bar) => bar / loudest);
}

/** The drawing behind the slider: what was heard so far is coloured, chapters are ticks, what the trim leaves out is paler. */
export class Waveform {
  readonly #drawing: SVGElement;
  readonly #played: SVGElement;

  constructor(
    box: HTMLElement,
    { peaks, chapters, durationSeconds, trimStartSeconds }: Pick<ReplayPage, "peaks" | "chapters" | "durationSeconds" | "trimStartSeconds">,
  ) {
    const bars = barsOf(peaks, Math.max(1, Math.floor(box.clientWidth / BAR_PIXELS)));
    const width = Math.max(1, bars.length);
    const drawing = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const outline = bars
      .map((bar, index) => {
        const half = Math.max(DOT, bar * HEIGHT * 0.9) / 2;
        return `M${index + 0.5} ${(HEIGHT / 2 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
      })
      .join("");
    this.#played = shape("path", { d: outline, class: "played" });
    this.#drawing = drawing;
    const share = width / Math.max(1, durationSeconds);
    drawing.append(
      shape("path", { d: outline, class: "rest" }),
      this.#played,
      ...chapters.filter(({ startTime }) => startTime > 0).map(({ startTime }) => shape("path", { d: `M${startTime * share} 0v12`, class: "tick" })),
      ...(trimStartSeconds > 0 ? [shape("rect", { width: String(trimStartSeconds * share), height: String(HEIGHT), class: "trimmed" })] : []),
    );
    box.prepend(drawing);
    box.classList.add("drawn");
    this.show(0);
  }

  /** Takes up a part of the slider only: the event has gone on since it was drawn. 0 to 1. */
  stretch(share: number): void {
    this.#drawing.style.width = `${(share * 100).toFixed(2)}%`;
  }

  remove(): void {
    this.#drawing.parentElement?.classList.remove("drawn");
    this.#drawing.remove();
  }

  /** Colours what lies before a place. 0 to 1. */
  show(share: number): void {
    this.#played.style.clipPath = `inset(0 ${(100 - share * 100).toFixed(2)}% 0 0)`;
  }
}

/** One speaker's turns as a strip. */
export function strip(turns: readonly (readonly [number, number])[], durationSeconds: number): SVGElement {
  const drawing = shape("svg", { viewBox: `0 0 ${Math.max(1, durationSeconds)} 1`, preserveAspectRatio: "none", "aria-hidden": "true", class: "strip" });
  drawing.append(shape("path", { d: turns.map(([start, end]) => `M${start} 0H${Math.max(end, start + durationSeconds / 400)}V1H${start}z`).join("") }));
  return drawing;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
