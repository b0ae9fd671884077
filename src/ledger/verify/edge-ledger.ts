import { AudienceFigures } from "./audience-figures.ts";
import type { CheckSignature } from "./checkpoint.ts";
import { EdgeChain } from "./edge-chain.ts";
import type { EdgeKey, ManifestEntry, WindowEntry } from "./entry.ts";
import type { Findings } from "./finding.ts";
import type { Sha256 } from "./merkle.ts";

/** Share of the bytes that the leanest stream needs which must at least have been sent; the last part of a window may still be on its way. */
const LEAST_BYTES_SHARE = 0.95;
/** What speaks so much against a window that it is in no figure. */
const NOT_TAKEN: ReadonlySet<string> = new Set(["edge-unknown", "event-differs", "window-signature", "after-last"]);

/** What is known of one edge. */
export interface EdgeReport extends Pick<EdgeChain, "windows" | "missing" | "closed" | "peak" | "sessions" | "listenedMs"> {
  readonly edge: string;
  readonly operator: string;
  readonly network: string;
  readonly capacity: number;
  /** Announced after the manifest. */
  readonly late: boolean;
}

/** Follows every edge's chain of windows, checks each line, and adds the numbers up. */
export class EdgeLedger {
  readonly #chains = new Map<string, EdgeChain>();
  /** Edges that were announced after the manifest. */
  readonly #late = new Set<string>();
  readonly #manifest: ManifestEntry;
  readonly #findings: Findings;
  readonly #sha256: Sha256;
  readonly #check: CheckSignature;
  readonly figures: AudienceFigures;

  constructor(manifest: ManifestEntry, findings: Findings, sha256: Sha256, check: CheckSignature) {
    this.#manifest = manifest;
    this.#findings = findings;
    this.#sha256 = sha256;
    this.#check = check;
    this.figures = new AudienceFigures(manifest.windowSeconds * 1000);
    for (const edge of manifest.edges) this.announce(edge, false, "the manifest");
  }

  /** Takes an edge's key; `late` when it came after the manifest. */
  announce(edge: EdgeKey, late: boolean, where: string): void {
    if (this.#chains.has(edge.edge)) return this.#findings.add("edge-key-twice", `${where}: ${edge.edge}`);
    if (late) {
      this.#findings.add("edge-late", `${where}: ${edge.edge}`);
      this.#late.add(edge.edge);
    }
    this.#chains.set(edge.edge, new EdgeChain(edge, this.#manifest, this.#sha256));
  }

  /** Checks a window line and adds it; a line that is not the edge's next is not added. */
  async window(window: WindowEntry, line: Uint8Array, where: string): Promise<void> {
    const chain = this.#chains.get(window.edge);
    const place = `${where}: ${window.edge} ${utc(window.t)}`;
    if (chain === undefined) return this.#findings.add("edge-unknown", place);
    const objections = await chain.objections(window, line, this.#check);
    for (const { code, detail } of objections) this.#findings.add(code, `${place}${detail}`);
    // After a hole it goes on from here, so that one missing line is one finding and not a thousand.
    if (window.seq < chain.next.seq || objections.some(({ code }) => NOT_TAKEN.has(code))) return;
    const skipped = chain.skippedBefore(window);
    if (skipped > 0) this.#findings.add("window-missing", `${window.edge}: ${skipped} between ${utc(chain.newestMs)} and ${utc(window.t)}`);
    chain.take(window, line);
    this.figures.add(window);
  }

  /** Closes the books. `ended`: the ledger says the event is over; `nobody`: and that nobody was counted. */
  close({ ended, nobody }: { readonly ended: boolean; readonly nobody: boolean }): EdgeReport[] {
    const anyWindows = [...this.#chains.values()].some(({ windows }) => windows > 0);
    if (!anyWindows) this.#findings.add(this.#chains.size === 0 || nobody ? "not-counted" : "no-windows", "the whole ledger");
    const { leanestBitsPerSecond } = this.#manifest;
    return [...this.#chains.values()].map((chain) => {
      const { announced, windows, missing, closed, grossMs, bytes, peak, sessions, listenedMs, newestMs } = chain;
      if (windows === 0 && anyWindows) this.#findings.add("edge-absent", announced.edge);
      else if (ended && windows > 0 && !closed) this.#findings.add("edge-open", `${announced.edge} after ${utc(newestMs)}`);
      const needed = (grossMs / 1000) * (leanestBitsPerSecond / 8) * LEAST_BYTES_SHARE;
      if (bytes < needed) this.#findings.add("bytes-too-few", `${announced.edge}: ${bytes} bytes, at least ${Math.floor(needed)} needed`);
      return { ...announced, late: this.#late.has(announced.edge), windows, missing, closed, peak, sessions, listenedMs };
    });
  }
}

/** An instant for people: UTC to the second. */
export function utc(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}
