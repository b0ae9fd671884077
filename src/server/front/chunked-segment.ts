import type { ServerResponse } from "node:http";
import { type SegmentSink, TYPES } from "../../audience/mod.ts";
import { EarshotError } from "../../core/errors.ts";
import type { CmafRendition } from "../../programme/mod.ts";
import { problem } from "../../wire/problem.ts";
import { answerFields, httpDate } from "./answer-head.ts";
import type { Connection } from "./connection.ts";
import type { ServedEvent } from "./event-desk.ts";
import { problemFields, readyProblem } from "./shared-answers.ts";

/** What caches are told of a segment that is still being made: the same as of the whole one, for it is the same. */
const FIELDS = answerFields({ status: 200, type: TYPES.mp4, body: "", maxAge: 3_600, immutable: true }, 0);
delete FIELDS["content-length"];
const HEAD = Object.entries({ ...FIELDS, "transfer-encoding": "chunked" })
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** Each part's bytes as one chunk of HTTP, made once for all who follow. */
const frames = new WeakMap<Uint8Array, Buffer>();

/** A segment that can be followed while it is made. */
export interface FollowedSegment {
  readonly rendition: CmafRendition;
  readonly number: number;
}

/** The segment a path asks for, when it is one to be followed while it is made. */
export function readFollowed(path: string, served: ServedEvent): FollowedSegment | undefined {
  const match = /^(opus|aac|low)\/stream-(\d{1,12})\.m4s$/.exec(path);
  if (match === null) return undefined;
  const rendition = match[1] as CmafRendition;
  const number = Number(match[2]);
  return served.segments.canFollow(rendition, number) ? { rendition, number } : undefined;
}

/** A segment on its way over a connection of the fast lane. @spec RFC 9112 §7.1 */
export class ChunkedSegment implements SegmentSink {
  readonly #connection: Connection;
  readonly #options: { readonly now: () => number; readonly onWhole: (bytes: number) => void };
  #bytes = 0;

  constructor(connection: Connection, options: { readonly now: () => number; readonly onWhole: (bytes: number) => void }) {
    this.#connection = connection;
    this.#options = options;
  }

  get backlog(): number {
    return this.#connection.backlog;
  }

  /** @hot */
  write(bytes: Uint8Array): void {
    if (this.#bytes === 0)
      this.#connection.send(Buffer.from(`HTTP/1.1 200 OK\r\ndate: ${httpDate(Math.floor(this.#options.now() / 1000))}\r\n${HEAD}\r\n`, "latin1"));
    this.#bytes += bytes.length;
    this.#connection.send(frameOf(bytes));
  }

  finish(): void {
    this.#connection.send(LAST_CHUNK);
    this.#options.onWhole(this.#bytes);
  }

  fail(): void {
    if (this.#bytes === 0) {
      this.#connection.send(readyProblem(new EarshotError("stage-starting"), { connection: "close" }).bytes(Math.floor(this.#options.now() / 1000)));
      this.#connection.end();
      // Without its last chunk no cache takes it for whole.
    } else this.#connection.destroy();
  }
}

/** The same over Node's own server; `onWhole` is told its bytes once the last has left. */
export function followSegment(
  response: ServerResponse,
  served: ServedEvent,
  { rendition, number }: FollowedSegment,
  onWhole: (bytes: number) => void = () => {},
): void {
  let sent = 0;
  const sink: SegmentSink = {
    get backlog() {
      return response.writableLength;
    },
    write: (bytes) => {
      if (!response.headersSent) response.writeHead(200, FIELDS);
      sent += bytes.length;
      response.write(bytes);
    },
    finish: () => response.end(() => onWhole(sent)),
    fail: () => {
      if (response.headersSent) return void response.destroy();
      const error = new EarshotError("stage-starting");
      const { status, headers, body } = problem(error);
      response.writeHead(status, { ...headers, ...problemFields(error) }).end(body);
    },
  };
  response.once("close", served.segments.open(rendition, number, sink));
}

function frameOf(bytes: Uint8Array): Buffer {
  let frame = frames.get(bytes);
  if (frame === undefined) {
    frame = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
    frames.set(bytes, frame);
  }
  return frame;
}
