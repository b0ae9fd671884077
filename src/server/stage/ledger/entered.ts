import { AudienceFigures, EdgeChain, type EdgeKey, type Entry, type KeptEntry, nodeSha256, type SegmentEntry, type WindowRules } from "../../../ledger/mod.ts";
import { COUNT_WINDOW_MS } from "../../../wire/audience.ts";
import type { SignedSoFar } from "../../adapters/edge-count.ts";

/** Name of this machine's own edge: all fronts under its supervisor. */
export const OWN_EDGE = "house";

/** What tells one act on the schedule from another. `t`: Unix milliseconds. */
export const actName = (state: string, t: number): string => `${state} ${t}`;

/** What tells one act of moderation from another. */
export const moderationName = ({ t, subject, facts }: { readonly t: number; readonly subject: string; readonly facts: string }): string =>
  `${t} ${subject} ${facts}`;

/** What a ledger already holds, as far as whoever writes on must know it: read back at a start, kept up with every entry. */
export class Entered {
  /** Entries so far. */
  size = 0;
  /** Last segment entered of each rendition, and of each file kept beside them. */
  readonly segments = new Map<string, SegmentEntry | KeptEntry>();
  /** Whether each seat that was asked agreed to a track of its own, as entered last. */
  readonly trackConsents = new Map<string, boolean>();
  /** Role of every seat that was granted one and not taken away. */
  readonly roles = new Map<string, string>();
  /** Seats whose people agreed to be recorded. */
  readonly consents = new Set<string>();
  /** What was announced last: state and start. */
  announced: { readonly state: string; readonly startDate: string } | undefined;
  /** Verifier keys of the witnesses announced. */
  witnesses: readonly string[] = [];
  /** Acts on the schedule, each by its {@link actName}. */
  readonly scheduleActs = new Set<string>();
  /** Acts of moderation, each by its facts. */
  readonly moderationActs = new Set<string>();
  /** Hash of the settings entered last. */
  config = "";
  /** The windows of each edge that was announced. */
  readonly chains = new Map<string, EdgeChain>();
  #rules: WindowRules | undefined;
  /** What of incidents was entered, in words. */
  readonly incidents = new Set<string>();
  /** Acts with raised hands entered so far. */
  hands = 0;
  /** Draws at the doors that were promised, and how many of them were told; they are told in their order. */
  draws = 0;
  drawsTold = 0;
  /** Whether it stands there that the recording was taken away. */
  deleted = false;
  live = false;
  ended = false;
  /** Whether the event's last entry is there. */
  closed = false;
  /** Same sums as the verifier's. */
  readonly figures = new AudienceFigures(COUNT_WINDOW_MS);

  /** Takes the next entry and its line. */
  take(entry: Entry | undefined, line: Uint8Array): void {
    this.size++;
    switch (entry?.kind) {
      case "manifest":
        this.announced = { state: "scheduled", startDate: entry.startDate };
        this.witnesses = entry.witnesses;
        this.#rules = entry;
        for (const edge of entry.edges) this.#announce(edge);
        return;
      case "segment":
      case "kept":
        this.segments.set(entry.rendition, entry);
        return;
      case "track-consent":
        this.trackConsents.set(entry.seat, entry.agreed);
        return;
      case "role":
        if (entry.act === "consent") this.consents.add(entry.seat);
        else if (entry.act === "withdraw") this.roles.delete(entry.seat);
        else this.roles.set(entry.seat, entry.role);
        return;
      case "schedule":
        this.scheduleActs.add(actName(entry.state, entry.t));
        if (entry.state === "live") this.live = true;
        else if (entry.state === "ended") this.ended = true;
        else this.announced = entry;
        return;
      case "moderation":
        this.moderationActs.add(moderationName(entry));
        return;
      case "config":
        this.config = entry.sha256;
        return;
      case "window":
        this.figures.add(entry);
        this.chains.get(entry.edge)?.take(entry, line);
        return;
      case "edge-key":
        this.#announce(entry);
        return;
      case "incident":
        this.incidents.add(entry.summary);
        return;
      case "hands":
        this.hands = entry.n + 1;
        return;
      case "draw":
        if (entry.act === "commit") this.draws = entry.n + 1;
        else this.drawsTold = entry.n + 1;
        return;
      case "end":
        this.closed = true;
        return;
      case "deletion":
        this.deleted = true;
        return;
      default:
        return;
    }
  }

  /** Where an edge goes on to sign; undefined before its first window. */
  signedBy(edge: string): SignedSoFar | undefined {
    const chain = this.chains.get(edge);
    return chain === undefined || chain.windows === 0 ? undefined : { chain: chain.next, untilMs: chain.untilMs };
  }

  /** The windows of an edge; of one that was not announced, an empty chain that is kept nowhere. Only once there is a manifest. */
  chainOf(edge: EdgeKey): EdgeChain {
    return this.chains.get(edge.edge) ?? new EdgeChain(edge, this.#rules as WindowRules, nodeSha256);
  }

  #announce(edge: EdgeKey): void {
    this.chains.set(edge.edge, this.chainOf(edge));
  }
}
