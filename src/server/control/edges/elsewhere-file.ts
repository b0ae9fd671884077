import { AudienceSum, readAudienceLine } from "../../../audience/mod.ts";
import type { AudienceWindow } from "../../../wire/audience.ts";
import { counterOf } from "./edge-line.ts";
import { appendKept, readKept } from "./kept-file.ts";

/** `events/<id>/elsewhere.jsonl`: lines of counts of all edges, each once. Only control writes it; fronts and stage read it while it grows, so nothing is ever cut off again. */
export class ElsewhereFile {
  readonly #path: string;
  /** Ends of the windows that are there, by the front that counted. Unix milliseconds. */
  readonly #ends = new Map<string, Set<number>>();
  readonly #sums = new Map<string, AudienceSum>();
  /** Whether the last line has no end: a crash cut it off. */
  #isTorn = false;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<ElsewhereFile> {
    const file = new ElsewhereFile(path);
    const text = (await readKept(path)).toString("utf8");
    file.#isTorn = text !== "" && !text.endsWith("\n");
    for (const one of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
      const line = readAudienceLine(one);
      if (line !== undefined) file.#note(line);
    }
    return file;
  }

  /** Adds those lines that are not there yet; resolves when they lie on the disk. When it rejects, the file has to be opened anew. */
  async append(lines: readonly AudienceWindow[]): Promise<void> {
    const fresh = lines.filter((line) => this.#note(line));
    if (fresh.length === 0) return;
    // A line that a crash cut off is closed first, so that it spoils no other.
    await appendKept(this.#path, `${this.#isTorn ? "\n" : ""}${fresh.map((line) => `${JSON.stringify(line)}\n`).join("")}`);
    this.#isTorn = false;
  }

  /** What an edge counted of this event. */
  sumOf(edge: string): AudienceSum | undefined {
    return this.#sums.get(edge);
  }

  /** Whether the line was new. */
  #note(line: AudienceWindow): boolean {
    const { edge: front, endUnixMs } = line;
    const ends = this.#ends.get(front) ?? new Set();
    if (ends.has(endUnixMs)) return false;
    this.#ends.set(front, ends.add(endUnixMs));
    const edge = counterOf(line);
    const sum = this.#sums.get(edge) ?? new AudienceSum();
    sum.add(line);
    this.#sums.set(edge, sum);
    return true;
  }
}
