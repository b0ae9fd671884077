import type { AudienceReport } from "./audience-figures.ts";
import type { EdgeReport } from "./edge-ledger.ts";
import type { Finding, FindingCode } from "./finding.ts";
import type { ReplayReport } from "./replay-check.ts";

/** The whole outcome in one word. */
export type VerdictResult = "holds" | "holds-with-gaps" | "contradicted";

/** What a witness has done for this ledger. */
export interface WitnessReport {
  readonly name: string;
  /** Checkpoints it cosigned, of those in the list. */
  readonly cosigned: number;
  /** When it last looked. Unix seconds; undefined when never. */
  readonly lastUnixSeconds: number | undefined;
  /** Whether it cosigned the newest checkpoint. */
  readonly newest: boolean;
}

/** Entries that are not counts, by kind. */
export interface ActsReport {
  readonly roles: number;
  readonly moderation: number;
  /** Listeners asked on stage, the queue opened and closed. */
  readonly hands: number;
  /** Draws at the doors whose seed is told and was promised. */
  readonly draws: number;
  readonly schedule: number;
  readonly config: number;
  readonly incidents: number;
}

/** Everything the verifier can say about a ledger. */
export interface Verdict {
  readonly result: VerdictResult;
  readonly origin: string;
  readonly event: string;
  readonly title: string;
  readonly ended: boolean;
  readonly entries: number;
  /** Root of the tree, hexadecimal. */
  readonly root: string;
  readonly checkpoints: number;
  readonly logKey: string;
  /** Whether the log's key was given by whoever asked, not taken from the ledger. */
  readonly logKeyPinned: boolean;
  readonly witnesses: readonly WitnessReport[];
  readonly quorum: number;
  readonly edges: readonly EdgeReport[];
  readonly audience: AudienceReport | undefined;
  /** Different listeners: estimate and its standard error as a share; undefined when no edge gave registers. */
  readonly uniques: { readonly estimate: number; readonly error: number } | undefined;
  /** Bytes sent by the bytes that the given audio needs at least: at the bit rate the manifest names, else by the leanest segments of the recording at that time; undefined when neither says it. */
  readonly bytesOverNeeded: number | undefined;
  readonly replay: ReplayReport;
  readonly acts: ActsReport;
  /** When the recording was taken away and by whom; undefined while it is there. */
  readonly deletion: { readonly unixMs: number; readonly by: string } | undefined;
  readonly findings: readonly Finding[];
  /** How many of each kind; `findings` lists only the first of each. */
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
}
