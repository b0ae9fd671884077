import { open } from "node:fs/promises";

/** Reads a file of lines that only grows, each whole line once. A file that is not there yet has no lines. */
export class GrowingFile {
  readonly #path: string;
  /** Bytes read so far; always the beginning of a line. */
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The lines that were completed since the last call. Rejects with the file system's error. */
  async next(): Promise<string[]> {
    const bytes = await this.#rest();
    const end = bytes.lastIndexOf("\n") + 1;
    this.#read += end;
    return bytes
      .toString("utf8", 0, end)
      .split("\n")
      .filter((line) => line !== "");
  }

  async #rest(): Promise<Buffer> {
    let file: Awaited<ReturnType<typeof open>>;
    try {
      file = await open(this.#path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
      throw error;
    }
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - this.#read));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#read);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
