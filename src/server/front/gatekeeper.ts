import { randomInt } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { HeavyHitters, makeRequestBudget, NetworkHash, SilentSockets } from "../../audience/mod.ts";

/** Share of all requests over budget from which one /24 (IPv6: /56) is held to be part of a flood. */
const FLOOD_SHARE = 0.02;
/** Requests over budget from which shares mean anything. */
const FLOOD_LEAST = 200;
/** How long whoever is over budget waits for the answer that says so: a flood that waits for answers is slowed by it. Milliseconds. */
const HOLD_MS = 3_000;
/** Connections held like that at a time; the others are closed at once. */
const MOST_HELD = 2_048;
/** How long a flooding network's new connections are closed unread. Milliseconds. */
const SHUT_OUT_MS = 10_000;
/** Networks shut out at a time at most; a flood from more is no longer told from a crowd. */
const MOST_SHUT_OUT = 256;
/** The answer to whoever is over budget: as short as an answer can be. */
const SHORT_ANSWER = "HTTP/1.1 429 \r\nretry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/** How often half-sent requests are looked for. Milliseconds; with Node's 30 s they would hold their place for half a minute. */
export const SWEEP_MS = 1_000;
/** Headers per request at most. */
const MOST_HEADERS = 64;

/** What the gatekeeper asks of its front. */
export interface GatekeeperOptions {
  readonly addressOf: (request: IncomingMessage) => string;
  /** Whether an address is a proxy of ours: it speaks for many and is never shut out. */
  readonly isProxy: (address: string) => boolean;
  readonly nowMs: () => number;
  /** Whether connections begin with a TLS handshake. */
  readonly secure: boolean;
  /** A connection was accepted. */
  readonly onConnection: () => void;
}

/**
 * Stands before the routes: closes connections that only hold a place, and under pressure turns away networks that ask far more than listening needs.
 * Keeps no address: networks are keyed hashes whose key changes, in tables of fixed size.
 */
export class Gatekeeper {
  readonly networks = new NetworkHash(randomInt(2 ** 32));
  readonly silent: SilentSockets;
  readonly #options: GatekeeperOptions;
  readonly #budget = makeRequestBudget();
  readonly #hitters = new HeavyHitters();
  readonly #shutOut = new Map<number, number>();
  readonly #proven = new WeakMap<Socket, () => void>();
  /** The same for those still shaking hands, by address and port: the socket is another one afterwards. */
  readonly #shaking = new Map<string, () => void>();
  #strict = false;
  #held = 0;
  /** Requests answered with 429 unread, and connections closed before they could ask. */
  turnedBack = 0;
  cutOff = 0;

  constructor(options: GatekeeperOptions) {
    this.#options = options;
    this.silent = new SilentSockets(options.secure);
  }

  /** Takes its place at a server. */
  guard(server: Server): void {
    server.maxHeadersCount = MOST_HEADERS;
    server.prependListener("connection", (socket: Socket) => this.#connection(socket));
  }

  /** Looks at a request before anything else does; true when it was answered. @hot */
  turnsBack(request: IncomingMessage): boolean {
    return this.turnsBackSocket(request.socket, this.#options.addressOf(request));
  }

  /** The same for a request that was read without Node's server. @hot */
  turnsBackSocket(socket: Socket, address: string): boolean {
    if (!this.#isOver(socket, address)) return false;
    if (this.#held >= MOST_HELD) socket.destroy();
    else {
      socket.pause();
      this.#hold(socket, () => socket.end(SHORT_ANSWER, () => socket.destroy()));
    }
    return true;
  }

  /** The same for one stream of an HTTP/2 session; the session's others go on. @hot */
  turnsBackStream(request: IncomingMessage, stream: ServerHttp2Stream): boolean {
    if (!this.#isOver(request.socket, this.#options.addressOf(request))) return false;
    if (this.#held >= MOST_HELD) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    else
      this.#hold(stream, () => {
        if (!stream.destroyed) stream.respond({ ":status": 429, "retry-after": "10" }, { endStream: true });
      });
    return true;
  }

  /** A handshake is done: what was a silent connection goes on as `socket`. */
  secured(socket: TLSSocket): void {
    const leave = this.#shaking.get(peerOf(socket));
    if (leave !== undefined) this.#proven.set(socket, leave);
  }

  /** Somebody was seen flooding in a way that is none of listening: its network weighs in as if it had been turned back. */
  caught(address: string): void {
    if (!this.#options.isProxy(address)) this.#hitters.add(this.networks.of(address)[1] as number);
  }

  /** Credits a network with listening, so that its budget grows. */
  listened(address: string, sessions: number): void {
    this.#budget.listened(this.networks.of(address), sessions);
  }

  /** Once a second: whether budgets hold now. */
  follow(strict: boolean): void {
    this.#strict = strict;
    const now = this.#options.nowMs();
    for (const [network, until] of this.#shutOut) if (until <= now) this.#shutOut.delete(network);
    if (!strict || this.#hitters.total < FLOOD_LEAST) return;
    for (const network of this.#hitters.above(FLOOD_SHARE)) if (this.#shutOut.size < MOST_SHUT_OUT) this.#shutOut.set(network, now + SHUT_OUT_MS);
  }

  /** Once per counting window: what was long ago weighs less. */
  fade(): void {
    this.#budget.fade();
    this.#hitters.fade();
  }

  /** Networks whose connections are closed unread. */
  get shutOut(): number {
    return this.#shutOut.size;
  }

  #isOver(socket: Socket, address: string): boolean {
    this.#proven.get(socket)?.();
    const networks = this.networks.of(address);
    if (!this.#strict || this.#budget.spend(networks, this.#options.nowMs())) return false;
    this.#hitters.add(networks[1] as number);
    this.turnedBack++;
    return true;
  }

  #hold(held: Socket | ServerHttp2Stream, answer: () => void): void {
    this.#held++;
    const timer = setTimeout(answer, HOLD_MS).unref();
    held.once("close", () => {
      clearTimeout(timer);
      this.#held--;
    });
  }

  #connection(socket: Socket): void {
    this.#options.onConnection();
    const address = socket.remoteAddress ?? "";
    if (this.#options.isProxy(address)) return;
    const networks = this.networks.of(address);
    const leave = this.#strict && this.#shutOut.has(networks[1] as number) ? undefined : this.silent.enter(networks);
    if (leave === undefined) {
      this.cutOff++;
      socket.destroy();
      return;
    }
    this.#proven.set(socket, leave);
    socket.once("close", leave);
    if (!this.#options.secure) return;
    const peer = peerOf(socket);
    this.#shaking.set(peer, leave);
    socket.once("close", () => this.#shaking.delete(peer));
  }
}

/** What tells a connection from all others that stand. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
