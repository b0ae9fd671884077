import { createHash, hkdfSync } from "node:crypto";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";
import type { KnownEdgeSettings } from "../../../core/edge-config.ts";
import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { StageManifest } from "../../../event/mod-live.ts";
import {
  askWitnesses,
  type Entry,
  EventLog,
  LEDGER_VERSION,
  nodeSha256,
  nodeSignatureCheck,
  parseVerifierKey,
  readEntry,
  SIGNATURE_TYPES,
  type Unversioned,
} from "../../../ledger/mod.ts";
import type { ModerationAct } from "../../../stage/mod.ts";
import { COUNT_FILES, COUNT_WINDOW_MS } from "../../../wire/audience.ts";
import type { LiveState, PublicEvent } from "../../../wire/public-state.ts";
import type { RecordingSettings } from "../../../wire/recording.ts";
import { readJson } from "../../adapters/durable-file.ts";
import { EdgeCount } from "../../adapters/edge-count.ts";
import { GrowingFile } from "../../adapters/growing-file.ts";
import { readHandActs } from "../../adapters/hand-acts.ts";
import { drawChanges, handChanges, moderationChanges, roleChanges, scheduleChanges } from "./announcements.ts";
import { EdgeWindows } from "./edge-windows.ts";
import { Entered, OWN_EDGE } from "./entered.ts";
import type { StageConfig } from "../config.ts";
import { type RenditionSegment, SegmentReader } from "./segment-reader.ts";

/** How often what happened is entered and published. Milliseconds; the length of a counting window. */
const BEAT_MS = COUNT_WINDOW_MS;
/** Audio a session must be given within a window to be listening, and in all to be a session. Seconds. */
const DELIVERED_SECONDS = 8;
const SESSION_SECONDS = 60;
/** How often it is looked whether the fronts' last lines are there, once the event is over. Milliseconds. */
const FINISH_BEAT_MS = 1_000;
/** Longest a witness is waited for. Milliseconds; the other side writes to its disk once. */
const WITNESS_PATIENCE_MS = 2_500;
/** How often witnesses that have not signed the last checkpoint are asked again. */
const LAST_ASKS = 5;
/** Entries read back at a start between two breaths: a beat of the sound has 20 ms, and this many take one of them. */
const READ_AT_ONCE = 100;
/** The same fault is entered once in this time. Milliseconds. */
const SAME_INCIDENT_MS = 60_000;

/** What the keeper needs to know and to ask. */
export interface LedgerKeeperOptions {
  readonly dataFolder: string;
  readonly publicUrl: string;
  readonly houseKey: Uint8Array;
  readonly manifest: StageManifest;
  readonly state: () => LiveState;
  /** Witnesses asked, and how many must cosign. */
  readonly witnesses: NonNullable<StageConfig["witnesses"]>;
  /** Servers elsewhere that hand the same audio to more listeners. */
  readonly edges: readonly KnownEdgeSettings[];
  /** What of the settings is worth proving, and the version of this server. */
  readonly settings: unknown;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the event's ledger while its stage runs, beside the sound and never in its way. Closed by the stage process. */
export class LedgerKeeper {
  readonly #options: LedgerKeeperOptions;
  readonly #segments: SegmentReader;
  readonly #incidents = new Map<string, number>();
  /** Seats that came on stage since the last look, with their roles. */
  readonly #consenting = new Map<string, { readonly role: string; readonly by: string }>();
  readonly #trackConsents = new Map<string, { readonly seat: string; readonly role: string; readonly agreed: boolean }>();
  readonly #stopped = new AbortController();
  readonly #audience: GrowingFile;
  #looked = false;
  #deletion: NonNullable<RecordingSettings["deleted"]> | undefined;
  readonly #edges: EdgeWindows;
  #own: EdgeCount | undefined;
  #manifest: StageManifest;
  #entered = new Entered();
  #waiting: Unversioned<Entry>[] = [];
  #log: EventLog | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Witnesses that have not signed the newest checkpoint. */
  readonly #silent = new Set<string>();
  /** Whether it must not be continued because what it signed for is lost. */
  #damaged = false;
  /** Whether the last entry is in a published checkpoint. */
  #published = false;
  /** Whether the files are closed. */
  #shut = false;
  /** Whether the event is over, so that the last entry may be made. */
  #finishing = false;

  private constructor(options: LedgerKeeperOptions) {
    this.#options = options;
    this.#manifest = options.manifest;
    this.#segments = new SegmentReader(join(this.#folder, "archive"));
    this.#audience = new GrowingFile(join(this.#folder, COUNT_FILES.own));
    this.#edges = new EdgeWindows(this.#folder, options.edges);
  }

  /** Begins to keep the ledger; opening it happens in the background, and what is told meanwhile is entered then. */
  static start(options: LedgerKeeperOptions): LedgerKeeper {
    const keeper = new LedgerKeeper(options);
    void keeper.#run();
    return keeper;
  }

  /** Whether everything is entered and published, the end too, so that nothing is left to do. */
  get closed(): boolean {
    return this.#damaged || this.#published;
  }

  /** Notes an act of moderation. */
  act({ act, subject, by, facts, automated }: ModerationAct): void {
    const appeal = automated ? "the host takes it back in the studio" : "the host";
    this.#note({ kind: "moderation", t: this.#nowMs, act, subject, by, scope: "stage", rule: "", facts, automated, appeal });
  }

  /** Notes that whoever has a seat joined knowing that the event is recorded, or who had an encoder send there; once for each seat. */
  consent(seat: string, role: string, by: string): void {
    this.#consenting.set(seat, { role, by });
  }

  /** Notes that a speaker agreed to a track of their own voice, or took that back; once for each change. */
  trackConsent(consent: { readonly seat: string; readonly role: string; readonly agreed: boolean }): void {
    this.#trackConsents.set(consent.seat, consent);
  }

  /** Notes that the recording was taken away; entered once, after the end. */
  recordingDeleted(deletion: NonNullable<RecordingSettings["deleted"]>): void {
    this.#deletion = deletion;
    if (!this.#entered.deleted) this.#published = false;
  }

  /** Notes that something went wrong, in words a person reads. */
  incident(summary: string): void {
    const before = this.#incidents.get(summary) ?? Number.NEGATIVE_INFINITY;
    const nowMs = this.#options.clock.steadyMs();
    if (nowMs - before < SAME_INCIDENT_MS) return;
    this.#incidents.set(summary, nowMs);
    this.#note({ kind: "incident", t: this.#nowMs, summary, sha256: "" });
  }

  /** Takes over a newer manifest. */
  setManifest(manifest: StageManifest): void {
    this.#manifest = manifest;
  }

  /** Enters what there is to enter and publishes it. Never rejects. */
  keep(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.closed || this.#shut) return;
      try {
        await this.#keep();
      } catch (cause) {
        this.#damaged = cause instanceof EarshotError && cause.code === "ledger-damaged";
        this.#options.log.error(this.#damaged ? "the ledger cannot be continued; the event goes on" : "the ledger could not be written; it is tried again", {
          cause,
        });
      }
    });
    return this.#turn;
  }

  /** Once the event is over: enters the rest, waits for the fronts' last lines, and enters the end with its figures. Never rejects. */
  async finish(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    this.#finishing = true;
    await this.keep();
    while (this.#isWaiting && !this.closed && !signal.aborted) {
      await clock.sleep(FINISH_BEAT_MS, signal).catch(() => {});
      await this.keep();
    }
    for (let round = 0; round < LAST_ASKS && this.#silent.size > 0 && !signal.aborted; round++) {
      await clock.sleep(FINISH_BEAT_MS, signal).catch(() => {});
      await this.#log?.checkpoint().catch(() => {});
    }
  }

  /** Enters what is left and closes the files. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#stopped.abort(new Error("the stage closes"));
    await this.keep();
    this.#shut = true;
    await this.#log?.close().catch((cause: unknown) => this.#options.log.error("the ledger did not close cleanly", { cause }));
  }

  /** Whether fronts or edges may still have something to say of the event that is over. */
  get #isWaiting(): boolean {
    const { endedUnixMs } = this.#options.state();
    if (endedUnixMs === undefined || this.#own === undefined) return false;
    return this.#own.isWaiting(endedUnixMs, this.#nowMs) || this.#edges.isWaiting(this.#entered, endedUnixMs, this.#nowMs);
  }

  get #nowMs(): number {
    return this.#options.clock.wallMs();
  }

  get #folder(): string {
    return join(this.#options.dataFolder, "events", this.#manifest.eventId);
  }

  #note(entry: Unversioned<Entry>): void {
    if (!this.#damaged && !this.#entered.closed) this.#waiting.push(entry);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && !this.closed) {
      await this.keep();
      await this.#options.clock.sleep(BEAT_MS, signal).catch(() => {});
    }
  }

  async #keep(): Promise<void> {
    this.#log ??= await this.#open();
    const log = this.#log;
    if (!this.#entered.closed) await this.#enterAll(log.origin);
    const deletion = this.#entered.deleted ? undefined : this.#deletion;
    if (this.#entered.closed && deletion !== undefined) this.#enter({ kind: "deletion", t: deletion.unixMs, by: deletion.by });
    await log.flush();
    if (log.size > log.publishedSize) await log.checkpoint();
    this.#published = this.#entered.closed && (this.#deletion === undefined || this.#entered.deleted);
  }

  async #enterAll(origin: string): Promise<void> {
    const { dataFolder, state } = this.#options;
    const nowMs = this.#nowMs;
    const { slug } = this.#manifest;
    const event = (await readJson(join(dataFolder, "public", `${slug}.json`))) as PublicEvent | undefined;
    if (this.#entered.size === 0) this.#begin(origin, event, nowMs);
    for (const entry of [...scheduleChanges(event, this.#entered, nowMs), ...roleChanges(this.#manifest, this.#entered, nowMs)]) this.#enter(entry);
    for (const entry of handChanges(await readHandActs(dataFolder, this.#manifest.eventId), this.#entered)) this.#enter(entry);
    for (const entry of drawChanges(await readJson(join(this.#folder, "doors.json")), this.#entered, state().phase === "ended")) this.#enter(entry);
    for (const entry of moderationChanges(await readJson(join(this.#folder, "moderation.json")), this.#entered)) this.#enter(entry);
    const { phase, originUnixMs, endedUnixMs } = state();
    const startDate = this.#entered.announced?.startDate ?? "";
    if (phase !== "backstage" && !this.#entered.live)
      this.#enter({ kind: "schedule", t: originUnixMs ?? nowMs, state: "live", startDate, previousStartDate: "", reason: "" });
    this.#enterWindows(await this.#audience.next(), nowMs, false);
    for await (const found of this.#edges.next(this.#entered, nowMs)) {
      if ("line" in found) this.#enterLine(found.line);
      else this.#enter(found.entry);
    }
    for (const segment of await this.#segments.next()) this.#enterSegment(segment, nowMs);
    if (phase === "ended" && !this.#entered.ended)
      this.#enter({ kind: "schedule", t: endedUnixMs ?? nowMs, state: "ended", startDate, previousStartDate: "", reason: "" });
    for (const [seat, { role, by }] of this.#consenting) {
      if (!this.#entered.consents.has(seat)) this.#enter({ kind: "role", t: nowMs, act: "consent", seat, role, by });
    }
    this.#consenting.clear();
    for (const { seat, role, agreed } of this.#trackConsents.values())
      if (agreed !== (this.#entered.trackConsents.get(seat) ?? false)) this.#enter({ kind: "track-consent", t: nowMs, seat, role, agreed });
    this.#trackConsents.clear();
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) this.#enter(entry);
    const mayEnd = this.#finishing || this.#stopped.signal.aborted;
    if (mayEnd && this.#entered.ended && (this.#stopped.signal.aborted || !this.#isWaiting)) {
      this.#enterWindows([], nowMs, true);
      this.#enterEnd(nowMs);
    }
  }

  /** The witnesses that are asked and were announced: a ledger keeps to its manifest. */
  #witnesses() {
    this.#silent.clear();
    return this.#options.witnesses.ask.flatMap(({ address, key: text }) => {
      const key = parseVerifierKey(nodeSha256, text);
      const known = key?.type === SIGNATURE_TYPES.cosignature && this.#entered.witnesses.includes(text);
      return known ? [{ address: address.replace(/\/$/, ""), key }] : [];
    });
  }

  async #open(): Promise<EventLog> {
    const { houseKey, publicUrl } = this.#options;
    const { host } = new URL(publicUrl);
    const log = await EventLog.open({
      folder: join(this.#folder, "ledger"),
      origin: `${host}/e/${this.#manifest.slug}/ledger`,
      cosign: askWitnesses({
        witnesses: () => this.#witnesses(),
        fetch,
        check: nodeSignatureCheck(),
        patienceMs: WITNESS_PATIENCE_MS,
        onFailure: (name, cause) => {
          this.#silent.add(name);
          this.#options.log.warn("a witness did not cosign; it is asked again with the next checkpoint", { witness: name, cause: String(cause) });
        },
      }),
      // One key for all ledgers of the house, so that a listener who has it once knows every one of them.
      seed: new Uint8Array(hkdfSync("sha256", houseKey, "", "earshot/ledger/log/v1", 32)),
    });
    this.#entered = new Entered();
    for (let index = 0; index < log.size; index++) {
      this.#take(log.line(index) as Uint8Array);
      if (index % READ_AT_ONCE === 0) await breathe();
    }
    const event = this.#manifest.eventId;
    // A key of its own for each event, so that no window of another one can be passed off as one of this.
    const seed = new Uint8Array(hkdfSync("sha256", houseKey, "", `earshot/ledger/edge/v1/${event}`, 32));
    this.#own = new EdgeCount({ edge: OWN_EDGE, event, seed, resume: this.#entered.signedBy(OWN_EDGE) });
    const { cutLines, recovered, mendedTiles } = log.repair;
    if (cutLines > 0 || recovered || mendedTiles > 0)
      this.#options.log.warn("the ledger was mended", { cut_lines: cutLines, recovered, mended_tiles: mendedTiles });
    this.#waiting.unshift(...this.#settingsChange());
    return log;
  }

  #begin(origin: string, event: PublicEvent | undefined, nowMs: number): void {
    const { eventId, title } = this.#manifest;
    this.#enter({
      kind: "manifest",
      t: nowMs,
      event: eventId,
      origin,
      title: event?.title ?? title,
      startDate: event?.startDate ?? "",
      windowSeconds: COUNT_WINDOW_MS / 1000,
      deliveredSeconds: DELIVERED_SECONDS,
      sessionSeconds: SESSION_SECONDS,
      edges: [{ edge: OWN_EDGE, key: (this.#own as EdgeCount).publicKey, operator: "", network: "", capacity: 0 }, ...this.#edges.announcements],
      // Encoders save in pauses: what the audience must have been sent follows from the recording itself.
      leanestBitsPerSecond: 0,
      witnesses: this.#options.witnesses.ask.map(({ key }) => key),
      quorum: this.#options.witnesses.quorum,
    });
  }

  /** A segment is entered once; after a restart the archive lists again what it listed before. */
  #enterSegment({ kind, rendition, n, offset, length, timestamp, duration, filler, sha256 }: RenditionSegment, nowMs: number): void {
    const last = this.#entered.segments.get(rendition);
    if (last !== undefined && n <= last.n) return;
    this.#enter({ kind, t: nowMs, rendition, n, offset, length, timestamp, duration, filler, sha256 });
  }

  #enterEnd(nowMs: number): void {
    const unfinished = this.#edges.unfinished(this.#entered);
    if (unfinished.length > 0)
      this.#options.log.warn("the ledger ends without the last windows of edges; what still comes is in no figure", { edges: unfinished });
    for (const name of unfinished.filter((each) => (this.#entered.chains.get(each)?.windows ?? 0) === 0))
      this.#enter({
        kind: "incident",
        t: nowMs,
        summary: `The edge ${name} counted listeners, and none of its windows came; they are in no figure.`,
        sha256: "",
      });
    const { size, figures } = this.#entered;
    const { peak, sessions, listenedMs } = figures.report();
    const { eventId } = this.#manifest;
    this.#enter({ kind: "end", t: nowMs, event: eventId, entries: size, peak: peak?.listening ?? 0, peakAt: peak?.t ?? 0, sessions, listenedMs });
  }

  #settingsChange(): Unversioned<Entry>[] {
    const { settings, version } = this.#options;
    const sha256 = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
    return this.#entered.config === sha256 ? [] : [{ kind: "config", t: this.#nowMs, version, sha256 }];
  }

  #enter(entry: Unversioned<Entry>): void {
    if (entry.kind === "window") return;
    this.#log?.append(entry);
    this.#entered.take({ v: LEDGER_VERSION, ...entry } as Entry, new Uint8Array());
  }

  /** Enters a window as it was signed. */
  #enterLine(line: Uint8Array): void {
    this.#log?.appendLine(line);
    this.#take(line);
  }

  #take(line: Uint8Array): void {
    const result = readEntry(line);
    this.#entered.take(result.ok ? result.entry : undefined, line);
  }

  #enterWindows(lines: readonly string[], nowMs: number, finishing: boolean): void {
    const own = this.#own as EdgeCount;
    const late = own.take(lines);
    // The first look after a start finds all lines again, those that were entered too.
    if (late > 0 && this.#looked) this.incident("A front's count came after its window had been entered; it is in no figure.");
    this.#looked = true;
    for (const line of own.sign(nowMs, finishing)) this.#enterLine(line);
  }
}
