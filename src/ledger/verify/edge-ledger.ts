import { AudienceFigures, boundsOf, type WindowSum } from "./audience-figures.ts";
import { fromBase64 } from "./base64.ts";
import type { CheckSignature } from "./checkpoint.ts";
import type { EdgeKey, ManifestEntry, WindowEntry } from "./entry.ts";
import type { Findings } from "./finding.ts";
import type { Sha256 } from "./merkle.ts";
import { linkOf, signedPartOf } from "./window-signature.ts";

/** Share of the bytes that the leanest stream needs which must at least have been sent; the last part of a window may still be on its way. */
const LEAST_BYTES_SHARE = 0.95;

/** What is known of one edge. */
export interface EdgeReport {
  readonly edge: string;
  readonly operator: string;
  readonly network: string;
  readonly capacity: number;
  /** Announced after the manifest. */
  readonly late: boolean;
  readonly windows: number;
  readonly missing: number;
  readonly closed: boolean;
  /** Its own window with the most listening, with the bounds of that; undefined while it has none. */
  readonly peak: Omit<WindowSum, "edges"> | undefined;
  readonly sessions: number;
  readonly listenedMs: number;
}

interface EdgeState {
  readonly announced: EdgeKey;
  readonly publicKey: Uint8Array;
  readonly late: boolean;
  link: string;
  seq: number;
  previous: WindowEntry | undefined;
  present: number;
  missing: number;
  windows: number;
  closed: boolean;
  peak: EdgeReport["peak"];
  grossSessions: number;
  sessions: number;
  grossMs: number;
  listenedMs: number;
  bytes: number;
}

/** Follows every edge's chain of windows, checks each line, and adds the numbers up. */
export class EdgeLedger {
  readonly #edges = new Map<string, EdgeState>();
  readonly #manifest: ManifestEntry;
  readonly #windowMs: number;
  readonly #findings: Findings;
  readonly #sha256: Sha256;
  readonly #check: CheckSignature;
  readonly figures: AudienceFigures;

  constructor(manifest: ManifestEntry, findings: Findings, sha256: Sha256, check: CheckSignature) {
    this.#manifest = manifest;
    this.#windowMs = manifest.windowSeconds * 1000;
    this.#findings = findings;
    this.#sha256 = sha256;
    this.#check = check;
    this.figures = new AudienceFigures(this.#windowMs);
    for (const edge of manifest.edges) this.announce(edge, false, "the manifest");
  }

  /** Takes an edge's key; `late` when it came after the manifest. */
  announce(edge: EdgeKey, late: boolean, where: string): void {
    if (this.#edges.has(edge.edge)) return this.#findings.add("edge-key-twice", `${where}: ${edge.edge}`);
    const publicKey = fromBase64(edge.key) as Uint8Array;
    if (late) this.#findings.add("edge-late", `${where}: ${edge.edge}`);
    this.#edges.set(edge.edge, {
      announced: edge,
      publicKey,
      late,
      link: linkOf(this.#sha256, publicKey),
      seq: 0,
      previous: undefined,
      present: 0,
      missing: 0,
      windows: 0,
      closed: false,
      peak: undefined,
      grossSessions: 0,
      sessions: 0,
      grossMs: 0,
      listenedMs: 0,
      bytes: 0,
    });
  }

  /** Checks a window line and adds it; a line that is not the edge's next is not added. */
  async window(window: WindowEntry, line: Uint8Array, where: string): Promise<void> {
    const state = this.#edges.get(window.edge);
    const place = `${where}: ${window.edge} ${utc(window.t)}`;
    if (state === undefined) return this.#findings.add("edge-unknown", place);
    if (window.event !== this.#manifest.event) return this.#findings.add("event-differs", place);
    const message = signedPartOf(line);
    const signature = fromBase64(window.sig);
    const answer = message !== undefined && signature !== undefined && this.#check(state.publicKey, message, signature);
    if (answer !== true && !(await answer)) return this.#findings.add("window-signature", place);
    if (state.closed) return this.#findings.add("after-last", place);
    if (window.seq !== state.seq || window.prev !== state.link) {
      this.#findings.add("chain-broken", `${place}, number ${window.seq} where ${state.seq} was due`);
      // Goes on from here, so that one missing line is one finding and not a thousand.
      if (window.seq < state.seq) return;
    }
    state.seq = window.seq + 1;
    state.link = linkOf(this.#sha256, line);
    this.#checkPlace(window, state, place);
    this.#checkNumbers(window, state, place);
    state.previous = window;
    state.closed = window.last;
    state.windows++;
    const { t, listening } = window;
    // A house of several processes does not know which of them a session was in; one process alone counts exactly.
    if (state.peak === undefined || listening > state.peak.listening) state.peak = { t, listening, ...boundsOf({ ...window, most: 0 }) };
    this.figures.add(window);
  }

  /** Closes the books. `ended`: the ledger says the event is over; `nobody`: and that nobody was counted. */
  close({ ended, nobody }: { readonly ended: boolean; readonly nobody: boolean }): EdgeReport[] {
    const anyWindows = [...this.#edges.values()].some(({ windows }) => windows > 0);
    if (!anyWindows) this.#findings.add(this.#edges.size === 0 || nobody ? "not-counted" : "no-windows", "the whole ledger");
    const { leanestBitsPerSecond } = this.#manifest;
    return [...this.#edges.values()].map((state) => {
      const { announced, late, windows, missing, closed, grossMs, bytes, peak, sessions, listenedMs } = state;
      if (windows === 0 && anyWindows) this.#findings.add("window-missing", `${announced.edge}: none at all`);
      else if (ended && windows > 0 && !closed) this.#findings.add("edge-open", `${announced.edge} after ${utc(state.previous?.t ?? 0)}`);
      const needed = (grossMs / 1000) * (leanestBitsPerSecond / 8) * LEAST_BYTES_SHARE;
      if (bytes < needed) this.#findings.add("bytes-too-few", `${announced.edge}: ${bytes} bytes, at least ${Math.floor(needed)} needed`);
      return { ...announced, late, windows, missing, closed, peak, sessions, listenedMs };
    });
  }

  #checkPlace(window: WindowEntry, { previous, ...state }: EdgeState, place: string): void {
    if (window.t % this.#windowMs !== 0) return this.#findings.add("window-misplaced", place);
    if (previous === undefined) return;
    const skipped = (window.t - previous.t) / this.#windowMs - 1;
    if (skipped < 0) return this.#findings.add("window-misplaced", place);
    if (skipped === 0) return;
    (this.#edges.get(window.edge) as EdgeState).missing = state.missing + skipped;
    this.#findings.add("window-missing", `${window.edge}: ${skipped} between ${utc(previous.t)} and ${utc(window.t)}`);
  }

  #checkNumbers(window: WindowEntry, state: EdgeState, place: string): void {
    const { listening, joins, leaves, sessions, grossSessions, listenedMs, grossMs, bytes } = window;
    const here = state.present + joins;
    state.grossSessions += grossSessions;
    state.sessions += sessions;
    state.grossMs += grossMs;
    state.listenedMs += listenedMs;
    state.bytes += bytes;
    const broken =
      (listening > here && "more listening than present") ||
      (leaves > here && "more left than were present") ||
      (listening * this.#manifest.deliveredSeconds * 1000 > grossMs && "less audio given than listening needs") ||
      (state.sessions > state.grossSessions && "more sessions than began") ||
      (state.listenedMs > state.grossMs && "more counted audio than given") ||
      (state.sessions * this.#manifest.sessionSeconds * 1000 > state.listenedMs && "less counted audio than its sessions need");
    if (broken !== false) this.#findings.add("numbers-impossible", `${place}: ${broken}`);
    state.present = listening;
  }
}

/** An instant for people: UTC to the second. */
export function utc(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}
