import {
  type AudienceSummary,
  type AudienceWindow,
  COUNT_DEFINITION,
  COUNT_WINDOW_MS,
  LISTENING_FORMS,
  type ListeningForm,
  type PublicAudience,
} from "../../wire/audience.ts";
import { sessionBounds } from "../../ledger/verify/audience-figures.ts";
import { UNIQUE_ERROR_SHARE, UniqueEstimate } from "./unique-estimate.ts";

/** Windows shown as the recent course. 180: half an hour. */
const RECENT_WINDOWS = 180;
/** Windows whose sum is kept, so that lines that come late still correct it: 8,640, a day. */
const KEPT_WINDOWS = 8_640;
/** A window is taken as closed everywhere this long after its end, with or without the edges that are silent. Milliseconds. */
const SETTLED_AFTER_MS = COUNT_WINDOW_MS;
/** Questions for the number that one edge answers per second without anybody's sound noticing. */
const LOOKS_PER_SECOND = 200;
/** Shortest and longest time between two looks at the number. Seconds. */
const LOOK_SECONDS = { least: 10, most: 600 } as const;

/** One window summed over the edges. */
export interface WindowSum {
  readonly endUnixMs: number;
  readonly edges: number;
  readonly sum: number;
  /** Bounds of the true number of distinct sessions. */
  readonly low: number;
  readonly high: number;
}

/**
 * Sums the edges' lines of one window. A session that moved inside the window may have been counted at both of its edges (at most the joins),
 * or at neither (two sessions with too little audio each at two edges): the true number lies in [low, high].
 */
export function sumWindow(lines: readonly AudienceWindow[]): WindowSum {
  let sum = 0;
  let most = 0;
  let joins = 0;
  let partial = 0;
  let mostPartial = 0;
  for (const line of lines) {
    sum += line.listeningNow;
    most = Math.max(most, line.listeningNow);
    joins += line.joins;
    partial += line.partial;
    mostPartial = Math.max(mostPartial, line.partial);
  }
  return {
    endUnixMs: lines[0]?.endUnixMs ?? 0,
    edges: lines.length,
    sum,
    low: lines.length < 2 ? sum : Math.max(most, sum - joins),
    high: sum + Math.min(Math.floor(partial / 2), partial - mostPartial),
  };
}

interface KeptWindow {
  /** Which edges have spoken for it, each by its number. */
  readonly spoken: Set<number>;
  /** What they said; only of the newest two, which may be shown. */
  readonly lines: AudienceWindow[];
  listeningNow: number;
  /** Declared machines, over all edges. */
  machines: number;
}

/** Folds edges' lines, in whatever order they come, into an event's account. */
export class AudienceSum {
  readonly #windows = new Map<number, KeptWindow>();
  /** Numbers of the edges: shorter to keep than their names. */
  readonly #edges = new Map<string, number>();
  readonly #unique = new Map<string, string>();
  readonly #turnedAway = new Map<string, { readonly endUnixMs: number; readonly people: number }>();
  #newestUnixMs = 0;
  /** When the first window began. */
  #firstUnixMs = Number.POSITIVE_INFINITY;
  #peak = 0;
  #peakUnixMs = Number.POSITIVE_INFINITY;
  #listenedMs = 0;
  #listenedGrossMs = 0;
  #sessions = 0;
  #sessionsGross = 0;
  #machines = 0;
  #bytes = 0;
  /** Most edges that counted in one window. */
  #mostEdges = 0;

  /** Takes a line; one that was taken already changes nothing, a late one corrects its window. */
  add(line: AudienceWindow): void {
    const { edge, endUnixMs, listeningNow } = line;
    if (endUnixMs <= this.#newestUnixMs - KEPT_WINDOWS * COUNT_WINDOW_MS) return;
    const window = this.#windows.get(endUnixMs) ?? { spoken: new Set(), lines: [], listeningNow: 0, machines: 0 };
    this.#windows.set(endUnixMs, window);
    const number = this.#edges.get(edge) ?? this.#edges.size;
    this.#edges.set(edge, number);
    if (window.spoken.has(number)) return;
    window.spoken.add(number);
    if (endUnixMs > this.#newestUnixMs) this.#begin(endUnixMs);
    if (endUnixMs >= this.#newestUnixMs - COUNT_WINDOW_MS) window.lines.push(line);
    window.listeningNow += listeningNow;
    const beganUnixMs = endUnixMs - COUNT_WINDOW_MS;
    if (window.listeningNow > this.#peak || (window.listeningNow === this.#peak && beganUnixMs < this.#peakUnixMs)) {
      this.#peak = window.listeningNow;
      this.#peakUnixMs = beganUnixMs;
    }
    this.#firstUnixMs = Math.min(this.#firstUnixMs, beganUnixMs);
    this.#listenedMs += line.listenedMs;
    this.#listenedGrossMs += line.listenedGrossMs;
    this.#sessions += line.sessions;
    this.#sessionsGross += line.sessionsGross;
    this.#mostEdges = Math.max(this.#mostEdges, window.spoken.size);
    window.machines += line.machines;
    this.#machines = Math.max(this.#machines, window.machines);
    this.#bytes += line.bytes;
    if (endUnixMs < (this.#turnedAway.get(edge)?.endUnixMs ?? 0)) return;
    if (line.unique !== undefined) this.#unique.set(edge, line.unique);
    this.#turnedAway.set(edge, { endUnixMs, people: line.turnedAway });
  }

  /** A newer window than any before: what of the older ones is not needed any more goes. */
  #begin(endUnixMs: number): void {
    for (const shown of [this.#newestUnixMs, this.#newestUnixMs - COUNT_WINDOW_MS])
      if (shown < endUnixMs - COUNT_WINDOW_MS) this.#windows.get(shown)?.lines.splice(0);
    this.#newestUnixMs = endUnixMs;
    for (const old of this.#windows.keys()) {
      if (old > endUnixMs - KEPT_WINDOWS * COUNT_WINDOW_MS) break;
      this.#windows.delete(old);
    }
  }

  /** The newest window that every edge of the one before has spoken for, or that no silent edge need be waited for any more. */
  #shown(nowUnixMs: number): KeptWindow | undefined {
    const newest = this.#windows.get(this.#newestUnixMs);
    const before = this.#windows.get(this.#newestUnixMs - COUNT_WINDOW_MS);
    if (newest === undefined || before === undefined || nowUnixMs >= this.#newestUnixMs + SETTLED_AFTER_MS) return newest;
    return before.spoken.isSubsetOf(newest.spoken) ? newest : before;
  }

  /** What everybody may see; undefined until a window has closed. */
  publicAudience(nowUnixMs: number): PublicAudience | undefined {
    const shown = this.#shown(nowUnixMs);
    if (shown === undefined) return undefined;
    const { endUnixMs, edges, sum, low, high } = sumWindow(shown.lines);
    return {
      definition: COUNT_DEFINITION,
      listeningNow: sum,
      low,
      high,
      asOfUnixMs: endUnixMs,
      windowMs: COUNT_WINDOW_MS,
      edges,
      peak: this.#peak,
      peakUnixMs: this.#peakUnixMs,
      lookAgainSeconds: Math.min(LOOK_SECONDS.most, Math.max(LOOK_SECONDS.least, Math.ceil(sum / (LOOKS_PER_SECOND * Math.max(1, edges))))),
    };
  }

  /** The whole account; undefined until a window has closed. */
  summary(nowUnixMs: number): AudienceSummary | undefined {
    const audience = this.publicAudience(nowUnixMs);
    const lines = this.#shown(nowUnixMs)?.lines ?? [];
    if (audience === undefined) return undefined;
    const unique = this.#uniqueListeners();
    return {
      ...audience,
      average: Math.round((this.#listenedMs / (this.#newestUnixMs - this.#firstUnixMs)) * 10) / 10,
      listeningHours: hours(this.#listenedMs),
      listeningHoursGross: hours(this.#listenedGrossMs),
      sessions: this.#sessions,
      ...sessionBounds(this.#sessions, this.#sessionsGross, this.#mostEdges),
      sessionsGross: this.#sessionsGross,
      machines: this.#machines,
      turnedAway: [...this.#turnedAway.values()].reduce((sum, { people }) => sum + people, 0),
      waitingNow: lines.reduce((sum, line) => sum + line.waitingNow, 0),
      bytes: this.#bytes,
      ...(unique === undefined ? {} : { uniqueListeners: unique }),
      uniqueErrorShare: UNIQUE_ERROR_SHARE,
      forms: sumForms(lines),
      ...sumDoors(lines),
      recent: this.#recent(),
    };
  }

  #recent(): AudienceSummary["recent"] {
    const from = this.#newestUnixMs - RECENT_WINDOWS * COUNT_WINDOW_MS;
    return [...this.#windows]
      .filter(([endUnixMs]) => endUnixMs > from)
      .map(([endUnixMs, { listeningNow }]) => [endUnixMs, listeningNow] as const)
      .toSorted(([one], [other]) => one - other);
  }

  #uniqueListeners(): number | undefined {
    let all: UniqueEstimate | undefined;
    for (const text of this.#unique.values()) {
      const one = UniqueEstimate.unpack(text);
      if (one === undefined) continue;
      if (all === undefined) all = one;
      else all.merge(one);
    }
    return all === undefined ? undefined : Math.round(all.estimate());
  }
}

function sumDoors(lines: readonly AudienceWindow[]): Pick<AudienceSummary, "door"> {
  const doors = lines.flatMap(({ door }) => (door === undefined ? [] : [door]));
  if (doors.length === 0) return {};
  const sum = (name: "joinsPerSecond" | "admitted" | "tickets" | "refused") => doors.reduce((all, door) => all + door[name], 0);
  const most = (name: "pressure" | "step" | "waitSeconds") => Math.max(...doors.map((door) => door[name]));
  return {
    door: {
      pressure: most("pressure"),
      step: most("step"),
      waitSeconds: most("waitSeconds"),
      joinsPerSecond: sum("joinsPerSecond"),
      admitted: sum("admitted"),
      tickets: sum("tickets"),
      refused: sum("refused"),
      ...(doors.some(({ flooded }) => flooded) ? { flooded: true as const } : {}),
    },
  };
}

function sumForms(lines: readonly AudienceWindow[]): Partial<Record<ListeningForm, number>> {
  return Object.fromEntries(
    LISTENING_FORMS.flatMap((form) => {
      const sessions = lines.reduce((sum, line) => sum + (line.forms?.[form] ?? 0), 0);
      return sessions === 0 ? [] : [[form, sessions]];
    }),
  );
}

function hours(ms: number): number {
  return Math.round(ms / 36_000) / 100;
}

/** Reads one line of `audience.jsonl`; undefined when it is none of this version, such as a line cut off by a crash. */
export function readAudienceLine(text: string): AudienceWindow | undefined {
  try {
    const line = JSON.parse(text) as AudienceWindow;
    return line.v === 1 && typeof line.edge === "string" && COUNTS.every((name) => Number.isFinite(line[name]) && line[name] >= 0) ? line : undefined;
  } catch {
    return undefined;
  }
}

const COUNTS = [
  "seq",
  "endUnixMs",
  "listeningNow",
  "joins",
  "leaves",
  "partial",
  "sessions",
  "sessionsGross",
  "machines",
  "listenedMs",
  "listenedGrossMs",
  "bytes",
  "turnedAway",
  "waitingNow",
] as const;
