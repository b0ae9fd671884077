import type { DoorWindow } from "./door.ts";

/**
 * What the number means; stands behind it on every page and in every signed line.
 * Version 1: "listening now" = distinct sessions to which at least 8 s of audio was delivered in the last closed window of 10 s.
 */
export const COUNT_DEFINITION = 1;
/** Length of a counting window; windows end at whole multiples of it since the Unix epoch. Milliseconds. */
export const COUNT_WINDOW_MS = 10_000;
/** Audio within one window from which a session counts as listening. Milliseconds. */
export const LISTENING_MS = 8_000;
/** Audio from which a session counts as one; shorter ones are only in the gross figure. Milliseconds. Source: Triton Webcast Metrics. */
export const SESSION_MS = 60_000;
/** Smallest cell of a breakdown that is told. Sessions. */
export const SMALLEST_CELL = 20;
/** Cells of a breakdown are rounded to whole multiples of this. Sessions. */
export const CELL_ROUNDING = 10;
/** Age from which a number is shown grey instead of as the present. Milliseconds; two windows and what caches may add. */
export const STALE_AFTER_MS = 25_000;

/** Where an event's counts stand, below `events/<id>/`. */
export const COUNT_FILES = {
  /** What the fronts of this machine counted ({@link AudienceWindow}): each appends its lines and reads the others'. */
  own: "audience.jsonl",
  /** What the fronts of all other machines counted, as far as it has come here. */
  elsewhere: "elsewhere.jsonl",
  /** The windows an edge signed for the ledger (`WindowEntry`), byte for byte and in order. */
  windows: (edge: string) => `windows/${edge}.jsonl`,
} as const;

/** How a listener is served; the only property of a session that is ever told apart. */
export const LISTENING_FORMS = ["page", "hls", "mp3", "aac", "opus"] as const;
/** How a listener is served. */
export type ListeningForm = (typeof LISTENING_FORMS)[number];

/** What one edge delivered in one closed window, as a line of {@link COUNT_FILES}. Sums only, never a session. */
export interface AudienceWindow {
  /** {@link COUNT_DEFINITION}. */
  readonly v: 1;
  readonly eventId: string;
  /** The edge (a front process) and its start; a restarted one is another edge. On another machine: `<its name>/<front>`. */
  readonly edge: string;
  /** Rises by one per line of an edge: a gap is seen. */
  readonly seq: number;
  /** End of the window. Unix milliseconds, a multiple of `windowMs`. */
  readonly endUnixMs: number;
  readonly windowMs: number;
  /** Distinct sessions with {@link LISTENING_MS} of audio in the window. */
  readonly listeningNow: number;
  /** Of those: not counted here one window earlier. */
  readonly joins: number;
  /** Counted here one window earlier and not in this one. */
  readonly leaves: number;
  /** Sessions that got some audio, but less than {@link LISTENING_MS}. */
  readonly partial: number;
  /** Sessions that reached {@link SESSION_MS} in this window. */
  readonly sessions: number;
  /** Sessions that began in this window, short ones and declared machines among them. */
  readonly sessionsGross: number;
  /** Declared machines (bots, monitors) that would have counted as listening. */
  readonly machines: number;
  /** New audio delivered to sessions of {@link SESSION_MS} and more; a session's earlier audio is in the window in which it reached them. Milliseconds. */
  readonly listenedMs: number;
  /** New audio delivered to all sessions, machines too. Milliseconds. */
  readonly listenedGrossMs: number;
  /** Bytes of media handed to listeners. */
  readonly bytes: number;
  /** People given a ticket so far who never used its time; in the last line also those who still waited. Estimate. */
  readonly turnedAway: number;
  /** Tickets whose holder still waits. Estimate. */
  readonly waitingNow: number;
  /** Listening now by form; cells under {@link SMALLEST_CELL} are left out, the others rounded to {@link CELL_ROUNDING}. */
  readonly forms?: Partial<Readonly<Record<ListeningForm, number>>>;
  /** What the door of this edge did in the window. */
  readonly door?: DoorWindow;
  /** Registers of the estimate of unique listeners of this edge so far, deflated, base64. Once a minute and at the end. */
  readonly unique?: string;
}

/** The audience as pages show it: one honest figure and how it came about. */
export interface PublicAudience {
  readonly definition: 1;
  /** Sum over the edges; undefined until the first window has closed. */
  readonly listeningNow: number;
  /** What the sum may be off by: sessions that changed edges inside the window. */
  readonly low: number;
  readonly high: number;
  /** End of the window the figure is of. Unix milliseconds. */
  readonly asOfUnixMs: number;
  readonly windowMs: number;
  readonly edges: number;
  readonly peak: number;
  /** Beginning of the window of the peak, as in the ledger. Unix milliseconds. */
  readonly peakUnixMs: number;
  /** Asking oftener shows nothing new or costs others their sound. Seconds. */
  readonly lookAgainSeconds: number;
}

/** The whole account of an event's audience. */
export interface AudienceSummary extends PublicAudience {
  /** Audio delivered to sessions that count, by the time from the first window to the end of the last: listeners on average. */
  readonly average: number;
  readonly listeningHours: number;
  readonly listeningHoursGross: number;
  readonly sessions: number;
  /** What the sum may be off by: sessions that changed edges. */
  readonly sessionsLow: number;
  readonly sessionsHigh: number;
  readonly sessionsGross: number;
  readonly machines: number;
  readonly turnedAway: number;
  readonly waitingNow: number;
  readonly bytes: number;
  /** Estimate of distinct listeners; undefined while no edge told its registers. */
  readonly uniqueListeners?: number;
  /** One standard deviation of the estimate, as a share of it. */
  readonly uniqueErrorShare: number;
  readonly forms: Partial<Readonly<Record<ListeningForm, number>>>;
  /** The edges' doors in the shown window: sums, and the highest pressure, step and wait. */
  readonly door?: Omit<DoorWindow, "mode">;
  /** Newest windows last, one per {@link COUNT_WINDOW_MS}: end and sum. */
  readonly recent: readonly (readonly [endUnixMs: number, listeningNow: number])[];
}
