import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { KnownEdgeSettings } from "../../../core/edge-config.ts";
import { type EdgeKey, type Entry, FINDINGS, MAX_ENTRY_BYTES, nodeSignatureCheck, readEntry, type Unversioned } from "../../../ledger/mod.ts";
import { COUNT_FILES } from "../../../wire/audience.ts";
import { GrowingFile } from "../../adapters/growing-file.ts";
import { type Entered, OWN_EDGE } from "./entered.ts";

/** How long after the end of an event the last windows of its edges are waited for. Milliseconds; an edge waits up to 20 s for its own fronts, then come its line home and our disk. */
const LAST_WINDOWS_MS = 30_000;
/** The machine a line of counts from elsewhere is of; behind the stroke comes its front. */
const MACHINE_OF_LINE = /"edge":"([^"/]+)\//;

/** What of edges is to be entered: a line as it was signed, or an entry of our own. */
export type EdgeFinding = { readonly line: Uint8Array } | { readonly entry: Extract<Unversioned<Entry>, { kind: "edge-key" | "incident" }> };

/** The windows that edges elsewhere signed for an event, as control puts them into its folder: checked here before they are entered. */
export class EdgeWindows {
  readonly #folder: string;
  readonly #known: ReadonlyMap<string, EdgeKey>;
  readonly #files = new Map<string, GrowingFile>();
  readonly #elsewhere: GrowingFile;
  /** Edges whose fronts have counted, by the lines that come at once. */
  readonly #counting = new Set<string>();
  readonly #check = nodeSignatureCheck();

  /** `folder`: of the event. `edges`: those of the settings. */
  constructor(folder: string, edges: readonly KnownEdgeSettings[]) {
    this.#folder = folder;
    this.#known = new Map(edges.map(({ name, key, operator, network, capacity }) => [name, { edge: name, key, operator, network, capacity }]));
    this.#elsewhere = new GrowingFile(join(folder, COUNT_FILES.elsewhere));
  }

  /** The edges of the settings, as a manifest announces them. */
  get announcements(): readonly EdgeKey[] {
    return [...this.#known.values()];
  }

  /** What has come since the last look and is to be entered, one by one: each is to be in `entered` before the next is asked for. Rejects with the file system's error. */
  async *next(entered: Entered, nowMs: number): AsyncGenerator<EdgeFinding> {
    await this.#elsewhere.each((line) => {
      const name = MACHINE_OF_LINE.exec(line)?.[1];
      if (name !== undefined) this.#counting.add(name);
    });
    for (const name of this.#names(entered)) {
      const file = this.#files.get(name) ?? new GrowingFile(join(this.#folder, COUNT_FILES.windows(name)));
      this.#files.set(name, file);
      for (const line of await file.next()) {
        yield* this.#judge(name, Buffer.from(line), entered, nowMs);
        // The sound is made in this process: however many lines there are, its beat comes first.
        await breathe();
      }
    }
  }

  /** Whether last windows may still come, after an event that ended at this time. Both Unix milliseconds. */
  isWaiting(entered: Entered, endedUnixMs: number, nowMs: number): boolean {
    return nowMs < endedUnixMs + LAST_WINDOWS_MS && this.unfinished(entered).length > 0;
  }

  /** Edges that counted at this event and have not told their last window. */
  unfinished(entered: Entered): string[] {
    return this.#names(entered).filter((name) => {
      const { windows = 0, closed = false } = entered.chains.get(name) ?? {};
      return !closed && (windows > 0 || this.#counting.has(name));
    });
  }

  #names(entered: Entered): string[] {
    return [...new Set([...entered.chains.keys(), ...this.#known.keys()])].filter((name) => name !== OWN_EDGE);
  }

  async *#judge(name: string, line: Uint8Array, entered: Entered, t: number): AsyncGenerator<EdgeFinding> {
    const result = line.length > MAX_ENTRY_BYTES ? undefined : readEntry(line);
    const window = result?.ok === true && result.entry?.kind === "window" ? result.entry : undefined;
    const announced = entered.chains.get(name)?.announced;
    const chain = entered.chainOf(announced ?? (this.#known.get(name) as EdgeKey));
    // After a restart the file is read again from its beginning.
    if (window !== undefined && window.seq < chain.next.seq && window.t < chain.untilMs) return;
    const code = window === undefined ? "entry-malformed" : (await chain.objections(window, line, this.#check))[0]?.code;
    if (code !== undefined) {
      const summary = `A window of the edge ${name} was not entered. ${FINDINGS[code][1]}`;
      if (!entered.incidents.has(summary)) yield { entry: { kind: "incident", t, summary, sha256: "" } };
      return;
    }
    if (announced === undefined) yield { entry: { kind: "edge-key", t, ...chain.announced } };
    yield { line };
  }
}
