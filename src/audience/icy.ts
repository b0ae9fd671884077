import { type Part, readChunk } from "../programme/mod.ts";
import { METADATA_SCHEME, openMicrophones, type TimedMetadata } from "../wire/timed-metadata.ts";
import type { StreamSink } from "./endless.ts";
import type { EndlessKind } from "./endless-form.ts";

/** Audio between two blocks. Bytes; Icecast's own, which every radio has met: two seconds of 64 kbit/s. */
export const ICY_INTERVAL_BYTES = 16_000;
/** A block's length is told in units of so many bytes. */
const UNIT_BYTES = 16;
/** Longest line. Bytes of UTF-8; displays show far less, and a block could tell 4,080 with what stands around it. */
const LINE_BYTES = 400;
/** "Nothing new": what most blocks are. */
const NOTHING = new Uint8Array(1);

/** Whether a stream can tell by itself what is on: bare frames can, whatever has a container must not. */
export function takesIcy(kind: EndlessKind): boolean {
  return kind === "mp3" || kind === "aac";
}

/** Who may be speaking and what this is, as the one block all radios get; made anew when it is another. */
export class IcyLine {
  #speakers: readonly string[] = [];
  #title: string;
  #line = "";
  #block: Uint8Array = NOTHING;

  /** `title`: what it is called until the sound says it. */
  constructor(title: string) {
    this.#title = title;
    this.#make();
  }

  /** The newest block; the same bytes until it changes. */
  get block(): Uint8Array {
    return this.#block;
  }

  /** Learns from what rides with a part of a CMAF rendition. */
  take(part: Part): void {
    const chunk = readChunk(part.data);
    const own = chunk.ok ? chunk.metadata.find(({ scheme }) => scheme === METADATA_SCHEME) : undefined;
    if (own === undefined) return;
    const { s, t } = readMetadata(own.message);
    if (s === undefined && t === undefined) return;
    if (s !== undefined) this.#speakers = openMicrophones(s);
    if (t !== undefined) this.#title = t;
    this.#make();
  }

  #make(): void {
    const line = [this.#speakers.join(", "), this.#title].filter((text) => text !== "").join(" – ");
    if (line === this.#line) return;
    this.#line = line;
    this.#block = icyBlock(line);
  }
}

/** Never throws: a stage of another version must not stop the sound. */
function readMetadata(message: Uint8Array): TimedMetadata {
  try {
    return (JSON.parse(new TextDecoder().decode(message)) ?? {}) as TimedMetadata;
  } catch {
    return {};
  }
}

/** `StreamTitle` as a block: its length in units, the text, zeros up to the unit. What would end the text early is told by its printed sister. */
export function icyBlock(title: string): Uint8Array {
  const line = Buffer.from(title.replace(/\p{Cc}+/gu, " ").replaceAll("'", "’"), "utf8");
  let end = Math.min(line.length, LINE_BYTES);
  // Not in the middle of a character.
  while (end < line.length && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  const text = Buffer.concat([Buffer.from("StreamTitle='"), line.subarray(0, end), Buffer.from("';")]);
  const units = Math.ceil(text.length / UNIT_BYTES);
  const block = Buffer.alloc(1 + units * UNIT_BYTES);
  block[0] = units;
  text.copy(block, 1);
  return block;
}

/** A connection that asked to be told what is on: passes everything on and puts a block after every {@link ICY_INTERVAL_BYTES} of it. */
export class IcySink implements StreamSink {
  readonly #inner: StreamSink;
  readonly #line: IcyLine;
  /** Audio until the next block. Bytes. */
  #left = ICY_INTERVAL_BYTES;
  #told: Uint8Array = NOTHING;

  constructor(inner: StreamSink, line: IcyLine) {
    this.#inner = inner;
    this.#line = line;
  }

  get backlog(): number {
    return this.#inner.backlog;
  }

  /** @hot */
  write(bytes: Uint8Array, from: number, to: number): void {
    if (bytes.length < this.#left) {
      this.#left -= bytes.length;
      return this.#inner.write(bytes, from, to);
    }
    const inner = this.#inner;
    inner.together(() => {
      let at = this.#left;
      // The audio's time goes with the first piece; the rest brings bytes alone.
      inner.write(bytes.subarray(0, at), from, to);
      for (;;) {
        inner.write(this.#next(), to, to);
        const end = Math.min(bytes.length, at + ICY_INTERVAL_BYTES);
        if (end > at) inner.write(bytes.subarray(at, end), to, to);
        this.#left = at + ICY_INTERVAL_BYTES - end;
        if (this.#left > 0) return;
        at = end;
      }
    });
  }

  together(act: () => void): void {
    this.#inner.together(act);
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }

  #next(): Uint8Array {
    const { block } = this.#line;
    if (block === this.#told) return NOTHING;
    this.#told = block;
    return block;
  }
}
