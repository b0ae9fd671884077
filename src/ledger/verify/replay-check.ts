import type { KeptEntry, SegmentEntry } from "./entry.ts";
import type { Findings } from "./finding.ts";
import { hex } from "./note.ts";
import type { Sha256 } from "./merkle.ts";

/** Ticks of a segment's time stamp. Hertz. */
const SAMPLE_RATE = 48_000;
/** How far behind a listener may be. Milliseconds; a player that reads plain HLS through a cache is half as far. */
const BEHIND_MS = 60_000;
/** Neighbouring segments are read in one go up to this. Bytes; a minute of all there is, and a browser holds it easily. */
const READ_BYTES = 2 * 2 ** 20;

/** Bytes `[offset, offset + length)` of a rendition's recording; undefined when they cannot be had. */
export type ReadReplay = (rendition: string, offset: number, length: number) => Promise<Uint8Array | undefined>;

/** What became of comparing the replay. Counts of segments. */
export interface ReplayReport {
  readonly segments: number;
  readonly compared: number;
  readonly differing: number;
  /** Length of all segments. Bytes. */
  readonly bytes: number;
  /** Parts of silence standing in for audio that was lost, as the recorder itself entered them. */
  readonly filler: number;
}

/** Checks that segments follow each other without a hole, and compares the replay's bytes with them. */
export class ReplayCheck {
  readonly #findings: Findings;
  readonly #last = new Map<string, SegmentEntry | KeptEntry>();
  readonly #segments: (SegmentEntry | KeptEntry)[] = [];
  #filler = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Takes the next segment entry. */
  add(segment: SegmentEntry | KeptEntry, where: string): void {
    const last = this.#last.get(segment.rendition);
    const follows =
      (last === undefined && (segment.kind === "kept" || (segment.n === 0 && segment.timestamp === 0))) ||
      (last !== undefined && segment.n > last.n && segment.offset === last.offset + last.length && segment.timestamp === last.timestamp + last.duration);
    if (!follows) this.#findings.add("segment-order", `${where}: ${segment.rendition} ${segment.n}`);
    this.#last.set(segment.rendition, segment);
    this.#segments.push(segment);
    if (segment.kind === "segment") this.#filler += segment.filler;
  }

  /**
   * Bytes that audio given at these times needs at least: of what was recorded then, and up to a minute before, the leanest segment of the leanest rendition.
   * `given`: milliseconds of audio by the beginning of each window; `liveUnixMs`: when the recording begins. 0 without a recording.
   */
  bytesNeeded(given: ReadonlyMap<number, number>, windowMs: number, liveUnixMs: number): number {
    const rates = new Map<number, number>();
    for (const { kind, length, timestamp, duration } of this.#segments) {
      if (kind === "kept" || duration === 0) continue;
      const rate = (length * SAMPLE_RATE) / duration;
      const from = liveUnixMs + (timestamp * 1000) / SAMPLE_RATE;
      const last = Math.floor((from + (duration * 1000) / SAMPLE_RATE + BEHIND_MS) / windowMs);
      for (let window = Math.floor(from / windowMs); window <= last; window++) rates.set(window, Math.min(rate, rates.get(window) ?? rate));
    }
    let bytes = 0;
    for (const [t, ms] of given) bytes += (ms / 1000) * (rates.get(Math.floor(t / windowMs)) ?? 0);
    return bytes;
  }

  /** Reads every segment's bytes and compares their hash; without `read` nothing is compared. What is kept beside the recording counts only where it can be had. `deleted`: that the recording is not there is known. */
  async compare(sha256: Sha256, read: ReadReplay | undefined, progress: (done: number, total: number) => void, deleted = false): Promise<ReplayReport> {
    let [compared, differing] = [0, 0];
    // What is kept beside the recording is compared where it can be had; who does not have it need not.
    let absent = 0;
    const missing = new Set<string>();
    const begun = new Set<string>();
    const runs = read === undefined ? [] : runsOf(this.#segments);
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const [first] = run as [SegmentEntry | KeptEntry];
      const { kind, rendition, n, offset } = first;
      if (missing.has(rendition)) {
        if (kind === "kept") absent += run.length;
        continue;
      }
      const bytes = await (read as ReadReplay)(
        rendition,
        offset,
        run.reduce((sum, { length }) => sum + length, 0),
      );
      if (bytes === undefined && run.length > 1) {
        // One by one, to say where it ends.
        runs.unshift(...run.map((segment) => [segment]));
        continue;
      }
      if (bytes === undefined) {
        missing.add(rendition);
        if (kind === "kept" && !begun.has(rendition)) {
          absent++;
          continue;
        }
        if (!deleted) this.#findings.add("replay-missing", `${rendition} from segment ${n} on`);
        continue;
      }
      begun.add(rendition);
      for (const segment of run) {
        const from = segment.offset - offset;
        const same = hex(sha256(bytes.subarray(from, from + segment.length))) === segment.sha256;
        compared++;
        if (!same) differing++;
        if (!same)
          this.#findings.add(
            "replay-differs",
            `${rendition} segment ${segment.n}, ${clockOf(segment)}, bytes ${segment.offset} to ${segment.offset + segment.length - 1}`,
          );
      }
      progress(compared, this.#segments.length);
    }
    const counted = read === undefined ? this.#segments.filter(({ kind }) => kind === "segment") : this.#segments;
    const bytes = this.#segments.reduce((sum, { kind, length }) => (kind === "segment" ? sum + length : sum), 0);
    return { segments: counted.length - absent, compared, differing, bytes, filler: this.#filler };
  }
}

/** Segments of one rendition that lie side by side, in stretches short enough to be read at once; as many bytes as they say. */
function runsOf<Stretch extends SegmentEntry | KeptEntry>(segments: readonly Stretch[]): Stretch[][] {
  const runs: Stretch[][] = [];
  const open = new Map<string, { run: Stretch[]; end: number; bytes: number }>();
  for (const segment of segments) {
    const last = open.get(segment.rendition);
    if (last !== undefined && last.end === segment.offset && last.bytes + segment.length <= READ_BYTES) {
      last.run.push(segment);
      last.end += segment.length;
      last.bytes += segment.length;
      continue;
    }
    const run = [segment];
    runs.push(run);
    open.set(segment.rendition, { run, end: segment.offset + segment.length, bytes: segment.length });
  }
  return runs;
}

/** Where a segment lies in the programme, for people: minutes and seconds. */
function clockOf({ timestamp, duration }: SegmentEntry | KeptEntry): string {
  const at = (sample: number) => `${Math.floor(sample / SAMPLE_RATE / 60)}:${String(Math.floor(sample / SAMPLE_RATE) % 60).padStart(2, "0")}`;
  return `${at(timestamp)} to ${at(timestamp + duration)}`;
}
