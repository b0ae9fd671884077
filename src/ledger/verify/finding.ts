/** How much a finding weighs: it contradicts the ledger; something is missing or came late; it is worth knowing. */
export type Severity = "contradiction" | "gap" | "note";

/** Every finding there is, its weight, and what it means in plain words. */
export const FINDINGS = {
  unreadable: ["contradiction", "A file of the ledger is missing or cannot be read."],
  "checkpoint-malformed": ["contradiction", "The checkpoint is not a well-formed signed note."],
  "checkpoint-signature": ["contradiction", "The log's signature on a checkpoint is missing or false."],
  "origin-differs": ["contradiction", "A checkpoint names another ledger than the manifest does."],
  "log-key-differs": ["contradiction", "The ledger is not signed with the key you gave."],
  "root-differs": ["contradiction", "The entries do not give the root that was signed."],
  fork: ["contradiction", "Two signed checkpoints of this log contradict each other: it told different people different things."],
  "history-malformed": ["contradiction", "The list of former checkpoints is damaged."],
  "tile-differs": ["contradiction", "A tile of the tree does not hold the hashes of the entries."],
  "bundle-malformed": ["contradiction", "A bundle of entries is damaged."],
  "entry-malformed": ["contradiction", "An entry breaks the rules of its kind."],
  "manifest-missing": ["contradiction", "The ledger does not begin with its manifest, or has a second one."],
  "event-differs": ["contradiction", "An entry belongs to another event."],
  "edge-unknown": ["contradiction", "A window is signed by an edge that nobody announced."],
  "edge-key-twice": ["contradiction", "An edge was announced twice."],
  "window-signature": ["contradiction", "An edge's signature on a window is false."],
  "chain-broken": ["contradiction", "An edge's window does not follow the one before: lines were dropped, doubled or reordered."],
  "window-misplaced": ["contradiction", "A window does not begin on the grid, or begins before the one before ended."],
  "after-last": ["contradiction", "An edge went on after its last window."],
  "after-end": ["contradiction", "Entries follow the end."],
  "numbers-impossible": ["contradiction", "A window's numbers contradict each other."],
  "bytes-too-few": ["contradiction", "Fewer bytes were sent than this audience would have needed."],
  "end-differs": ["contradiction", "The published figures are not those the ledger gives."],
  "cosignature-false": ["contradiction", "A witness's signature does not fit the checkpoint."],
  "window-from-future": ["contradiction", "A witness saw a window before its time had come."],
  "draw-differs": ["contradiction", "The seed of a draw at the doors is not the one that was promised before, or was never promised."],
  "segment-order": ["contradiction", "The recording's segments are not in order or leave holes."],
  "replay-differs": ["contradiction", "A stretch of the replay is not the one that was recorded."],
  "not-extension": ["contradiction", "The ledger is not a continuation of the checkpoint you had."],
  "key-from-log": ["note", "The log's key was taken from the ledger itself; give the key you got from the organiser to be sure whose ledger this is."],
  "witness-key-from-log": ["note", "The witnesses' keys were taken from the ledger itself; give the keys you got from them to be sure."],
  "not-witnessed": ["note", "No witness was asked to cosign: the operator could have kept several versions of this ledger."],
  "unknown-signature": ["gap", "A checkpoint carries a signature of somebody unknown; it was not counted."],
  "cosignature-missing": ["gap", "A witness that was asked has not cosigned the newest checkpoint."],
  "quorum-missed": ["gap", "Fewer witnesses than promised have cosigned the newest checkpoint."],
  "history-newer": ["contradiction", "The list of checkpoints goes further than the newest one: entries that were signed are withheld."],
  "history-incomplete": ["gap", "The newest checkpoint is not in the list of checkpoints."],
  "partial-tile-missing": ["gap", "A partial tile that an earlier checkpoint needs is not served any more."],
  "edge-late": ["gap", "An edge was announced after the manifest; its numbers rest on the operator's word of that moment."],
  "window-missing": ["gap", "An edge has no windows for a while."],
  "window-late": ["gap", "Windows entered the ledger long after their time; nobody saw them when they were made."],
  "edge-open": ["gap", "An edge's windows stop without its last one."],
  "draw-open": ["gap", "A draw at the doors was promised, and its seed was not told."],
  "uniques-unreadable": ["gap", "An edge's estimate of different listeners cannot be read."],
  "kind-unknown": ["gap", "An entry is of a kind this verifier does not know; its place in the tree was checked, its meaning was not."],
  "not-ended": ["gap", "The ledger has no end yet: the figures are provisional."],
  "replay-missing": ["gap", "The replay could not be read, so its hashes were not compared."],
  "recording-deleted": ["gap", "The recording was taken away, and that stands in the ledger: its hashes cannot be compared any more."],
  "no-windows": ["gap", "No edge has entered a count."],
  "edge-absent": ["note", "An edge that was announced entered no count: it took no part, or what it signed was left out, which whoever runs it can show."],
  "not-counted": ["note", "This ledger holds no count of listeners: nobody was asked to count."],
} as const satisfies Record<string, readonly [Severity, string]>;

/** Stable name of a finding. */
export type FindingCode = keyof typeof FINDINGS;

/** One thing the verifier found. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Where: an entry's number, an edge, a file; with times in UTC. */
  readonly where: string;
}

/** Findings of one kind listed one by one; further ones are only counted. */
const MAX_LISTED = 20;

/** Gathers findings; lists the first of each kind and counts all. */
export class Findings {
  readonly listed: Finding[] = [];
  readonly counts = new Map<FindingCode, number>();

  /** Notes a finding. */
  add(code: FindingCode, where: string): void {
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    if (count <= MAX_LISTED) this.listed.push({ code, severity: FINDINGS[code][0], where });
  }

  /** Whether anything of this weight was found. */
  has(severity: Severity): boolean {
    return [...this.counts.keys()].some((code) => FINDINGS[code][0] === severity);
  }
}
