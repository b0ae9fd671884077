import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readAudienceLine } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { COUNT_FILES } from "../../wire/audience.ts";
import { type EdgeCounts, edgePaths, type EdgeReceipt } from "../../wire/edge.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { EdgeCount } from "../adapters/edge-count.ts";
import { GrowingFile } from "../adapters/growing-file.ts";
import { jittered } from "./feed.ts";
import type { SignedLine } from "./signed-line.ts";
import { SignedWindows } from "./signed-windows.ts";

/** Most that is told at once. Bytes of lines and windows; a window in which a thousand fronts count has under 2 KB, one with the estimate of uniques 12. */
const MAX_TOLD_BYTES = 512 * 1024;
/** Wait after the house would not take a count. Milliseconds. */
const REFUSED_WAIT_MS = 5_000;
/** An event whose stage the house has not had for so long is over, though nobody here heard its end. Milliseconds; a stage that was killed is back within seconds, and after an event's last window nothing may follow. */
const MISSED_MS = 3_600_000;

/** After so long since the end no front has anything more to say of an event. Milliseconds; windows are ten seconds, and signed five seconds later. */
const SILENT_AFTER_MS = 60_000;

/** What is remembered of an event besides its lines and windows. */
interface Remembered {
  /** How many of its fronts' lines the house has. */
  readonly linesHome: number;
  /** When the event ended, as far as anybody said so here. Unix milliseconds. */
  readonly endedUnixMs?: number;
}

/** What the counts of an event need. */
export interface EventCountsOptions {
  readonly eventId: string;
  /** The event's folder on this machine. */
  readonly folder: string;
  readonly line: SignedLine;
  /** The edge's Ed25519 key: 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

/** How many listened to one event at this edge: lines of its fronts and signed windows, kept here until the house has them. */
export class EventCounts {
  readonly #options: EventCountsOptions;
  readonly #audience: GrowingFile;
  readonly #count: EdgeCount;
  readonly #windows: SignedWindows;
  #remembered: Remembered;
  /** What of {@link #remembered} is on the disk. */
  #written: Remembered;
  /** Since when the house has had no stage for it. Milliseconds by the steady clock; undefined while it has one, or is away. */
  #missedSinceMs: number | undefined;
  /** Lines the house does not have yet. */
  #lines: string[] = [];
  /** Undefined until the fronts' lines were looked for once. */
  #linesRead: number | undefined;
  /** Number of the window the house wants next; undefined until it has said so. */
  #due: number | undefined;
  /** Whether the house has windows that this disk does not know, or takes nothing of this event any more. */
  #lost = false;
  #waitUntilMs = 0;
  #toldCode = "";

  private constructor(options: EventCountsOptions, windows: SignedWindows, remembered: Remembered) {
    this.#options = options;
    this.#windows = windows;
    this.#remembered = remembered;
    this.#written = remembered;
    this.#audience = new GrowingFile(join(options.folder, COUNT_FILES.own));
    this.#count = new EdgeCount({ edge: options.line.name, event: options.eventId, seed: options.seed, resume: windows.resume });
  }

  /** Takes an event up where it was left; the folder is made. */
  static async open(options: EventCountsOptions): Promise<EventCounts> {
    await mkdir(options.folder, { recursive: true });
    const windows = await SignedWindows.open(join(options.folder, "windows.jsonl"));
    const remembered = ((await readJson(join(options.folder, "home.json"))) as Remembered | undefined) ?? { linesHome: 0 };
    return new EventCounts(options, windows, remembered);
  }

  /** Lines and windows that the house does not have yet. */
  get waiting(): number {
    return this.#lost ? 0 : this.#lines.length + this.#windows.next - (this.#due ?? 0);
  }

  /** When the event was over; undefined while it is not, or nobody knows. Unix milliseconds. */
  get endedUnixMs(): number | undefined {
    return this.#remembered.endedUnixMs;
  }

  /** Whether the house has everything there will ever be. */
  get isHome(): boolean {
    const { endedUnixMs } = this;
    if (this.#linesRead === undefined || endedUnixMs === undefined || this.#options.clock.wallMs() < endedUnixMs + SILENT_AFTER_MS) return false;
    return this.waiting === 0 && (this.#lost || this.#linesRead === 0 || this.#windows.closed);
  }

  /** The event is over, as its stage said. */
  end(endedUnixMs: number): void {
    if (this.endedUnixMs === undefined) this.#remembered = { ...this.#remembered, endedUnixMs };
  }

  /** Whether the house has a stage for it; undefined: the house is away. */
  running(running: boolean | undefined): void {
    this.#missedSinceMs = running === false ? (this.#missedSinceMs ?? this.#options.clock.steadyMs()) : undefined;
  }

  /** Reads what the fronts wrote and signs the windows that are complete. @throws the file system's error */
  async collect(): Promise<void> {
    const { clock, log, eventId } = this.#options;
    // A line that a crash cut off would have the house refuse all that come with it.
    const lines = (await this.#audience.next()).filter((text) => readAudienceLine(text)?.eventId === eventId);
    this.#count.take(lines);
    const before = this.#linesRead ?? 0;
    this.#lines.push(...lines.slice(Math.max(0, this.#remembered.linesHome - before)));
    this.#linesRead = before + lines.length;
    if (this.#windows.closed && lines.length > 0 && this.#due !== undefined)
      log.warn("lines came after the last window; they are in no window", { event: eventId, lines: lines.length });
    if (this.#missedSinceMs !== undefined && clock.steadyMs() >= this.#missedSinceMs + MISSED_MS) this.end(clock.wallMs());
    const nowMs = clock.wallMs();
    const finishing = this.endedUnixMs !== undefined && !this.#count.isWaiting(this.endedUnixMs, nowMs);
    const signed = this.#windows.closed || this.#lost ? [] : this.#count.sign(nowMs, finishing);
    if (finishing && signed.length > 0) this.#windows.closed = true;
    await this.#windows.keep(signed);
    await this.#remember();
  }

  /** Tells the house what it does not have. Never rejects: what could not be told is told later. */
  async tell(signal: AbortSignal): Promise<void> {
    const { clock, log, eventId } = this.#options;
    if (this.waiting === 0 || clock.steadyMs() < this.#waitUntilMs) return;
    try {
      while (this.waiting > 0 && (await this.#tellSome(signal)));
      this.#toldCode = "";
    } catch (cause) {
      this.#waitUntilMs = clock.steadyMs() + jittered(REFUSED_WAIT_MS);
      const code = cause instanceof EarshotError ? cause.code : "internal";
      if (code === "event-unknown" || code === "event-ended") this.#giveUp();
      if (this.#toldCode !== code && !signal.aborted) log.warn("the house did not take a count; it is kept here", { event: eventId, code, cause });
      this.#toldCode = code;
    }
  }

  /** The house will never take any more of this event: it was deleted there, or its account is closed. */
  #giveUp(): void {
    this.#lost = true;
    this.end(this.#options.clock.wallMs());
  }

  /** Returns whether the house took anything. @throws what it refused with */
  async #tellSome(signal: AbortSignal): Promise<boolean> {
    const { eventId, line, log } = this.#options;
    const lines = fitting(this.#lines, MAX_TOLD_BYTES);
    const windows = this.#due === undefined ? [] : fitting(await this.#windows.from(this.#due), MAX_TOLD_BYTES);
    const receipt = (await line.tell(edgePaths.counts(eventId), { lines, windows } satisfies EdgeCounts, signal)) as Partial<EdgeReceipt>;
    const { due } = receipt;
    if (due === undefined || !Number.isInteger(due) || due < 0)
      throw new EarshotError("bad-request", { rule: "due: the number of a window", value: String(due) });
    const took = lines.length > 0 || due !== this.#due;
    this.#lines.splice(0, lines.length);
    this.#remembered = { ...this.#remembered, linesHome: this.#remembered.linesHome + lines.length };
    this.#due = due;
    if (due > this.#windows.next) {
      this.#lost = true;
      log.error("the house has windows of this edge that are not on this disk; no more can be signed for the event", {
        event: eventId,
        due,
        here: this.#windows.next,
      });
    }
    await this.#remember();
    return took;
  }

  async #remember(): Promise<void> {
    const remembered = this.#remembered;
    if (remembered === this.#written) return;
    await writeDurably(join(this.#options.folder, "home.json"), JSON.stringify(remembered));
    this.#written = remembered;
  }
}

/** The first texts that together have no more bytes than this; at least one where there is one. */
function fitting(texts: readonly string[], mostBytes: number): readonly string[] {
  let bytes = 0;
  const end = texts.findIndex((text, index) => {
    bytes += Buffer.byteLength(text);
    return index > 0 && bytes > mostBytes;
  });
  return end < 0 ? texts.slice() : texts.slice(0, end);
}
