/** What the parent tells a load process. Addresses are on loopback; times are milliseconds of the machine's steady clock. */
export type Order =
  /** Opens listeners at a pace and, with a path, lets each send its request at once. */
  | {
      readonly type: "open";
      readonly port: number;
      readonly count: number;
      readonly perSecond: number;
      /** Request sent on connecting; without it connections wait for `ask`. */
      readonly path?: string;
      /** Local addresses to spread over, first and how many: a port range is per address. */
      readonly addresses: number;
      /** Whether over TLS, whatever the certificate. */
      readonly secure?: boolean;
    }
  /** Every connection asks once for this path, spread evenly over `spreadMs`. */
  | { readonly type: "ask"; readonly path: string; readonly spreadMs: number }
  /** Requests at a steady rate over all connections, whether or not the last ones were answered. */
  | { readonly type: "poll"; readonly path: string; readonly perSecond: number }
  /** Every connection plays plain HLS: playlist and newest segment once per `segmentMs`, phases spread. */
  | { readonly type: "hls"; readonly playlist: string; readonly segmentMs: number }
  /** Starts counting anew. */
  | { readonly type: "zero" }
  | { readonly type: "report" }
  | { readonly type: "close" };

/** What a load process saw since `zero` (connections: since they were opened). */
export interface Tally {
  /** Connections that stand now. */
  readonly open: number;
  /** Connections refused, reset or closed by the other side. */
  readonly failed: number;
  readonly bytes: number;
  readonly reads: number;
  /** Answers received whole, and those among them with another status than 200. */
  readonly answers: number;
  readonly otherStatus: number;
  /** Steady clock at which each answer was whole, in order of arrival; at most the newest 100,000. */
  readonly answeredAt: readonly number[];
  /** From the start of connecting to the first byte of a body, one per connection that has one. Milliseconds. */
  readonly firstByteMs: readonly number[];
  /** Longest pause between two reads, one per connection that has read twice. Milliseconds. */
  readonly longestGapMs: readonly number[];
  /** CPU time of this load process since `zero`. Seconds. */
  readonly cpuSeconds: number;
}

/** The machine's steady clock, the same in every process. Milliseconds. */
export function steadyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
