import { nothing, svg, html } from "lit";
import { say } from "../words/audience.ts";

const WIDTH = 600;
const HEIGHT = 96;
/** Points from which there is a course to draw. */
const FEWEST_POINTS = 3;

/** The course of a figure as one line; a hole in time is a hole in the line. `points`: Unix milliseconds and value, oldest first. */
export function renderCourse(points: readonly (readonly [unixMs: number, value: number])[], windowMs: number) {
  const first = points[0]?.[0];
  const last = points.at(-1)?.[0];
  if (first === undefined || last === undefined || points.length < FEWEST_POINTS) return nothing;
  const values = points.map(([, value]) => value);
  const most = Math.max(1, ...values);
  let before = first;
  const path = points
    .map(([at, value], index) => {
      const hole = index === 0 || at - before > windowMs;
      before = at;
      return `${hole ? "M" : "L"}${(((at - first) / (last - first)) * WIDTH).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 6)).toFixed(1)}`;
    })
    .join("");
  const label = say("course", { minutes: String(Math.round((last - first) / 60_000)), least: String(Math.min(...values)), most: String(Math.max(...values)) });
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>
    ${svg`<path d=${path} fill="none" stroke="currentColor" stroke-width="2" vector-effect="non-scaling-stroke"/>`}</svg>`;
}
