import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { type ChainState, chainAfter, EdgeSigner, mergeUniques, REGISTERS, type WindowCounts, type WindowEntry } from "../../ledger/mod.ts";
import { COUNT_WINDOW_MS } from "../../wire/audience.ts";

/** A window is signed this long after its end: by then every front that is alive has spoken. Milliseconds. */
const SETTLED_MS = 5_000;
/** How long after the end of an event its fronts' last lines are waited for. Milliseconds; a window, and a disk that is slow. */
const LAST_LINES_MS = 20_000;

const count = z.int().min(0);
/** One line of `events/<id>/audience.jsonl`, as far as it is signed. */
const frontLine = z.object({
  edge: z.string().min(1),
  endUnixMs: count.refine((value) => value % COUNT_WINDOW_MS === 0 && value > 0),
  windowMs: z.literal(COUNT_WINDOW_MS),
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

/** Where an edge's windows go on, so that a restarted edge signs none twice. */
export interface SignedSoFar {
  readonly chain: ChainState;
  /** End of the newest signed window. Unix milliseconds. */
  readonly untilMs: number;
}

/** Where an edge's windows go on after this one and its line. */
export function signedAfter(window: WindowEntry, line: Uint8Array): SignedSoFar {
  return { chain: chainAfter(window, line), untilMs: window.t + COUNT_WINDOW_MS };
}

/** Adds up what the fronts of one machine counted of an event, window by window, and signs each sum as one edge: all fronts under one supervisor, however often they are started again. */
export class EdgeCount {
  readonly #signer: EdgeSigner;
  readonly #fronts = new Set<string>();
  readonly #turnedAway = new Map<string, number>();
  readonly #uniques = new Uint8Array(REGISTERS);
  /** Lines of windows that are not signed yet, by the end of the window. */
  readonly #open = new Map<number, FrontLine[]>();
  #signedUntilMs: number;

  /** `seed`: 32 secret bytes, the Ed25519 key it signs with. `resume`: where its windows of this event go on after a restart. @throws RangeError when the seed has another length. */
  constructor({
    edge,
    event,
    seed,
    resume,
  }: { readonly edge: string; readonly event: string; readonly seed: Uint8Array; readonly resume?: SignedSoFar | undefined }) {
    this.#signer = new EdgeSigner({ event, edge, seed, ...(resume === undefined ? {} : { resume: resume.chain }) });
    this.#signedUntilMs = resume?.untilMs ?? 0;
  }

  /** Ed25519 public key, as a ledger announces it. Base64. */
  get publicKey(): string {
    return this.#signer.publicKey;
  }

  /** Takes lines of the fronts; what is no line is left out. Returns how many came after their window had been signed. */
  take(lines: readonly string[]): number {
    let late = 0;
    for (const text of lines) {
      const line = readLine(text);
      if (line === undefined) continue;
      this.#fronts.add(line.edge);
      this.#turnedAway.set(line.edge, line.turnedAway);
      if (line.unique !== undefined) mergeUniques(this.#uniques, unpack(line.unique));
      const window = this.#open.get(line.endUnixMs);
      if (line.endUnixMs <= this.#signedUntilMs) late++;
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
      this.#signedUntilMs = end;
      return this.#signer.sign(this.#sum(lines, finishing && end === newest));
    });
  }

  #sum(lines: readonly FrontLine[], last: boolean): WindowCounts {
    const add = (value: (line: FrontLine) => number) => lines.reduce((sum, line) => sum + value(line), 0);
    const tellsUniques = last || lines.some((line) => line.unique !== undefined);
    return {
      t: (lines[0] as FrontLine).endUnixMs - COUNT_WINDOW_MS,
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
