import type { SegmentEntry } from "./entry.ts";
import type { Findings } from "./finding.ts";
import { hex } from "./note.ts";
import type { Sha256 } from "./merkle.ts";

/** Bytes `[offset, offset + length)` of a rendition's recording; undefined when they cannot be had. */
export type ReadReplay = (rendition: string, offset: number, length: number) => Promise<Uint8Array | undefined>;

/** What became of comparing the replay. Counts of segments. */
export interface ReplayReport {
  readonly segments: number;
  readonly compared: number;
  readonly differing: number;
  /** Parts of silence standing in for audio that was lost, as the recorder itself entered them. */
  readonly filler: number;
}

/** Checks that segments follow each other without a hole, and compares the replay's bytes with them. */
export class ReplayCheck {
  readonly #findings: Findings;
  readonly #last = new Map<string, SegmentEntry>();
  readonly #segments: SegmentEntry[] = [];
  #filler = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Takes the next segment entry. */
  add(segment: SegmentEntry, where: string): void {
    const last = this.#last.get(segment.rendition);
    const follows =
      last === undefined || (segment.n > last.n && segment.offset === last.offset + last.length && segment.timestamp === last.timestamp + last.duration);
    if (!follows) this.#findings.add("segment-order", `${where}: ${segment.rendition} ${segment.n}`);
    this.#last.set(segment.rendition, segment);
    this.#segments.push(segment);
    this.#filler += segment.filler;
  }

  /** Reads every segment's bytes and compares their hash; without `read` nothing is compared. */
  async compare(sha256: Sha256, read: ReadReplay | undefined, progress: (done: number, total: number) => void): Promise<ReplayReport> {
    let [compared, differing] = [0, 0];
    const missing = new Set<string>();
    for (const { rendition, n, offset, length, sha256: expected } of read === undefined ? [] : this.#segments) {
      if (missing.has(rendition)) continue;
      const bytes = await (read as ReadReplay)(rendition, offset, length);
      if (bytes === undefined) {
        missing.add(rendition);
        this.#findings.add("replay-missing", `${rendition} from segment ${n} on`);
        continue;
      }
      compared++;
      if (hex(sha256(bytes)) !== expected) {
        differing++;
        this.#findings.add("replay-differs", `${rendition} segment ${n}`);
      }
      progress(compared, this.#segments.length);
    }
    return { segments: this.#segments.length, compared, differing, filler: this.#filler };
  }
}
