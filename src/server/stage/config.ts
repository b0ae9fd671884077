import type { KnownEdgeSettings } from "../../core/edge-config.ts";
import type { RelaySettings } from "../../event/mod-live.ts";

/** What control may tell a stage: the host's acts, and that its manifest or its sounds were written anew. */
export const STAGE_COMMANDS = ["go-live", "end", "read-manifest", "read-sounds"] as const;
/** A command to a stage. */
export type StageCommand = (typeof STAGE_COMMANDS)[number];

/**
 * How the JavaScript engine of a stage process is set. A stage makes little garbage and lives by its beat of 20 ms: with room for 4 MB of new
 * objects instead of 16 to 32 it is cleared away oftener and each time sooner. With 13 on air the longest pause was 6 ms instead of 17, memory
 * 213 MB instead of 288, for 0.2 % of a core.
 */
export const STAGE_ENGINE_OPTIONS: readonly string[] = ["--max-semi-space-size=4"];

/** Settings the supervisor hands to a stage process. */
export interface StageConfig {
  readonly dataFolder: string;
  /** Address of the public side; the ledger is named after it. */
  readonly publicUrl: string;
  readonly eventId: string;
  readonly slug: string;
  /** Witnesses asked to cosign the ledger, and how many must. Absent: nobody is asked. */
  readonly witnesses?: { readonly ask: readonly { readonly address: string; readonly key: string }[]; readonly quorum: number };
  /** Servers elsewhere that hand the same audio to more listeners, and sign what they count. Absent: none. */
  readonly edges?: readonly KnownEdgeSettings[];
  /** First and last UDP port of the range all stages share. */
  readonly udpPorts: readonly [number, number];
  /** Whether all speakers share one port of the range. Default: each has one of their own. */
  readonly singlePort?: boolean;
  /** Addresses to announce instead of the machine's own (NAT); empty: the machine's own. */
  readonly announce: readonly string[];
  readonly iceTcp: boolean;
  /** A TURN server for speakers whose network lets nothing else through. */
  readonly relay?: RelaySettings | undefined;
  /** Whether streams for the soundboard may come from this machine or its own network. */
  readonly privateFeeds?: boolean;
  /** Whether voices have places between left and right. */
  readonly stereo?: boolean;
  /** Whether loopback addresses are offered too: for tests on one machine without a network. */
  readonly loopback: boolean;
}
