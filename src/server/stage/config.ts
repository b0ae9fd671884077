import type { RelaySettings } from "../../event/mod-live.ts";

/** What control may tell a stage: the host's acts, and that its manifest or its sounds were written anew. */
export const STAGE_COMMANDS = ["go-live", "end", "read-manifest", "read-sounds"] as const;
/** A command to a stage. */
export type StageCommand = (typeof STAGE_COMMANDS)[number];

/** Settings the supervisor hands to a stage process. */
export interface StageConfig {
  readonly dataFolder: string;
  /** Address of the public side; the ledger is named after it. */
  readonly publicUrl: string;
  readonly eventId: string;
  readonly slug: string;
  /** Witnesses asked to cosign the ledger, and how many must. Absent: nobody is asked. */
  readonly witnesses?: { readonly ask: readonly { readonly address: string; readonly key: string }[]; readonly quorum: number };
  /** First and last UDP port of the range all stages share. */
  readonly udpPorts: readonly [number, number];
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
