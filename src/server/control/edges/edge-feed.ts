import type { ServerResponse } from "node:http";
import type { Log } from "../../../core/log.ts";
import { EDGE_FRAME, type EdgeFile, type EdgeHello } from "../../../wire/edge.ts";
import { encodeFrame } from "../../../wire/frames.ts";
import type { Sight } from "./house-sight.ts";

/** Bytes an edge may leave unread before it is cut off. 8 MiB: a thousand times what a change takes; such a reader is gone. */
const SLOW_READER_BYTES = 8 * 1024 * 1024;
/** Bytes an edge may leave unread while it is still told of earlier windows; the rest follows when it has read. Two blocks of lines fit under the limit above. */
const CATCH_UP_BYTES = 4 * 1024 * 1024;

const BEAT = encodeFrame(EDGE_FRAME.beat, {});

/** One edge's feed, and what it has been told so far. */
export class EdgeFeed {
  readonly #name: string;
  readonly #response: ServerResponse;
  readonly #log: Log;
  /** Version of each file that it was told last. */
  readonly #versions = new Map<string, number>();
  /** Bytes of each file of lines that it was told. */
  readonly #offsets = new Map<string, number>();
  #stages = "";

  /** `response`: begun; {@link end} closes it. */
  constructor({ name, response, log }: { readonly name: string; readonly response: ServerResponse; readonly log: Log }) {
    this.#name = name;
    this.#response = response;
    this.#log = log;
  }

  greet(hello: EdgeHello): void {
    this.#write(encodeFrame(EDGE_FRAME.hello, hello));
  }

  beat(): void {
    this.#write(BEAT);
  }

  /** Tells what it does not know yet: files first, then the stages that need them, then what others counted. */
  async update(sight: Sight): Promise<void> {
    for (const [path, file] of sight.files) {
      if (file?.version === this.#versions.get(path)) continue;
      if (file === undefined) this.#versions.delete(path);
      else this.#versions.set(path, file.version);
      this.#write(file?.frame ?? encodeFrame(EDGE_FRAME.gone, { path } satisfies EdgeFile));
    }
    if (sight.stages !== undefined && sight.stages.text !== this.#stages) {
      this.#stages = sight.stages.text;
      this.#write(sight.stages.frame);
    }
    for (const { eventId, path } of sight.lines) await this.#tellLines(sight, eventId, path);
  }

  /** Ends the feed at once: a connection whose other end is gone would never take an end in order. */
  end(): void {
    this.#response.destroy();
  }

  async #tellLines(sight: Sight, eventId: string, path: string): Promise<void> {
    while (!this.#response.destroyed && this.#response.writableLength < CATCH_UP_BYTES) {
      const from = this.#offsets.get(path) ?? 0;
      const { next, frame } = await sight.readLines(eventId, path, { from, without: this.#name });
      if (next === from) return;
      this.#offsets.set(path, next);
      if (frame !== undefined) this.#write(frame);
    }
  }

  #write(frame: Uint8Array): void {
    if (this.#response.destroyed) return;
    if (this.#response.writableLength > SLOW_READER_BYTES) {
      this.#log.warn("an edge does not read; it is cut off", { edge: this.#name });
      return this.end();
    }
    this.#response.write(frame);
  }
}
