import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readEntry, type WindowEntry } from "../../ledger/mod.ts";
import { syncFolder } from "../adapters/durable-file.ts";
import { signedAfter, type SignedSoFar } from "../adapters/edge-count.ts";

/** `events/<id>/windows.jsonl`: every window of an event that this edge signed, in order. None is told to anybody before it is safe on the disk: the same number is never signed twice. */
export class SignedWindows {
  readonly #path: string;
  /** Bytes that are known to be safe on the disk. */
  #bytes: number;
  /** Signed, and not on the disk yet. */
  #unkept: Uint8Array[] = [];
  /** Windows on the disk. */
  #kept: number;
  /** The kept windows from a number on, as far as somebody still wants them. */
  #held: { from: number; lines: string[] };
  /** Where the chain goes on; undefined before the first window. */
  readonly resume: SignedSoFar | undefined;
  /** Whether the event's last window is signed; nothing may follow it. */
  closed: boolean;

  private constructor(path: string, lines: readonly string[], bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.#kept = lines.length;
    this.#held = { from: 0, lines: [...lines] };
    const line = lines.at(-1) ?? "";
    const window = windowOf(line);
    this.resume = window === undefined ? undefined : signedAfter(window, Buffer.from(line));
    this.closed = window?.last === true;
  }

  static async open(path: string): Promise<SignedWindows> {
    const { lines, bytes } = await readWindows(path);
    return new SignedWindows(path, lines, bytes);
  }

  /** Number of the window that is signed next, as far as the disk knows. */
  get next(): number {
    return this.#kept;
  }

  /** Takes windows that were signed just now and puts them on the disk. @throws the file system's error; they are put there by the next call then */
  async keep(windows: readonly Uint8Array[]): Promise<void> {
    this.#unkept.push(...windows);
    if (this.#unkept.length === 0) return;
    const lines = this.#unkept.map((line) => Buffer.from(line).toString("utf8"));
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    const file = await open(this.#path, "a");
    try {
      // What a crash or a full disk cut off was never told to anybody.
      await file.truncate(this.#bytes);
      await file.appendFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (this.#bytes === 0) await syncFolder(dirname(this.#path));
    this.#bytes += bytes.length;
    this.#kept += lines.length;
    this.#held.lines.push(...lines);
    this.#unkept = [];
  }

  /** The kept windows from this number on; those before are forgotten here and read again when somebody wants them after all. */
  async from(due: number): Promise<readonly string[]> {
    if (due < this.#held.from) this.#held = { from: 0, lines: [...(await readWindows(this.#path)).lines] };
    this.#held.lines.splice(0, due - this.#held.from);
    this.#held.from = due;
    return this.#held.lines;
  }
}

function windowOf(line: string): WindowEntry | undefined {
  const result = readEntry(Buffer.from(line));
  return result.ok && result.entry?.kind === "window" ? result.entry : undefined;
}

/** The windows in the file and how many bytes they take; what a crash left behind them is none. */
async function readWindows(path: string): Promise<{ readonly lines: readonly string[]; readonly bytes: number }> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const lines = content
    .toString("utf8", 0, content.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  while (lines.length > 0 && windowOf(lines.at(-1) ?? "") === undefined) lines.pop();
  return { lines, bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) };
}
