import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { MAX_ENTRY_BYTES, readEntry } from "../../../ledger/mod.ts";
import { appendKept, cutKept, readKept } from "./kept-file.ts";

/** Whose windows of which event. */
export interface Chain {
  readonly eventId: string;
  readonly edge: string;
}

/** `events/<id>/windows/<edge>.jsonl`: the windows an edge signed, byte for byte, from 0 on without a hole. Only control writes it; the stage checks each and enters it. */
export class WindowsFile {
  readonly #path: string;
  readonly #chain: Chain;
  /** Number of the next window. */
  #due: number;

  private constructor(path: string, chain: Chain, due: number) {
    this.#path = path;
    this.#chain = chain;
    this.#due = due;
  }

  /** Opens it after what a crash may have left: an end that is no window was never acknowledged, and is cut off. */
  static async open(path: string, chain: Chain, log: Log): Promise<WindowsFile> {
    const bytes = await readKept(path);
    let due = 0;
    let whole = 0;
    for (let end = bytes.indexOf("\n"); end !== -1 && numberOf(bytes.subarray(whole, end), chain) === due; end = bytes.indexOf("\n", whole)) {
      due++;
      whole = end + 1;
    }
    if (whole < bytes.length) {
      log.warn("the end of an edge's windows was no window and was cut off", { ...chain, due, cut_bytes: bytes.length - whole });
      await cutKept(path, whole);
    }
    return new WindowsFile(path, chain, due);
  }

  get due(): number {
    return this.#due;
  }

  /** Those windows of a post that are not there yet. @throws `invalid-field` for what is no window of this edge, `conflict` naming the due number where one is missing */
  missing(windows: readonly string[]): readonly string[] {
    let next = this.#due;
    return windows.filter((text) => {
      const seq = numberOf(Buffer.from(text), this.#chain);
      if (seq === undefined) throw new EarshotError("invalid-field", { field: "windows", rule: "signed windows of this event and edge", due: this.#due });
      if (seq > next) throw new EarshotError("conflict", { due: this.#due });
      if (seq < next) return false;
      next++;
      return true;
    });
  }

  /** Adds what {@link missing} gave; resolves when it lies on the disk. When it rejects, the file has to be opened anew. */
  async append(windows: readonly string[]): Promise<void> {
    if (windows.length === 0) return;
    await appendKept(this.#path, windows.map((text) => `${text}\n`).join(""));
    this.#due += windows.length;
  }
}

/** Number of a window of this edge and event; undefined for anything else. */
function numberOf(line: Uint8Array, { eventId, edge }: Chain): number | undefined {
  const read = line.length > MAX_ENTRY_BYTES ? undefined : readEntry(line);
  if (read?.ok !== true || read.entry?.kind !== "window") return undefined;
  return read.entry.event === eventId && read.entry.edge === edge ? read.entry.seq : undefined;
}
