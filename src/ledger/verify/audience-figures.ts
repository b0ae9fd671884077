import type { WindowEntry } from "./entry.ts";
import { estimateUniques, mergeUniques, readUniques, REGISTERS, UNIQUES_ERROR } from "./uniques.ts";

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
  readonly grossSessions: number;
  readonly bytes: number;
  readonly refused: number;
  readonly turnedAway: number;
  /** Most automated sessions in one window. */
  readonly automatedPeak: number;
  /** Different listeners: estimate and its standard error as a share; undefined when no edge gave registers. */
  readonly uniques: { readonly estimate: number; readonly error: number } | undefined;
}

interface Sum {
  listening: number;
  moved: number;
  automated: number;
  edges: number;
}

/** Adds windows of all edges up, in any order of edges. The same sums stand behind the live number and behind the verifier's. */
export class AudienceFigures {
  readonly #windowMs: number;
  readonly #sums = new Map<number, Sum>();
  readonly #uniques = new Map<string, Uint8Array>();
  #listenedMs = 0;
  #grossMs = 0;
  #sessions = 0;
  #joins = 0;
  #bytes = 0;
  #refused = 0;
  #turnedAway = 0;

  /** `windowMs`: length of a window. Milliseconds. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds one edge's window; false when its registers of different listeners cannot be read (all else is added). */
  add(window: Omit<WindowEntry, "v" | "kind" | "event" | "prev" | "sig">): boolean {
    const sum = this.#sums.get(window.t) ?? { listening: 0, moved: 0, automated: 0, edges: 0 };
    this.#sums.set(window.t, sum);
    sum.listening += window.listening;
    sum.moved += window.moved;
    sum.automated += window.automated;
    sum.edges++;
    this.#listenedMs += window.listenedMs;
    this.#grossMs += window.grossMs;
    this.#sessions += window.sessions;
    this.#joins += window.joins;
    this.#bytes += window.bytes;
    this.#refused += window.refused;
    this.#turnedAway += window.turnedAway;
    if (window.uniques === undefined) return true;
    const registers = readUniques(window.uniques);
    if (registers === undefined) return false;
    this.#uniques.set(window.edge, registers);
    return true;
  }

  /** Figures over all windows so far. */
  report(): AudienceReport {
    let now: WindowSum | undefined;
    let peak: WindowSum | undefined;
    let [peakLow, peakHigh, automatedPeak] = [0, 0, 0];
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [t, { listening, moved, automated, edges }] of this.#sums) {
      const window = { t, listening, low: Math.max(0, listening - moved), high: listening + moved, edges };
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
      grossSessions: this.#joins,
      bytes: this.#bytes,
      refused: this.#refused,
      turnedAway: this.#turnedAway,
      automatedPeak,
      uniques: this.#mergedUniques(),
    };
  }

  #mergedUniques(): AudienceReport["uniques"] {
    if (this.#uniques.size === 0) return undefined;
    const merged = new Uint8Array(REGISTERS);
    for (const registers of this.#uniques.values()) mergeUniques(merged, registers);
    return { estimate: estimateUniques(merged), error: UNIQUES_ERROR };
  }
}
