import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { steadyMs } from "./orders.ts";

/** Where all sockets of this process read into: what they read is counted, not kept. */
const BUFFER = Buffer.allocUnsafe(64 * 1024);
const HEAD_END = Buffer.from("\r\n\r\n");

/** What all listeners of a process add to. */
export interface Counts {
  open: number;
  failed: number;
  bytes: number;
  reads: number;
  answers: number;
  otherStatus: number;
  answeredAt: number[];
}

/** One connection that asks and counts what comes. Bodies end by content-length; one without it is a stream that never ends. */
export class Listener {
  readonly #socket: Socket;
  readonly #counts: Counts;
  readonly #secure: boolean;
  readonly #startedAt = steadyMs();
  #head = "";
  #inBody = false;
  #remaining = 0;
  #gone = false;
  #connected = false;
  #lastReadAt = 0;
  /** From the start of connecting to the first byte of a body. Milliseconds; 0 = none yet. */
  firstByteMs = 0;
  /** Longest pause between two reads. Milliseconds. */
  longestGapMs = 0;
  /** Whether an answer is on its way. */
  busy = false;
  /** Called with the body of each whole answer; undefined where nobody wants it. */
  onBody: ((body: string) => void) | undefined;
  #body = "";

  constructor(options: {
    readonly port: number;
    readonly localAddress: string;
    readonly counts: Counts;
    readonly path: string | undefined;
    readonly secure: boolean;
  }) {
    const { port, localAddress, counts, path, secure } = options;
    this.#counts = counts;
    this.#secure = secure;
    const to = { port, host: "127.0.0.1", localAddress };
    if (secure) {
      this.#socket = connectTls({ ...to, rejectUnauthorized: false });
      this.#socket.on("data", (bytes: Buffer) => {
        // Longer pieces than the buffer do not come: a TLS record has at most 16 KB.
        this.#read(bytes.copy(BUFFER));
      });
    } else {
      const callback = (length: number) => {
        this.#read(length);
        return true;
      };
      this.#socket = connect({ ...to, noDelay: true, onread: { buffer: BUFFER, callback } });
    }
    this.#socket.once(secure ? "secureConnect" : "connect", () => {
      if (this.#gone) return;
      this.#connected = true;
      counts.open++;
      if (path !== undefined) this.ask(path);
    });
    this.#socket.on("error", () => this.#lose());
    this.#socket.on("close", () => this.#lose());
  }

  /** Sends a request; the one before it must be answered. */
  ask(path: string): void {
    this.busy = true;
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\nAccept-Encoding: gzip\r\n\r\n`);
  }

  /** Lets go without a farewell, so that no port is left waiting. */
  close(): void {
    this.#gone = true;
    if (this.#secure) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** @hot */
  #read(length: number): void {
    const counts = this.#counts;
    const now = steadyMs();
    counts.reads++;
    counts.bytes += length;
    if (this.#lastReadAt > 0 && now - this.#lastReadAt > this.longestGapMs) this.longestGapMs = now - this.#lastReadAt;
    this.#lastReadAt = now;
    let at = 0;
    while (at < length) {
      if (!this.#inBody) {
        const end = this.#head === "" ? BUFFER.subarray(0, length).indexOf(HEAD_END, at) : -1;
        if (end >= 0) {
          this.#begin(BUFFER.toString("latin1", at, end));
          at = end + 4;
        } else {
          // A head in pieces is rare: it is put together as text.
          this.#head += BUFFER.toString("latin1", at, length);
          const whole = this.#head.indexOf("\r\n\r\n");
          if (whole < 0) return;
          at = length - (this.#head.length - whole - 4);
          this.#begin(this.#head.slice(0, whole));
          this.#head = "";
        }
        if (at === length && this.#remaining > 0) return;
      }
      if (this.firstByteMs === 0) this.firstByteMs = now - this.#startedAt;
      const take = Math.min(this.#remaining, length - at);
      if (this.onBody !== undefined) this.#body += BUFFER.toString("latin1", at, at + take);
      this.#remaining -= take;
      at += take;
      if (this.#remaining === 0) {
        this.#inBody = false;
        this.busy = false;
        counts.answers++;
        if (counts.answeredAt.length < 100_000) counts.answeredAt.push(now);
        const body = this.#body;
        this.#body = "";
        this.onBody?.(body);
      }
    }
  }

  #begin(head: string): void {
    if (head.slice(9, 12) !== "200") this.#counts.otherStatus++;
    const declared = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#remaining = declared === undefined ? Number.POSITIVE_INFINITY : Number(declared);
    this.#inBody = true;
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#counts.failed++;
    if (this.#connected) this.#counts.open--;
    this.#socket.destroy();
  }
}
