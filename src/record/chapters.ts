import { SAMPLE_RATE } from "../core/units.ts";
import { CHAPTER_TITLE_MAX, CHAPTERS_MAX, type Chapter, type ChapterList } from "../wire/marks.ts";
import type { TalkRecord } from "../wire/talk-record.ts";

/** Nobody talked for this long before a new chapter. Seconds; longer than a breath, shorter than a silence. */
const PAUSE_SECONDS = 1;
/** Shortest chapter that the talk itself makes. Seconds. */
const SHORTEST_SECONDS = 60;
/** Having the floor: most of the talk in the minute after, little in the minute before. Seconds and shares; so neither a "yes, exactly" nor a lively exchange makes chapters. */
const FLOOR = { seconds: 60, talk: 10, after: 0.65, before: 0.35 };
/** A chapter of the talk this close to one of the host's is the same one. Seconds. */
const SAME_SECONDS = 30;
/** Part of a chapter's talk that puts a name into its title, and how many names there are at most. */
const NAMED_SHARE = 0.25;
const NAMES_MAX = 3;

/** A chapter mark the host set. */
export interface HostMark {
  /** Seconds since going live. */
  readonly startTime: number;
  /** Empty: named after who talks. */
  readonly title: string;
}

interface Turn {
  readonly name: string;
  /** Seconds since going live. */
  readonly start: number;
  readonly end: number;
}

/** The chapters of an event so far: the host's own marks, and a new one where another speaker takes the floor after a pause. */
export function chaptersOf(talk: TalkRecord, marks: readonly HostMark[], eventTitle: string): ChapterList {
  const durationSeconds = talk.durationSamples / SAMPLE_RATE;
  const turns = talk.speakers
    // Interpreters say what others say: their turns make no chapters.
    .filter(({ interprets }) => interprets === undefined)
    .flatMap(({ name, turns: own }) => own.map(([start, end]): Turn => ({ name, start: start / SAMPLE_RATE, end: end / SAMPLE_RATE })))
    .sort((one, other) => one.start - other.start);
  const byHost = marks.filter(({ startTime }) => startTime <= durationSeconds).map((mark) => ({ ...mark, by: "host" as const }));
  const byTalk = talkStarts(turns)
    .filter((startTime) => byHost.every((mark) => Math.abs(mark.startTime - startTime) >= SAME_SECONDS))
    .map((startTime) => ({ startTime, title: "", by: "talk" as const }));
  const starts = [...byHost, ...byTalk].sort((one, other) => one.startTime - other.startTime);
  if (starts[0] === undefined || starts[0].startTime > 0) starts.unshift({ startTime: 0, title: "", by: "talk" });
  const chapters = starts.slice(0, CHAPTERS_MAX).map(({ startTime, title, by }, index): Chapter => {
    const endTime = Math.max(startTime, starts[index + 1]?.startTime ?? durationSeconds);
    const named = title === "" ? namesIn(turns, startTime, endTime) || eventTitle : title;
    return { startTime, endTime, title: shorten(named), by };
  });
  return { version: "1.2.0", chapters };
}

/** The marks a host set, out of a list that was kept. */
export function hostMarksOf({ chapters }: ChapterList): HostMark[] {
  return chapters.filter(({ by }) => by === "host").map(({ startTime, title }) => ({ startTime, title }));
}

/** Where another speaker takes the floor after a pause. Seconds, rounded down to a tenth. */
function talkStarts(turns: readonly Turn[]): number[] {
  const starts: number[] = [];
  let chapterStart = 0;
  let quietSince = 0;
  for (const turn of turns) {
    const paused = quietSince > 0 && turn.start - quietSince >= PAUSE_SECONDS;
    if (paused && turn.start - chapterStart >= SHORTEST_SECONDS && takesFloor(turns, turn)) {
      chapterStart = Math.floor(turn.start * 10) / 10;
      starts.push(chapterStart);
    }
    quietSince = Math.max(quietSince, turn.end);
  }
  return starts;
}

function takesFloor(turns: readonly Turn[], { name, start }: Turn): boolean {
  const before = talkIn(turns, start - FLOOR.seconds, start);
  const after = talkIn(turns, start, start + FLOOR.seconds);
  const own = after.get(name) ?? 0;
  return own >= FLOOR.talk && own >= sum(after) * FLOOR.after && (before.get(name) ?? 0) <= sum(before) * FLOOR.before;
}

/** How long each talked in a stretch. Seconds by name. */
function talkIn(turns: readonly Turn[], from: number, to: number): ReadonlyMap<string, number> {
  const talked = new Map<string, number>();
  for (const { name, start, end } of turns) {
    const seconds = Math.min(end, to) - Math.max(start, from);
    if (seconds > 0) talked.set(name, (talked.get(name) ?? 0) + seconds);
  }
  return talked;
}

function sum(talked: ReadonlyMap<string, number>): number {
  return talked.values().reduce((total, seconds) => total + seconds, 0);
}

function namesIn(turns: readonly Turn[], from: number, to: number): string {
  const talked = talkIn(turns, from, to);
  const all = sum(talked);
  return [...talked]
    .filter(([, seconds]) => seconds >= all * NAMED_SHARE)
    .sort(([, one], [, other]) => other - one)
    .slice(0, NAMES_MAX)
    .map(([name]) => name)
    .join(", ");
}

function shorten(title: string): string {
  const characters = [...title];
  return title.length <= CHAPTER_TITLE_MAX ? title : `${characters.slice(0, CHAPTER_TITLE_MAX / 2).join("")}…`;
}
