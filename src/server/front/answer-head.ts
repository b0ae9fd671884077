import { STATUS_CODES } from "node:http";
import type { Answer } from "../../audience/mod.ts";
import type { MediaSpan } from "./audience-meter.ts";

/** Length of a date as HTTP writes it. Characters. @spec RFC 9110 §5.6.7 */
const DATE_LENGTH = 29;

/** The fields of an answer that can be shared; `length` is the body's. Bytes. */
export function answerFields(answer: Answer, length: number): Record<string, string | number> {
  return {
    "content-type": answer.type,
    "content-length": length,
    "cache-control": answer.maxAge === 0 ? "no-store" : `public, max-age=${answer.maxAge}${answer.immutable === true ? ", immutable" : ""}`,
    "access-control-allow-origin": "*",
    ...(answer.etag === undefined ? {} : { etag: answer.etag }),
    // Without it a cache would hand the packed list to a player that cannot unpack it.
    ...(answer.gzip === undefined ? {} : { vary: "accept-encoding" }),
    ...(answer.gzip === true ? { "content-encoding": "gzip" } : {}),
  };
}

/** A whole answer as the bytes on the wire, for everyone who asks the same. */
export class ReadyAnswer {
  readonly status: number;
  readonly bodyLength: number;
  /** What it means to have been given this. Undefined for what is no audio. */
  readonly span: MediaSpan | undefined;
  readonly #bytes: Buffer;
  readonly #dateAt: number;
  readonly #headLength: number;
  #dated = 0;

  constructor(status: number, fields: Readonly<Record<string, string | number>>, body: Uint8Array, span?: MediaSpan) {
    this.span = span;
    this.status = status;
    this.bodyLength = body.length;
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ndate: `;
    const head = Buffer.from(`${start}${" ".repeat(DATE_LENGTH)}\r\n${lines.join("")}\r\n`, "latin1");
    this.#bytes = Buffer.concat([head, body]);
    this.#dateAt = start.length;
    this.#headLength = head.length;
  }

  /** The bytes with the present date; the same buffer every time. `seconds` is Unix time. @hot */
  bytes(seconds: number): Buffer {
    if (seconds !== this.#dated) {
      this.#dated = seconds;
      this.#bytes.write(httpDate(seconds), this.#dateAt, "latin1");
    }
    return this.#bytes;
  }

  /** These bytes with one more field, for one listener alone. */
  withField(bytes: Buffer, name: string, value: string): Buffer {
    const at = this.#headLength - 2;
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(`${name}: ${value}\r\n`, "latin1"), bytes.subarray(at)]);
  }
}

let dateSeconds = -1;
let dateText = "";

/** A second of Unix time as HTTP writes it; made once per second. */
export function httpDate(seconds: number): string {
  if (seconds !== dateSeconds) {
    dateSeconds = seconds;
    dateText = new Date(seconds * 1000).toUTCString();
  }
  return dateText;
}
