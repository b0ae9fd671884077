import { open } from "node:fs/promises";
import { join } from "node:path";
import { readAudienceLine } from "../../../audience/mod.ts";
import { EDGE_FRAME, type EdgeOthers } from "../../../wire/edge.ts";
import { encodeFrame } from "../../../wire/frames.ts";
import { counterOf } from "./edge-line.ts";

/** Most read of a file at a time. Bytes; a line is about 400, with the estimate of uniques up to 12 KB. */
const BLOCK_BYTES = 1024 * 1024;

/** What followed in a file of lines. */
export interface NewLines {
  /** Where to read on. Bytes. */
  readonly next: number;
  /** The lines as a `counts` frame; undefined when none is for the reader. */
  readonly frame: Uint8Array | undefined;
}

interface Block {
  readonly next: number;
  /** `by`: the edge that counted, "" for this house. */
  readonly lines: readonly { readonly by: string; readonly text: string }[];
}

/** The lines of events' counts during one look: what several edges need is read and packed once. */
export class CountLines {
  readonly #dataFolder: string;
  readonly #blocks = new Map<string, Promise<Block>>();
  readonly #frames = new Map<string, Uint8Array>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** Whole lines of a file from a place on, without those that one edge counted itself. `from`: a place a line begins at. */
  async read(eventId: string, path: string, { from, without }: { readonly from: number; readonly without: string }): Promise<NewLines> {
    const place = `${path} ${from}`;
    let block = this.#blocks.get(place);
    if (block === undefined) {
      block = readBlock(join(this.#dataFolder, path), from);
      this.#blocks.set(place, block);
    }
    const { next, lines } = await block;
    const others = lines.filter(({ by }) => by !== without);
    if (others.length === 0) return { next, frame: undefined };
    // Who has no line here gets what everybody else without one gets.
    const key = `${place} ${others.length === lines.length ? "" : without}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = encodeFrame(EDGE_FRAME.counts, { eventId } satisfies EdgeOthers, Buffer.from(others.map(({ text }) => `${text}\n`).join("")));
      this.#frames.set(key, frame);
    }
    return { next, frame };
  }
}

async function readBlock(path: string, from: number): Promise<Block> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { next: from, lines: [] };
    throw cause;
  }
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(BLOCK_BYTES, Math.max(0, size - from)));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
    const lines = bytes
      .toString("utf8", 0, end)
      .split("\n")
      .flatMap((text) => {
        const line = readAudienceLine(text);
        return line === undefined ? [] : [{ by: counterOf(line), text }];
      });
    return { next: from + end, lines };
  } finally {
    await file.close();
  }
}
