import { SAMPLE_RATE } from "../core/units.ts";
import type { ChapterList, PeakRecord } from "../wire/marks.ts";
import type { RecordingSettings, ReplayPage } from "../wire/recording.ts";
import type { TalkRecord } from "../wire/talk-record.ts";

const DAY_MS = 86_400_000;

/** What an event left behind, as far as it is there. */
export interface KeptMarks {
  readonly settings: RecordingSettings;
  /** Days the house keeps a recording for which nothing was decided; null or absent: until somebody deletes it. */
  readonly recordingDays?: number | null;
  readonly durationSamples: number;
  readonly endedUnixMs: number | undefined;
  readonly peaks: PeakRecord | undefined;
  readonly chapters: ChapterList | undefined;
  readonly talk: TalkRecord | undefined;
  /** Whether the mix was kept without loss too. */
  readonly lossless: boolean;
  /** Whether it was kept at half the data too. */
  readonly low: boolean;
  readonly captions: boolean;
  readonly gaps: ReplayPage["gaps"];
}

/** Puts together what the replay page shows. */
export function replayPageOf({
  settings,
  recordingDays = null,
  durationSamples,
  endedUnixMs,
  peaks,
  chapters,
  talk,
  lossless,
  low,
  captions,
  gaps,
}: KeptMarks): ReplayPage {
  const durationSeconds = durationSamples / SAMPLE_RATE;
  const keptUntilUnixMs = keptUntil(settings, endedUnixMs, recordingDays);
  return {
    durationSeconds,
    trimStartSeconds: Math.min(settings.trimStartSeconds, durationSeconds),
    clips: settings.clips,
    lossless,
    low,
    captions,
    gaps: gaps.map(({ start, end, cause }) => ({ start: tenths(start), end: tenths(end), cause })),
    secondsPerPeak: (peaks?.samplesPerPoint ?? 0) / SAMPLE_RATE,
    peaks: peaks?.peaks ?? [],
    chapters: chapters?.chapters ?? [],
    speakers: (talk?.speakers ?? []).map(({ name, talkSeconds, share, longestTurnSeconds, turns, interprets }) => ({
      name,
      ...(interprets === undefined ? {} : { interprets }),
      talkSeconds: tenths(talkSeconds),
      share: Math.round(share * 1000) / 1000,
      longestTurnSeconds: tenths(longestTurnSeconds),
      turns: turns.map(([start, end]) => [tenths(start / SAMPLE_RATE), tenths(end / SAMPLE_RATE)] as const),
    })),
    ...(keptUntilUnixMs === undefined ? {} : { keptUntilUnixMs }),
  };
}

/** When a recording is to be deleted. Milliseconds since the Unix epoch; undefined when it is kept. What was decided for the event is stronger than the house's rule. */
export function keptUntil(settings: RecordingSettings, endedUnixMs: number | undefined, recordingDays: number | null): number | undefined {
  const days = settings.keepDays ?? recordingDays;
  return days === null || endedUnixMs === undefined ? undefined : endedUnixMs + days * DAY_MS;
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
