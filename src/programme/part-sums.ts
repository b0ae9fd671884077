import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { readRange, writeAll } from "./archive-file.ts";

const LINE = /^(\d{1,15}) (\d{1,10}) (\d{1,10})$/;

/** Sums of the parts of one archive file: what tells a part that reached the disk whole from one whose place did, with zeros or another file's bytes in it. Calls must not overlap. */
export class PartSums {
  readonly #file: FileHandle;
  /** Length and CRC-32 by offset. */
  readonly #known: ReadonlyMap<number, { readonly length: number; readonly sum: number }>;
  /** Whether the file was there before: archives of earlier versions have none. */
  readonly #strict: boolean;
  #end: number;

  private constructor(file: FileHandle, text: string, size: number) {
    this.#file = file;
    this.#strict = size > 0;
    // A torn last line ends here; of two lines for a place the later one holds, because what was cut is written anew.
    this.#end = size;
    this.#known = new Map(
      text.split("\n").flatMap((line) => {
        const [, offset, length, sum] = LINE.exec(line) ?? [];
        return offset === undefined ? [] : [[Number(offset), { length: Number(length), sum: Number(sum) }] as const];
      }),
    );
  }

  /** Reads what a run before this one noted. */
  static async open(file: FileHandle): Promise<PartSums> {
    const { size } = await file.stat();
    return new PartSums(file, new TextDecoder("latin1").decode(await readRange(file, 0, size)), size);
  }

  /** Whether the bytes at this offset are what was to be written there. */
  confirms(offset: number, data: Uint8Array): boolean {
    if (!this.#strict) return true;
    const known = this.#known.get(offset);
    return known !== undefined && known.length === data.length && known.sum === crc32(data);
  }

  /** Notes a part before it is written: a part without its sum would be given up, a sum without its part harms nothing. Rejects with the file system's error. */
  async note(offset: number, data: Uint8Array): Promise<void> {
    const line = Buffer.from(`\n${offset} ${data.length} ${crc32(data)}\n`);
    await writeAll(this.#file, line, this.#end);
    this.#end += line.length;
  }
}
