import { html, nothing, svg, type TemplateResult } from "lit";
import type { RecordingAnswer } from "../../src/wire/recording.ts";
import { clock } from "../listen/time.ts";

/** Height of the drawing in its own units; the page stretches it. */
const HEIGHT = 100;
/** Shortest bar, so that silence can be seen too. */
const DOT = 2;

/** What an event on air has recorded so far: its outline with a tick at each chapter, and the chapters' names. */
export function recordedSoFar({ seconds, peaks, chapters }: NonNullable<RecordingAnswer["soFar"]>): TemplateResult {
  const loudest = Math.max(1, ...peaks);
  const bars = peaks.map((peak, index) => {
    const half = Math.max(DOT, (peak / loudest) * HEIGHT) / 2;
    return `M${index + 0.5} ${(HEIGHT / 2 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
  });
  const share = peaks.length / Math.max(1, seconds);
  const ticks = chapters
    .filter(({ startTime }) => startTime > 0)
    .map(({ startTime }) => svg`<path class="tick" d="M${(startTime * share).toFixed(1)} 0v${HEIGHT / 8}"></path>`);
  return html`<svg class="outline" viewBox="0 0 ${Math.max(1, peaks.length)} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path d=${bars.join("")}></path>${ticks}</svg>
    ${chapters.length === 0 ? nothing : html`<ol class="list" id="chapters-so-far">${chapters.map(({ startTime, title }) => html`<li><span class="quiet">${clock(startTime)}</span> <bdi>${title}</bdi></li>`)}</ol>`}`;
}
