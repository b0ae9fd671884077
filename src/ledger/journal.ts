import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./durable.ts";
import { readEntry } from "./verify/entry.ts";

const NEWLINE = 0x0a;

/** The entries as they came, one line each, in one file that only grows; tiles can always be made from it again. */
export class Journal {
  readonly #file: FileHandle;
  #end: number;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Opens or makes the file, cuts a torn end off, and hands over what it holds. Lines are judged by the caller. */
  static async open(path: string): Promise<{ readonly journal: Journal; readonly lines: Uint8Array[] }> {
    const file = await open(path, "a+").then(async (made) => {
      await made.close();
      await syncFolder(dirname(path));
      return await open(path, "r+");
    });
    const content = await file.readFile();
    const lines: Uint8Array[] = [];
    let end = 0;
    for (let next = content.indexOf(NEWLINE); next >= 0; next = content.indexOf(NEWLINE, end)) {
      lines.push(content.subarray(end, next));
      end = next + 1;
    }
    return { journal: new Journal(file, end), lines };
  }

  /** Number of leading lines that are entries; a power cut can leave anything after them. */
  static countSound(lines: readonly Uint8Array[]): number {
    const broken = lines.findIndex((line) => !readEntry(line).ok);
    return broken < 0 ? lines.length : broken;
  }

  /** Makes the file hold exactly these lines, on the disk. */
  async replace(lines: readonly Uint8Array[]): Promise<void> {
    await this.#file.truncate(0);
    this.#end = 0;
    await this.append(lines);
  }

  /** Cuts everything after the first `count` of these lines. */
  async cut(lines: readonly Uint8Array[], count: number): Promise<void> {
    this.#end = lines.slice(0, count).reduce((sum, line) => sum + line.length + 1, 0);
    await this.#file.truncate(this.#end);
    await this.#file.datasync();
  }

  /** Writes lines and waits until the disk has them. After a rejection nothing of them counts as written. */
  async append(lines: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(lines.flatMap((line) => [line, Uint8Array.of(NEWLINE)]));
    let at = 0;
    while (at < bytes.length) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#end + at);
      if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
      at += bytesWritten;
    }
    await this.#file.datasync();
    this.#end += bytes.length;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }
}
