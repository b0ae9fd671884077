import { hkdfSync } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { EdgeSigner, mergeUniques, REGISTERS, type WindowCounts } from "../../../ledger/mod.ts";
import { type Entered, WINDOW_SECONDS } from "./entered.ts";

/** Name of the one edge of this house: all fronts under one supervisor, however often they are started again. */
const EDGE = "house";
const WINDOW_MS = WINDOW_SECONDS * 1000;
/** A window is entered this long after its end: by then every front that is alive has spoken. Milliseconds. */
const SETTLED_MS = 5_000;
/** How long after the end of an event its fronts' last lines are waited for. Milliseconds; a window, and a disk that is slow. */
const LAST_LINES_MS = 20_000;

const count = z.int().min(0);
/** One line of `events/<id>/audience.jsonl`, as far as the ledger enters it. */
const frontLine = z.object({
  edge: z.string().min(1),
  endUnixMs: count.refine((value) => value % WINDOW_MS === 0 && value > 0),
  windowMs: z.literal(WINDOW_MS),
  listeningNow: count,
  joins: count,
  leaves: count,
  partial: count,
  sessions: count,
  sessionsGross: count,
  machines: count,
  listenedMs: count,
  listenedGrossMs: count,
  bytes: count,
  turnedAway: count,
  waitingNow: count,
  unique: z.string().optional(),
});
type FrontLine = z.infer<typeof frontLine>;

/** Adds up what the fronts of this house counted, window by window, and signs each sum as one edge. */
export class HouseEdge {
  readonly #signer: EdgeSigner;
  readonly #fronts = new Set<string>();
  readonly #turnedAway = new Map<string, number>();
  readonly #uniques = new Uint8Array(REGISTERS);
  /** Lines of windows that are not entered yet, by the end of the window. */
  readonly #open = new Map<number, FrontLine[]>();
  #enteredUntilMs: number;

  /** `entered`: what the ledger already holds, whose chain of windows goes on. */
  constructor({ houseKey, event, entered }: { readonly houseKey: Uint8Array; readonly event: string; readonly entered: Entered }) {
    const seed = new Uint8Array(hkdfSync("sha256", houseKey, "", `earshot/ledger/edge/v1/${event}`, 32));
    const { chain } = entered;
    this.#signer = new EdgeSigner({ event, edge: EDGE, seed, ...(chain === undefined ? {} : { resume: chain }) });
    this.#enteredUntilMs = entered.windowsUntilMs;
  }

  /** The edge as the manifest announces it. */
  get announcement() {
    return { edge: EDGE, key: this.#signer.publicKey, operator: "", network: "", capacity: 0 };
  }

  /** Takes lines of the fronts; what is no line is left out. Returns how many came after their window had been entered. */
  take(lines: readonly string[]): number {
    let late = 0;
    for (const text of lines) {
      const line = readLine(text);
      if (line === undefined) continue;
      this.#fronts.add(line.edge);
      this.#turnedAway.set(line.edge, line.turnedAway);
      if (line.unique !== undefined) mergeUniques(this.#uniques, unpack(line.unique));
      const window = this.#open.get(line.endUnixMs);
      if (line.endUnixMs <= this.#enteredUntilMs) late++;
      else if (window === undefined) this.#open.set(line.endUnixMs, [line]);
      else window.push(line);
    }
    return late;
  }

  /** Whether the fronts' last lines may still come, after an event that ended at this time. Both Unix milliseconds. */
  isWaiting(endedUnixMs: number, nowMs: number): boolean {
    if (this.#fronts.size === 0 || nowMs >= endedUnixMs + LAST_LINES_MS) return false;
    const newest = Math.max(...this.#open.keys(), 0);
    return newest < endedUnixMs || nowMs < newest + SETTLED_MS;
  }

  /** Signs the windows that are complete, oldest first. The newest waits for the one after it, or for the end: only then is it known whether it is the last. */
  sign(nowMs: number, finishing: boolean): Uint8Array[] {
    const ends = [...this.#open.keys()].toSorted((one, other) => one - other);
    const newest = ends.at(-1) ?? 0;
    const due = finishing ? ends : ends.filter((end) => end < newest && end <= nowMs - SETTLED_MS);
    return due.map((end) => {
      const lines = this.#open.get(end) as FrontLine[];
      this.#open.delete(end);
      this.#enteredUntilMs = end;
      return this.#signer.sign(this.#sum(lines, finishing && end === newest));
    });
  }

  #sum(lines: readonly FrontLine[], last: boolean): WindowCounts {
    const add = (value: (line: FrontLine) => number) => lines.reduce((sum, line) => sum + value(line), 0);
    const tellsUniques = last || lines.some((line) => line.unique !== undefined);
    return {
      t: (lines[0] as FrontLine).endUnixMs - WINDOW_MS,
      listening: add((line) => line.listeningNow),
      partial: add((line) => line.partial),
      counters: lines.length,
      joins: add((line) => line.joins),
      leaves: add((line) => line.leaves),
      sessions: add((line) => line.sessions),
      grossSessions: add((line) => line.sessionsGross),
      listenedMs: add((line) => line.listenedMs),
      grossMs: add((line) => line.listenedGrossMs),
      bytes: add((line) => line.bytes),
      waiting: add((line) => line.waitingNow),
      turnedAway: [...this.#turnedAway.values()].reduce((sum, each) => sum + each, 0),
      automated: add((line) => line.machines),
      last,
      ...(tellsUniques ? { uniques: deflateRawSync(this.#uniques).toString("base64") } : {}),
    };
  }
}

function readLine(text: string): FrontLine | undefined {
  try {
    const read = frontLine.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    // A crash can cut a line off.
    return undefined;
  }
}

/** Registers of an estimate; none when they cannot be read. */
function unpack(text: string): Uint8Array {
  try {
    return inflateRawSync(Buffer.from(text, "base64"), { maxOutputLength: REGISTERS });
  } catch {
    return new Uint8Array();
  }
}
