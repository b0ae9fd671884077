import type { WindowEntry } from "./entry.ts";

/** Listening in one window, over all edges that entered it. */
export interface WindowSum {
  /** Beginning of the window. Milliseconds since the Unix epoch. */
  readonly t: number;
  readonly listening: number;
  /** The true number of different sessions lies between these two. */
  readonly low: number;
  readonly high: number;
  /** Edges that entered this window. */
  readonly edges: number;
}

/** The audience's figures, each by the definition in docs/ledger.md. */
export interface AudienceReport {
  readonly windows: number;
  /** Newest window that is there. */
  readonly now: WindowSum | undefined;
  /** Window with the highest sum; the true peak lies between `peakLow` and `peakHigh`. */
  readonly peak: WindowSum | undefined;
  readonly peakLow: number;
  readonly peakHigh: number;
  /** Audio given to sessions that count, by the time from the first window to the end of the last. Listeners. */
  readonly average: number;
  readonly listenedMs: number;
  readonly grossMs: number;
  readonly sessions: number;
  /** The true number of sessions lies between these two: whoever changed edges or processes may be two of them, or none. */
  readonly sessionsLow: number;
  readonly sessionsHigh: number;
  readonly grossSessions: number;
  readonly bytes: number;
  readonly turnedAway: number;
  /** Most automated sessions in one window. */
  readonly automatedPeak: number;
}

interface Sum {
  listening: number;
  grossMs: number;
  joins: number;
  partial: number;
  counters: number;
  automated: number;
  edges: number;
  /** Most listening at one edge. */
  most: number;
}

/** Adds windows of all edges up, in any order of edges. The same sums stand behind the live number and behind the verifier's. */
export class AudienceFigures {
  readonly #windowMs: number;
  readonly #sums = new Map<number, Sum>();
  readonly #turnedAway = new Map<string, number>();
  /** Newest registers of each edge, as they stand in its window. */
  readonly uniques = new Map<string, string>();
  #listenedMs = 0;
  #grossMs = 0;
  #sessions = 0;
  #grossSessions = 0;
  #bytes = 0;
  /** Most processes that counted in one window. */
  #mostCounters = 0;

  /** `windowMs`: length of a window. Milliseconds. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds one edge's window. */
  add(window: Omit<WindowEntry, "v" | "kind" | "event" | "prev" | "sig">): void {
    const sum = this.#sums.get(window.t) ?? { listening: 0, grossMs: 0, joins: 0, partial: 0, counters: 0, automated: 0, edges: 0, most: 0 };
    this.#sums.set(window.t, sum);
    sum.listening += window.listening;
    sum.grossMs += window.grossMs;
    sum.joins += window.joins;
    sum.partial += window.partial;
    sum.counters += window.counters;
    sum.automated += window.automated;
    sum.edges++;
    sum.most = Math.max(sum.most, window.counters > 1 ? 0 : window.listening);
    this.#listenedMs += window.listenedMs;
    this.#grossMs += window.grossMs;
    this.#sessions += window.sessions;
    this.#grossSessions += window.grossSessions;
    this.#bytes += window.bytes;
    this.#mostCounters = Math.max(this.#mostCounters, sum.counters);
    this.#turnedAway.set(window.edge, window.turnedAway);
    if (window.uniques !== undefined) this.uniques.set(window.edge, window.uniques);
  }

  /** Audio given in each window, over all edges. Milliseconds by the beginning of the window. */
  get given(): ReadonlyMap<number, number> {
    return new Map([...this.#sums].map(([t, { grossMs }]) => [t, grossMs]));
  }

  /** Figures over all windows so far. */
  report(): AudienceReport {
    let now: WindowSum | undefined;
    let peak: WindowSum | undefined;
    let [peakLow, peakHigh, automatedPeak] = [0, 0, 0];
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [t, sum] of this.#sums) {
      const { listening, automated, edges } = sum;
      const window = { t, listening, ...boundsOf(sum), edges };
      if (now === undefined || t > now.t) now = window;
      if (peak === undefined || listening > peak.listening || (listening === peak.listening && t < peak.t)) peak = window;
      peakLow = Math.max(peakLow, window.low);
      peakHigh = Math.max(peakHigh, window.high);
      automatedPeak = Math.max(automatedPeak, automated);
      first = Math.min(first, t);
      last = Math.max(last, t);
    }
    const spanMs = this.#sums.size === 0 ? 0 : last - first + this.#windowMs;
    return {
      windows: this.#sums.size,
      now,
      peak,
      peakLow,
      peakHigh,
      average: spanMs === 0 ? 0 : this.#listenedMs / spanMs,
      listenedMs: this.#listenedMs,
      grossMs: this.#grossMs,
      sessions: this.#sessions,
      ...sessionBounds(this.#sessions, this.#grossSessions, this.#mostCounters),
      grossSessions: this.#grossSessions,
      bytes: this.#bytes,
      turnedAway: [...this.#turnedAway.values()].reduce((sum, each) => sum + each, 0),
      automatedPeak,
    };
  }
}

/**
 * What a sum may be off by. A session that moved inside the window may have been counted on both sides (at most the joins),
 * or on neither (too little audio on each); one process alone counts exactly.
 */
export function boundsOf({ listening, joins, partial, counters, most }: Pick<Sum, "listening" | "joins" | "partial" | "counters" | "most">): {
  readonly low: number;
  readonly high: number;
} {
  if (counters < 2) return { low: listening, high: listening };
  return { low: Math.max(most, listening - joins), high: listening + Math.floor(partial / 2) };
}

/** What a sum of sessions may be off by: at worst each was at every process, or each two that were too short are one. One process alone counts exactly. */
export function sessionBounds(sessions: number, gross: number, counters: number): Pick<AudienceReport, "sessionsLow" | "sessionsHigh"> {
  if (counters < 2) return { sessionsLow: sessions, sessionsHigh: sessions };
  return { sessionsLow: Math.ceil(sessions / counters), sessionsHigh: sessions + Math.floor((gross - sessions) / 2) };
}
