import type { FindingKind, PathFinding } from "../../wire/path-record.ts";

/** Findings kept per voice; a line that is bad all evening gives one long finding, not many. */
const MOST_FINDINGS = 500;
/** What comes back within this time never went. Milliseconds. */
const REJOIN_MS = 8_000;
/** A cause that is understood better within this time was so from the start. Milliseconds. */
const RETHINK_MS = 4_000;
/** How far apart two cuts may be and still be the same. Share. */
const SAME_CUT = 0.08;

type OwnFinding = { -readonly [Key in keyof PathFinding]: PathFinding[Key] };
/** What is so now. */
export type Observation = Omit<PathFinding, "endUnixMs">;

/** What was found on one voice's path, as intervals; of each kind at most one goes on at a time. */
export class FindingLog {
  readonly #findings: OwnFinding[] = [];
  readonly #open = new Map<FindingKind, OwnFinding>();
  /** Findings that were too many to keep. */
  omitted = 0;

  get findings(): readonly PathFinding[] {
    return this.#findings;
  }

  /** Those that go on now. */
  get open(): Iterable<PathFinding> {
    return this.#open.values();
  }

  /** Takes up findings of an earlier run, which ended with it. `endUnixMs`: when it was last seen alive. */
  restore(findings: readonly PathFinding[], omitted: number, endUnixMs: number): void {
    for (const finding of findings) this.#findings.push({ ...finding, endUnixMs: finding.endUnixMs ?? Math.max(finding.startUnixMs, endUnixMs) });
    this.omitted = omitted;
  }

  /** Notes what is so; the same as before only goes on. */
  note(observation: Observation): void {
    const { kind, hop, verdict, value, startUnixMs } = observation;
    const open = this.#open.get(kind) ?? this.#rejoin(observation);
    if (open !== undefined && (this.#isSame(open, observation) || startUnixMs - open.startUnixMs < RETHINK_MS)) {
      const worst = kind === "cut" ? value : kind === "noise" || kind === "device-rate" ? Math.min(open.value, value) : Math.max(open.value, value);
      if (worst === open.value && hop === open.hop && verdict === open.verdict) return;
      Object.assign(open, { hop, verdict, value: worst });
    } else {
      if (open !== undefined) this.end(kind, startUnixMs);
      const finding: OwnFinding = { kind, hop, verdict, value, startUnixMs };
      this.#open.set(kind, finding);
      if (this.#findings.length < MOST_FINDINGS) this.#findings.push(finding);
      else this.omitted++;
    }
  }

  /** Notes that something is not so any more, since when. */
  end(kind: FindingKind, atUnixMs: number): void {
    const open = this.#open.get(kind);
    if (open === undefined) return;
    open.endUnixMs = Math.max(open.startUnixMs, atUnixMs);
    this.#open.delete(kind);
  }

  /** Ends everything: the line is gone. */
  endAll(atUnixMs: number): void {
    for (const kind of [...this.#open.keys()]) this.end(kind, atUnixMs);
  }

  #isSame(one: PathFinding, other: Observation): boolean {
    if (one.hop !== other.hop || one.verdict !== other.verdict) return false;
    return one.kind === "cut" ? Math.abs(one.value - other.value) <= SAME_CUT * one.value : one.kind !== "hum" || one.value === other.value;
  }

  #rejoin(observation: Observation): OwnFinding | undefined {
    const last = this.#findings.findLast(({ kind }) => kind === observation.kind);
    if (last?.endUnixMs === undefined || observation.startUnixMs - last.endUnixMs > REJOIN_MS || !this.#isSame(last, observation)) return undefined;
    delete last.endUnixMs;
    this.#open.set(last.kind, last);
    return last;
  }
}
