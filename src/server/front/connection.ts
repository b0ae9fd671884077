import type { Socket } from "node:net";
import type { Caller, CountedStream, StreamSink } from "../../audience/mod.ts";
import type { HeadFields } from "./request-head.ts";

/** Where a socket's connection is found, so that all sockets share the same few handlers. */
const CONNECTION = Symbol("connection");

/** What somebody may ask in advance while an answer is waited for. Bytes; a hundred requests, and no way to fill the memory. */
const MAX_PENDING_BYTES = 64 * 1024;

/** A socket that belongs to the fast lane. */
export type LaneSocket = Socket & { [CONNECTION]?: Connection };

/** What a connection tells the lane it is in. */
export interface Lane {
  /** Bytes came in. */
  onData(connection: Connection): void;
  /** The connection is gone. */
  onGone(connection: Connection): void;
  /** Bytes of answers go out. */
  onBytes(length: number): void;
}

/** One listener's connection while the fast lane has it; small, because a full house has many thousands. */
export class Connection implements StreamSink {
  readonly socket: Socket;
  readonly #lane: Lane;
  /** Bytes received and not yet read as a request. */
  pending: Buffer | undefined;
  /** Whether an answer is being waited for. */
  busy = false;
  /** Steady clock of the last thing that happened. Milliseconds. */
  activeAt: number;
  /** Called when the listener leaves; set once this is a stream. */
  leave: (() => void) | undefined;
  /** Where its listening is counted; set once this is a stream. */
  counted: CountedStream | undefined;
  /** Who asked last here: mostly the same one again. */
  caller: Caller | undefined;
  /** The head `caller` was read from, where nothing else went into it. */
  callerFields: HeadFields | undefined;
  /** What the last request's head said beside its first line. */
  fields: HeadFields | undefined;
  /** Withdraws the question that is waited for. */
  forget: (() => void) | undefined;
  /** Whether the socket still belongs to the lane. */
  here = true;

  constructor(socket: LaneSocket, lane: Lane, nowMs: number) {
    this.socket = socket;
    this.#lane = lane;
    this.activeAt = nowMs;
    socket[CONNECTION] = this;
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("close", onClose);
    socket.on("error", onError);
  }

  /** @hot */
  write(bytes: Uint8Array, from: number, to: number): void {
    this.send(bytes);
    this.counted?.wrote(from, to, bytes.length);
  }

  /** Writes what is no audio, or is counted elsewhere. @hot */
  send(bytes: Uint8Array): void {
    this.#lane.onBytes(bytes.length);
    this.socket.write(bytes);
  }

  together(act: () => void): void {
    this.socket.cork();
    act();
    this.socket.uncork();
  }

  get backlog(): number {
    return this.socket.writableLength;
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Gives the socket back as it came, with the bytes not yet read in front. */
  release(): Socket {
    const { socket } = this;
    this.here = false;
    socket.off("data", onData);
    socket.off("end", onEnd);
    socket.off("close", onClose);
    socket.off("error", onError);
    delete (socket as LaneSocket)[CONNECTION];
    if (this.pending !== undefined) socket.unshift(this.pending);
    this.pending = undefined;
    return socket;
  }

  /** @hot */
  receive(bytes: Buffer): void {
    // Who listens has nothing more to say.
    if (this.leave !== undefined) return;
    this.pending = this.pending === undefined ? bytes : Buffer.concat([this.pending, bytes]);
    if (this.busy && this.pending.length > MAX_PENDING_BYTES) return this.destroy();
    this.#lane.onData(this);
  }

  gone(): void {
    this.here = false;
    this.forget?.();
    this.leave?.();
    this.#lane.onGone(this);
  }
}

function onData(this: LaneSocket, bytes: Buffer): void {
  this[CONNECTION]?.receive(bytes);
}

function onEnd(this: LaneSocket): void {
  // Who closes its side while it waits or listens has left: that is how browsers hang up.
  if (this[CONNECTION]?.busy === true) this.destroy();
  else this.end();
}

function onClose(this: LaneSocket): void {
  this[CONNECTION]?.gone();
}

/** Lines break all the time; `close` follows and does what is to be done. */
function onError(): void {}
