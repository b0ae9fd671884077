import { SAMPLE_RATE } from "../core/units.ts";
import type { ArchivedSegment } from "../programme/mod.ts";
import type { GapRecord, ReplayPage } from "../wire/recording.ts";

/** Gaps closer than this are one. Seconds: the list of segments knows their place to a segment. */
const SAME_GAP_SECONDS = 4.1;

/**
 * Where a recording has silence in place of lost sound, and why: `noted` are the stretches in which the stage was away;
 * whatever else the list of segments calls silent, the disk did not take. Seconds since going live.
 */
export function gapsOf(segments: readonly ArchivedSegment[], noted: GapRecord["gaps"]): ReplayPage["gaps"] {
  const gaps: { start: number; end: number; cause: "stage-away" | "disk" }[] = noted.map(({ start, end }) => ({ start, end, cause: "stage-away" }));
  for (const { timestamp, duration, filler, parts } of segments) {
    if (filler === 0) continue;
    const start = timestamp / SAMPLE_RATE;
    const end = start + duration / SAMPLE_RATE;
    if (noted.some((away) => away.start < end && away.end > start)) continue;
    const last = gaps.at(-1);
    const lost = ((duration / SAMPLE_RATE) * filler) / parts;
    if (last?.cause === "disk" && start - last.end < SAME_GAP_SECONDS) last.end = Math.max(last.end, start) + lost;
    else gaps.push({ start, end: start + lost, cause: "disk" });
  }
  return gaps.sort((one, other) => one.start - other.start);
}
