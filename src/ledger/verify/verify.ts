import { type CheckSignature, type Checkpoint, checkNote, parseCheckpoint } from "./checkpoint.ts";
import { DrawCheck } from "./draw-check.ts";
import { type EdgeReport, EdgeLedger, utc } from "./edge-ledger.ts";
import { type DeletionEntry, type EndEntry, type Entry, type ManifestEntry, readEntry } from "./entry.ts";
import { Findings } from "./finding.ts";
import { HashTree } from "./hash-tree.ts";
import { checkRoots, checkWitnesses, readHistory, readWitnessKeys } from "./history-check.ts";
import { leafHash, type Sha256, sameBytes, TILE_WIDTH } from "./merkle.ts";
import { formatVerifierKey, hex, parseVerifierKey, type VerifierKey } from "./note.ts";
import { ReplayCheck } from "./replay-check.ts";
import type { LedgerSource } from "./source.ts";
import { checkFormerTiles, checkTiles, readEntries } from "./tree-check.ts";
import { estimateUniques, type Inflate, mergeUniques, readUniques, REGISTERS, UNIQUES_ERROR } from "./uniques.ts";
import type { Verdict, WitnessReport } from "./verdict.ts";

/** Share of the bytes that the recording says this audience needs which must at least have been sent. Half: who goes back to a stretch that was quieter needs less than who is live. */
const LEAST_RECORDED_SHARE = 0.5;

/** What a verification is told. */
export interface VerifyOptions {
  readonly source: LedgerSource;
  readonly sha256: Sha256;
  readonly check: CheckSignature;
  readonly inflate: Inflate;
  /** The log's verifier key as the organiser gave it; left out, the ledger's own is believed and that is said. */
  readonly logKey?: string;
  /** Witnesses' verifier keys as they gave them; left out, the manifest's are believed and that is said. */
  readonly witnessKeys?: readonly string[];
  /** A signed checkpoint of this log kept from before; the ledger must be its continuation. */
  readonly known?: string;
  /** Whether to read the recording and compare its hashes. */
  readonly replay: boolean;
  /** Told now and then how far the work is. */
  readonly progress?: (phase: "entries" | "replay", done: number, total: number) => void;
}

/** Reads a whole ledger, checks everything it says against everything else, and recomputes the figures. Rejects only when the source does. */
export async function verifyLedger(options: VerifyOptions): Promise<Verdict> {
  return await new Verification(options).run();
}

/** One verification on its way. */
class Verification {
  readonly #options: VerifyOptions;
  readonly #findings = new Findings();
  readonly #tree: HashTree;
  readonly #replay: ReplayCheck;
  readonly #draws: DrawCheck;
  readonly #windows = { index: [] as number[], endMs: [] as number[] };
  readonly #acts = { roles: 0, moderation: 0, hands: 0, schedule: 0, config: 0, incidents: 0 };
  #manifest: ManifestEntry | undefined;
  #edges: EdgeLedger | undefined;
  #end: { readonly entry: EndEntry; readonly index: number } | undefined;
  /** When the recording begins. Unix milliseconds. */
  #liveUnixMs: number | undefined;
  /** The one thing that may follow the end. */
  #deletion: DeletionEntry | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#tree = new HashTree(options.sha256);
    this.#replay = new ReplayCheck(this.#findings);
    this.#draws = new DrawCheck(this.#findings, options.sha256);
  }

  async run(): Promise<Verdict> {
    const { source, check } = this.#options;
    const findings = this.#findings;
    // The list first: a checkpoint is published before it is listed, so a ledger that grows meanwhile never looks cut.
    const listed = (await this.#readText("checkpoints")) ?? "";
    const newest = await this.#readCheckpoint();
    const logKey = newest === undefined ? undefined : await this.#findLogKey();
    if (newest === undefined || logKey === undefined) return this.#verdict(undefined, logKey, [], [], 0);
    if ((await checkNote(check, newest.note, logKey)) !== "true") findings.add("checkpoint-signature", "the newest checkpoint");
    const history = await readHistory(listed, newest.origin, logKey, check, findings);
    const lastBundle = await this.#readAllEntries(newest);
    if (this.#tree.size === newest.size) {
      if (!sameBytes(this.#tree.root(), newest.root)) findings.add("root-differs", `the newest checkpoint, ${newest.size} entries`);
      await checkTiles(source, this.#tree, findings);
      await checkFormerTiles(
        source,
        this.#tree,
        history.map(({ size }) => size).filter((size) => size <= this.#tree.size),
        lastBundle,
        findings,
      );
      checkRoots(history, newest, this.#tree, findings);
    }
    this.#checkKnown(logKey);
    const witnesses = await this.#checkWitnesses(newest, history, logKey);
    const end = this.#end?.entry;
    if (end !== undefined) this.#draws.close();
    const edges = this.#edges?.close({ ended: end !== undefined, nobody: end?.peak === 0 && end.sessions === 0 }) ?? [];
    this.#checkEnd();
    return this.#verdict(newest, logKey, edges, witnesses, history.length);
  }

  async #readText(path: string): Promise<string | undefined> {
    const bytes = await this.#options.source.read(path);
    return bytes === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  async #readCheckpoint(): Promise<Checkpoint | undefined> {
    const source = await this.#readText("checkpoint");
    const result = source === undefined ? undefined : parseCheckpoint(source);
    if (result === undefined) this.#findings.add("unreadable", "checkpoint");
    else if (!result.ok) this.#findings.add("checkpoint-malformed", `${result.code} at character ${result.offset}`);
    return result?.ok === true ? result.checkpoint : undefined;
  }

  async #findLogKey(): Promise<VerifierKey | undefined> {
    const { logKey, sha256 } = this.#options;
    const file = await this.#readText("log.vkey");
    // Every byte of a ledger's files is fixed: a line that lost its end is none.
    const served = file === undefined ? undefined : (/^([^\n]+)\n$/.exec(file)?.[1] ?? "");
    const key = parseVerifierKey(sha256, logKey ?? served ?? "");
    if (key === undefined) this.#findings.add("unreadable", logKey === undefined ? "log.vkey" : "the key you gave");
    else if (logKey === undefined) this.#findings.add("key-from-log", formatVerifierKey(key));
    else if (served !== undefined && served !== formatVerifierKey(key)) this.#findings.add("log-key-differs", served.slice(0, 200));
    return key;
  }

  /** Reads and judges every entry; resolves to those of the last bundle. */
  async #readAllEntries({ size }: Checkpoint): Promise<Uint8Array[]> {
    let lastBundle: Uint8Array[] = [];
    for await (const line of readEntries(this.#options.source, size, this.#findings)) {
      const index = this.#tree.size;
      if (index % TILE_WIDTH === 0) {
        lastBundle = [];
        this.#options.progress?.("entries", index, size);
      }
      lastBundle.push(line);
      this.#tree.append(leafHash(this.#options.sha256, line));
      await this.#takeLine(line, index);
    }
    if (this.#manifest === undefined && this.#tree.size > 0) this.#findings.add("manifest-missing", "entry 0");
    return lastBundle;
  }

  async #takeLine(line: Uint8Array, index: number): Promise<void> {
    const where = `entry ${index}`;
    const result = readEntry(line);
    if (!result.ok) return this.#findings.add("entry-malformed", `${where}: ${result.code}${result.field === undefined ? "" : `, ${result.field}`}`);
    const isDeletion = result.entry?.kind === "deletion" && this.#deletion === undefined;
    if (this.#end !== undefined ? !isDeletion : isDeletion) this.#findings.add(isDeletion ? "entry-malformed" : "after-end", where);
    if (result.entry === undefined) return this.#findings.add("kind-unknown", `${where}: ${result.kind.slice(0, 100)}`);
    await this.#takeEntry(result.entry, line, index, where);
  }

  async #takeEntry(entry: Entry, line: Uint8Array, index: number, where: string): Promise<void> {
    if (entry.kind === "manifest") return this.#takeManifest(entry, index, where);
    if (this.#manifest === undefined || this.#edges === undefined) return;
    switch (entry.kind) {
      case "edge-key":
        return this.#edges.announce(entry, true, where);
      case "window":
        this.#windows.index.push(index);
        this.#windows.endMs.push(entry.t + this.#manifest.windowSeconds * 1000);
        return await this.#edges.window(entry, line, where);
      case "segment":
      case "kept":
        return this.#replay.add(entry, where);
      case "track-consent":
        this.#acts.roles++;
        return;
      case "role":
        this.#acts.roles++;
        return;
      case "moderation":
        this.#acts.moderation++;
        return;
      case "hands":
        this.#acts.hands++;
        return;
      case "draw":
        return this.#draws.take(entry, where);
      case "deletion":
        this.#deletion ??= entry;
        return;
      case "schedule":
        if (entry.state === "live") this.#liveUnixMs ??= entry.t;
        this.#acts.schedule++;
        return;
      case "config":
        this.#acts.config++;
        return;
      case "incident":
        this.#acts.incidents++;
        return;
      case "end":
        if (entry.event !== this.#manifest.event) this.#findings.add("event-differs", where);
        this.#end ??= { entry, index };
    }
  }

  #takeManifest(entry: ManifestEntry, index: number, where: string): void {
    if (index !== 0) return this.#findings.add("manifest-missing", `${where}: a manifest that is not the first entry`);
    this.#manifest = entry;
    this.#edges = new EdgeLedger(entry, this.#findings, this.#options.sha256, this.#options.check);
  }

  #checkKnown(logKey: VerifierKey): void {
    if (this.#options.known === undefined) return;
    const result = parseCheckpoint(this.#options.known);
    const extended =
      result.ok &&
      result.checkpoint.note.signatures.some(({ name }) => name === logKey.name) &&
      result.checkpoint.size <= this.#tree.size &&
      sameBytes(this.#tree.root(result.checkpoint.size), result.checkpoint.root);
    if (!extended) this.#findings.add("not-extension", result.ok ? `the one of ${result.checkpoint.size} entries` : "it cannot be read");
  }

  async #checkWitnesses(newest: Checkpoint, history: readonly Checkpoint[], logKey: VerifierKey): Promise<WitnessReport[]> {
    const { sha256, check, witnessKeys } = this.#options;
    const manifest = this.#manifest;
    if (manifest !== undefined && manifest.origin !== newest.origin) this.#findings.add("origin-differs", "the newest checkpoint");
    const texts = witnessKeys ?? manifest?.witnesses ?? [];
    if (texts.length === 0) this.#findings.add("not-witnessed", newest.origin);
    else if (witnessKeys === undefined) this.#findings.add("witness-key-from-log", `${texts.length} keys`);
    const keys = readWitnessKeys(sha256, texts, this.#findings);
    return await checkWitnesses({ keys, quorum: manifest?.quorum ?? 0, logKey, history, newest, windows: this.#windows }, check, this.#findings);
  }

  async #estimateUniques(): Promise<Verdict["uniques"]> {
    const merged = new Uint8Array(REGISTERS);
    const told = [...(this.#edges?.figures.uniques ?? [])];
    for (const [edge, text] of told) {
      const registers = await readUniques(text, this.#options.inflate);
      if (registers === undefined) this.#findings.add("uniques-unreadable", edge);
      else mergeUniques(merged, registers);
    }
    return told.length === 0 ? undefined : { estimate: estimateUniques(merged), error: UNIQUES_ERROR };
  }

  #checkEnd(): void {
    if (this.#end === undefined) return this.#findings.add("not-ended", `${this.#tree.size} entries so far`);
    const { entry, index } = this.#end;
    const report = this.#edges?.figures.report();
    const differing = [
      entry.entries !== index && "the number of entries",
      entry.peak !== (report?.peak?.listening ?? 0) && "the peak",
      entry.peakAt !== (report?.peak?.t ?? 0) && "the time of the peak",
      entry.sessions !== report?.sessions && "the sessions",
      entry.listenedMs !== report?.listenedMs && "the listening hours",
    ].filter((each) => each !== false);
    for (const figure of differing) this.#findings.add("end-differs", figure);
  }

  /** Bytes that the audio given needs: at the bit rate that the manifest names, else by the recording. */
  #bytesNeeded(): number {
    const [manifest, figures] = [this.#manifest, this.#edges?.figures];
    if (manifest === undefined || figures === undefined) return 0;
    if (manifest.leanestBitsPerSecond > 0) return (figures.report().grossMs / 1000) * (manifest.leanestBitsPerSecond / 8);
    return this.#liveUnixMs === undefined ? 0 : this.#replay.bytesNeeded(figures.given, manifest.windowSeconds * 1000, this.#liveUnixMs);
  }

  async #verdict(
    newest: Checkpoint | undefined,
    logKey: VerifierKey | undefined,
    edges: readonly EdgeReport[],
    witnesses: readonly WitnessReport[],
    checkpoints: number,
  ): Promise<Verdict> {
    const { source, sha256, replay, progress } = this.#options;
    const read = replay ? source.readReplay : undefined;
    const deletion = this.#deletion;
    const replayReport = await this.#replay.compare(sha256, read, (done, total) => progress?.("replay", done, total), deletion !== undefined);
    if (deletion !== undefined) this.#findings.add("recording-deleted", `${utc(deletion.t)}, by ${deletion.by}`);
    else if (replay && read === undefined && replayReport.segments > 0) this.#findings.add("replay-missing", "no way to the recording");
    const audience = this.#edges?.figures.report();
    const needed = this.#bytesNeeded();
    // Where the manifest names a bit rate, each edge is held to it by itself.
    if (this.#manifest?.leanestBitsPerSecond === 0 && (audience?.bytes ?? 0) < needed * LEAST_RECORDED_SHARE)
      this.#findings.add("bytes-too-few", `the whole event: ${audience?.bytes ?? 0} bytes, ${Math.floor(needed)} by the recording`);
    return {
      result: this.#findings.has("contradiction") ? "contradicted" : this.#findings.has("gap") ? "holds-with-gaps" : "holds",
      origin: newest?.origin ?? "",
      event: this.#manifest?.event ?? "",
      title: this.#manifest?.title ?? "",
      ended: this.#end !== undefined,
      entries: this.#tree.size,
      root: hex(this.#tree.root()),
      checkpoints,
      logKey: logKey === undefined ? "" : formatVerifierKey(logKey),
      logKeyPinned: this.#options.logKey !== undefined,
      witnesses,
      quorum: this.#manifest?.quorum ?? 0,
      edges,
      audience,
      uniques: await this.#estimateUniques(),
      bytesOverNeeded: needed === 0 ? undefined : (audience?.bytes ?? 0) / needed,
      replay: replayReport,
      acts: { ...this.#acts, draws: this.#draws.kept },
      deletion: deletion === undefined ? undefined : { unixMs: deletion.t, by: deletion.by },
      findings: this.#findings.listed,
      counts: Object.fromEntries(this.#findings.counts),
    };
  }
}
