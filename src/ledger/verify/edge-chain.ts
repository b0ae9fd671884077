import { boundsOf, type WindowSum } from "./audience-figures.ts";
import { fromBase64 } from "./base64.ts";
import type { CheckSignature } from "./checkpoint.ts";
import type { EdgeKey, ManifestEntry, WindowEntry } from "./entry.ts";
import type { FindingCode } from "./finding.ts";
import type { Sha256 } from "./merkle.ts";
import { linkOf, signedPartOf } from "./window-signature.ts";

/** What a manifest says of every edge's windows. */
export type WindowRules = Pick<ManifestEntry, "event" | "windowSeconds" | "deliveredSeconds" | "sessionSeconds">;

/** Where an edge's chain stands, so that a restarted edge can go on. */
export interface ChainState {
  /** Number of the next window. */
  readonly seq: number;
  /** Base64 hash the next line carries. */
  readonly prev: string;
}

/** Why a window cannot be an edge's next. `detail`: further words, or "". */
export interface Objection {
  readonly code: Extract<
    FindingCode,
    "event-differs" | "edge-unknown" | "window-signature" | "after-last" | "chain-broken" | "window-misplaced" | "numbers-impossible"
  >;
  readonly detail: string;
}

/** One edge's chain of windows: what was taken, and whether a window is its next. Whoever writes a ledger asks the same as whoever checks it. */
export class EdgeChain {
  readonly announced: EdgeKey;
  readonly #rules: WindowRules;
  readonly #publicKey: Uint8Array;
  readonly #sha256: Sha256;
  #next: ChainState;
  #previous: WindowEntry | undefined;
  #grossSessions = 0;
  /** Windows taken, and windows of the grid that were skipped between them. */
  windows = 0;
  missing = 0;
  sessions = 0;
  grossMs = 0;
  listenedMs = 0;
  bytes = 0;
  /** The window with the most listening, with the bounds of that; undefined while there is none. */
  peak: Omit<WindowSum, "edges"> | undefined;

  /** `announced`: with a key that was checked to be one. */
  constructor(announced: EdgeKey, rules: WindowRules, sha256: Sha256) {
    this.announced = announced;
    this.#rules = rules;
    this.#sha256 = sha256;
    this.#publicKey = fromBase64(announced.key) as Uint8Array;
    this.#next = { seq: 0, prev: linkOf(sha256, this.#publicKey) };
  }

  /** Where the chain goes on. */
  get next(): ChainState {
    return this.#next;
  }

  /** Beginning of the newest window, and its end. Unix milliseconds; 0 before the first. */
  get newestMs(): number {
    return this.#previous?.t ?? 0;
  }
  get untilMs(): number {
    return this.#previous === undefined ? 0 : this.#previous.t + this.#windowMs;
  }

  /** Whether the edge closed with its newest window. */
  get closed(): boolean {
    return this.#previous?.last === true;
  }

  get #windowMs(): number {
    return this.#rules.windowSeconds * 1000;
  }

  /** Everything that speaks against a window's being the next of this edge; empty when it is. `line`: as it was signed. */
  async objections(window: WindowEntry, line: Uint8Array, check: CheckSignature): Promise<Objection[]> {
    if (window.edge !== this.announced.edge) return [{ code: "edge-unknown", detail: "" }];
    if (window.event !== this.#rules.event) return [{ code: "event-differs", detail: "" }];
    const message = signedPartOf(line);
    const signature = fromBase64(window.sig);
    const answer = message !== undefined && signature !== undefined && check(this.#publicKey, message, signature);
    if (answer !== true && !(await answer)) return [{ code: "window-signature", detail: "" }];
    if (this.closed) return [{ code: "after-last", detail: "" }];
    const { seq, prev } = this.#next;
    const follows = window.seq === seq && window.prev === prev;
    const broken: Objection[] = follows ? [] : [{ code: "chain-broken", detail: `, number ${window.seq} where ${seq} was due` }];
    if (window.seq < seq) return broken;
    const impossible = this.#impossible(window);
    return [
      ...broken,
      ...(window.t % this.#windowMs === 0 && window.t >= this.untilMs ? [] : [{ code: "window-misplaced", detail: "" } as const]),
      ...(impossible === undefined ? [] : [{ code: "numbers-impossible", detail: `: ${impossible}` } as const]),
    ];
  }

  /** Windows of the grid between the newest and this one. */
  skippedBefore({ t }: WindowEntry): number {
    if (this.#previous === undefined || t < this.untilMs || t % this.#windowMs !== 0) return 0;
    return (t - this.untilMs) / this.#windowMs;
  }

  /** Takes a window, the next or one that comes nearest to it; the chain goes on from there. */
  take(window: WindowEntry, line: Uint8Array): void {
    const { t, listening } = window;
    this.missing += this.skippedBefore(window);
    this.windows++;
    this.sessions += window.sessions;
    this.#grossSessions += window.grossSessions;
    this.grossMs += window.grossMs;
    this.listenedMs += window.listenedMs;
    this.bytes += window.bytes;
    // A house of several processes does not know which of them a session was in; one process alone counts exactly.
    if (this.peak === undefined || listening > this.peak.listening) this.peak = { t, listening, ...boundsOf({ ...window, most: 0 }) };
    this.#previous = window;
    this.#next = { seq: window.seq + 1, prev: linkOf(this.#sha256, line) };
  }

  /** What of a window's numbers cannot be, in words. */
  #impossible({ listening, joins, leaves, sessions, grossSessions, listenedMs, grossMs }: WindowEntry): string | undefined {
    const { deliveredSeconds, sessionSeconds } = this.#rules;
    const here = (this.#previous?.listening ?? 0) + joins;
    const counted = this.sessions + sessions;
    const countedMs = this.listenedMs + listenedMs;
    if (listening > here) return "more listening than present";
    if (leaves > here) return "more left than were present";
    if (listening * deliveredSeconds * 1000 > grossMs) return "less audio given than listening needs";
    if (counted > this.#grossSessions + grossSessions) return "more sessions than began";
    if (countedMs > this.grossMs + grossMs) return "more counted audio than given";
    if (counted * sessionSeconds * 1000 > countedMs) return "less counted audio than its sessions need";
    return undefined;
  }
}
