import { constants, type Http2Session, type SecureServerOptions } from "node:http2";
import type { Clock } from "../../core/clock.ts";

/** Streams open at a time per session. A page needs two, a player of low-latency HLS six; Node's own limit is four thousand million. */
const MOST_STREAMS = 32;
/** Longest list of header fields. Bytes as HPACK counts them; the same as over HTTP/1.1, and how many fields. */
const MAX_HEADER_BYTES = 8 * 1024;
const MOST_HEADERS = 64;
/** What a client may send of a body before it is read. Bytes; nothing here takes a body. @spec RFC 9113 §6.9.2 */
const WINDOW_BYTES = 16 * 1024;
/** Memory of one session for headers, settings, pings and streams. Megabytes, the least Node can be told. */
const SESSION_MEGABYTES = 1;
/** Entries of a SETTINGS frame, unanswered pings of ours, frames that make no sense, streams beyond the limit: from then on the session ends. Node's own: 32, 10, 1000, 100. */
const MOST_SETTINGS = 16;
const MOST_PINGS = 4;
const MOST_INVALID_FRAMES = 32;
const MOST_REJECTED_STREAMS = 64;
/**
 * Streams a client may take back before their answer is whole, at once and per second. A listener takes one back when it leaves or winds;
 * hls.js takes back a handful when a rendition is switched. @spec CVE-2023-44487
 */
const RESET_BURST = 60;
const RESETS_PER_SECOND = 4;
/** Streams a session may take back although its network is over the budget of all its sessions: a neighbour of a flood loses no sound for leaving. */
const RESETS_IN_ANY_CASE = 8;
/** The same inside the protocol's own library, for resets that never become a request here: twice as much, so that ours speaks first. */
const LIBRARY_BURST = 2 * RESET_BURST;
const LIBRARY_PER_SECOND = 2 * RESETS_PER_SECOND;

/** How HTTP/2 is spoken to strangers. @spec RFC 9113 §10.5 */
export const HTTP2_LIMITS = {
  settings: {
    enablePush: false,
    initialWindowSize: WINDOW_BYTES,
    maxConcurrentStreams: MOST_STREAMS,
    maxHeaderListSize: MAX_HEADER_BYTES,
  },
  maxSessionMemory: SESSION_MEGABYTES,
  maxHeaderListPairs: MOST_HEADERS,
  maxSettings: MOST_SETTINGS,
  maxOutstandingPings: MOST_PINGS,
  maxSessionInvalidFrames: MOST_INVALID_FRAMES,
  maxSessionRejectedStreams: MOST_REJECTED_STREAMS,
  streamResetBurst: LIBRARY_BURST,
  streamResetRate: LIBRARY_PER_SECOND,
} as const satisfies SecureServerOptions;

/** How often one session's client takes back what it asked for; whoever does little else is sent away. */
export class ResetBudget {
  readonly #session: Http2Session;
  readonly #clock: Clock;
  #left = RESET_BURST;
  #taken = 0;
  #at: number;

  constructor(session: Http2Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.#at = clock.steadyMs();
  }

  /** Counts one; true when it was one too many, and the session is over. `allowed`: whether the network of the session is within its own budget. @hot */
  spend(allowed: boolean): boolean {
    const now = this.#clock.steadyMs();
    this.#left = Math.min(RESET_BURST, this.#left + ((now - this.#at) * RESETS_PER_SECOND) / 1_000);
    this.#at = now;
    if (this.#session.destroyed) return false;
    this.#taken++;
    if (this.#left >= 1 && (allowed || this.#taken <= RESETS_IN_ANY_CASE)) {
      this.#left--;
      return false;
    }
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return true;
  }
}
