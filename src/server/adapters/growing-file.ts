import { type FileHandle, open } from "node:fs/promises";

/** Most read at a time. Bytes; a line has 64 KB at most, and a file of many edges' lines hundreds of MB. */
const READ_BYTES = 1024 * 1024;
const NEW_LINE = 0x0a;

/** Reads a file of lines that only grows, each whole line once. A file that is not there yet has no lines. */
export class GrowingFile {
  readonly #path: string;
  /** Bytes read so far; always the beginning of a line. */
  #read = 0;
  #isCut = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether the file ended in the middle of a line when it was last read. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The lines that were completed since the last call. Rejects with the file system's error. */
  async next(): Promise<string[]> {
    const lines: string[] = [];
    await this.each((line) => lines.push(line));
    return lines;
  }

  /** Hands over the lines that were completed since the last call, one by one. Rejects with the file system's error. */
  async each(take: (line: string) => void): Promise<void> {
    let file: FileHandle;
    try {
      file = await open(this.#path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    try {
      await this.#readOn(file, take);
    } finally {
      await file.close();
    }
  }

  async #readOn(file: FileHandle, take: (line: string) => void): Promise<void> {
    const { size } = await file.stat();
    let rest: Buffer = Buffer.alloc(0);
    for (let at = this.#read; at < size; ) {
      const wanted = Math.min(READ_BYTES, size - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(NEW_LINE) + 1;
      rest = bytes.subarray(end);
      this.#read += end;
      for (const line of bytes.toString("utf8", 0, end).split("\n")) if (line !== "") take(line);
    }
    this.#isCut = rest.length > 0;
  }
}
