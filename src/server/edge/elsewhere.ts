import { appendFile, readFile } from "node:fs/promises";
import { readAudienceLine } from "../../audience/mod.ts";

/** `events/<id>/elsewhere.jsonl`: what others counted of an event, the house and its other edges; fronts sum the figure from it and their own lines. */
export class Elsewhere {
  readonly #path: string;
  /** Number of each counter's newest line that is here. */
  readonly #newest = new Map<string, number>();
  #turn: Promise<void>;

  constructor(path: string) {
    this.#path = path;
    this.#turn = this.#open();
  }

  /** Appends the lines that are not here yet: after a break the house tells all of them again, and fronts go on reading where they were. */
  take(lines: Uint8Array): Promise<void> {
    const done = this.#turn.then(() => this.#append(Buffer.from(lines).toString("utf8")));
    this.#turn = done.catch(() => {});
    return done;
  }

  async #open(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch(() => "");
    this.#unknownOf(text);
    // A line that a crash cut off is closed, so that it spoils no other.
    if (text !== "" && !text.endsWith("\n")) await appendFile(this.#path, "\n");
  }

  async #append(text: string): Promise<void> {
    const lines = this.#unknownOf(text);
    if (lines.length > 0) await appendFile(this.#path, `${lines.join("\n")}\n`);
  }

  /** The lines that are newer than the newest of their counter; they are known from now on. */
  #unknownOf(text: string): readonly string[] {
    return text.split("\n").filter((each) => {
      const line = readAudienceLine(each);
      if (line === undefined || line.seq <= (this.#newest.get(line.edge) ?? -1)) return false;
      this.#newest.set(line.edge, line.seq);
      return true;
    });
  }
}
