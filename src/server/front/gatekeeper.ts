import { randomInt } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  type Caller,
  HeavyHitters,
  makeListenerBudget,
  makeRequestBudget,
  makeResetBudget,
  NetworkHash,
  type PressureReadings,
  SilentSockets,
} from "../../audience/mod.ts";
import type { EarshotError } from "../../core/errors.ts";
import { problem } from "../../wire/problem.ts";
import { FloodWatch } from "./flood-watch.ts";
import { readyProblem } from "./shared-answers.ts";

/** Share of all requests over budget from which one /24 (IPv6: /56) is held to be part of a flood. */
const FLOOD_SHARE = 0.02;
/** Requests over budget from which shares mean anything. */
const FLOOD_LEAST = 200;
/** How long whoever is over budget waits for the answer that says so: a flood that waits for answers is slowed by it. Milliseconds. */
const HOLD_MS = 3_000;
/** Connections held like that at a time; the others are closed at once. */
const MOST_HELD = 2_048;
/** How long a flooding network's new connections are kept unread, and closed. Milliseconds. */
const SHUT_OUT_MS = 10_000;
/** Networks shut out at a time at most; a flood from more is no longer told from a crowd. */
const MOST_SHUT_OUT = 256;
/** When whoever is over budget may ask again, and at most how much later, by lot. Seconds; a browser that shows the answer as a page does so by itself. */
const AGAIN_SECONDS = 10;
const AGAIN_SPREAD_SECONDS = 10;
const AGAIN_WORDS =
  "Too much is asked from your network at this moment. This page tries again by itself.\n" +
  "Aus Ihrem Netz wird gerade zu viel gefragt. Diese Seite versucht es von selbst wieder.\n";
/** What the answer to whoever is over budget says of itself, for each time at which to ask again: one of them is drawn each time. */
const AGAIN_FIELDS = Array.from({ length: AGAIN_SPREAD_SECONDS + 1 }, (_, more) => ({
  "retry-after": `${AGAIN_SECONDS + more}`,
  refresh: `${AGAIN_SECONDS + more}`,
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
}));
/** Addresses of this machine. */
const HERE: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);
/** The answers to whoever is over budget as the bytes on the wire. */
const SHORT_ANSWERS = AGAIN_FIELDS.map(
  (fields) =>
    `HTTP/1.1 429 Too Many Requests\r\n${Object.entries({ ...fields, "content-length": AGAIN_WORDS.length, connection: "close" })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n${AGAIN_WORDS}`,
);
/** How often half-sent requests are looked for. Milliseconds; with Node's 30 s they would hold their place for half a minute. */
export const SWEEP_MS = 1_000;
/** Headers per request at most. */
const MOST_HEADERS = 64;

/** Somebody who asks for something. */
export interface Asking {
  readonly address: string;
  /** Path and query. */
  readonly target: string;
  /** Who it is; made only where it matters. */
  readonly caller: () => Caller;
}

/** What the gatekeeper asks of its front. */
export interface GatekeeperOptions {
  readonly asking: (request: IncomingMessage) => Asking;
  /** Whether somebody is in already, or brings what a door gave out: a pass, a ticket, a task that was done. */
  readonly vouches: (asking: Asking) => boolean;
  /** What somebody at a door may do instead of asking again later; undefined where there is nothing. */
  readonly offer: (asking: Asking) => EarshotError | undefined;
  /** Whether an address is a proxy of ours: it speaks for many and is never shut out. */
  readonly isProxy: (address: string) => boolean;
  readonly nowMs: () => number;
  /** Key of the networks' hashes. Absent: made here. */
  readonly networkKey?: number;
  /** Whether connections begin with a TLS handshake. */
  readonly secure: boolean;
  /** A connection was accepted. */
  readonly onConnection: () => void;
}

/**
 * Stands before the routes: closes connections that only hold a place, and under pressure turns away networks that ask far more than listening needs.
 * Keeps no address: networks are keyed hashes whose key dies with the house's processes, in tables of fixed size.
 */
export class Gatekeeper {
  readonly networks: NetworkHash;
  readonly silent: SilentSockets;
  readonly #options: GatekeeperOptions;
  /** Of requests; what is listened in a network is credited here for all its budgets. */
  readonly budget = makeRequestBudget();
  /** Of those who are in, or bring what a door gave out. */
  readonly #listeners = makeListenerBudget(this.budget);
  /** Of streams that are taken back before their answer is whole, over all sessions of a network. */
  readonly #resets = makeResetBudget(this.budget);
  readonly #watch = new FloodWatch();
  readonly #hitters = new HeavyHitters();
  readonly #shutOut = new Map<number, number>();
  readonly #proven = new WeakMap<Socket, () => void>();
  /** The same for those still shaking hands, by address and port: the socket is another one afterwards. */
  readonly #shaking = new Map<string, () => void>();
  /** Sockets that are kept unread. */
  readonly #unread = new WeakSet<Socket>();
  /** Whether budgets hold for everybody; whether they hold for those who are part of a flood. */
  #gated = false;
  #strict = false;
  #held = 0;
  /** Requests answered with 429 unread, and connections closed before they could ask. */
  turnedBack = 0;
  cutOff = 0;

  constructor(options: GatekeeperOptions) {
    this.#options = options;
    this.networks = new NetworkHash(options.networkKey ?? randomInt(2 ** 32));
    this.silent = new SilentSockets(options.secure);
  }

  /** Takes its place at a server. */
  guard(server: Server): void {
    server.maxHeadersCount = MOST_HEADERS;
    server.prependListener("connection", (socket: Socket) => this.#connection(socket));
  }

  /** Looks at a request before anything else does; true when it was answered. @hot */
  turnsBack(request: IncomingMessage): boolean {
    return this.turnsBackSocket(request.socket, this.#options.asking(request));
  }

  /** The same for a request that was read without Node's server. @hot */
  turnsBackSocket(socket: Socket, asking: Asking): boolean {
    if (!this.#isOver(socket, asking)) return false;
    if (this.#held >= MOST_HELD) socket.destroy();
    else {
      socket.pause();
      this.#hold(socket, () => socket.end(this.#answer(asking), () => socket.destroy()));
    }
    return true;
  }

  /** The same for one stream of an HTTP/2 session; the session's others go on. @hot */
  turnsBackStream(request: IncomingMessage, stream: ServerHttp2Stream): boolean {
    const asking = this.#options.asking(request);
    if (!this.#isOver(request.socket, asking)) return false;
    if (this.#held >= MOST_HELD) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    else
      this.#hold(stream, () => {
        if (stream.destroyed) return;
        const offer = this.#options.offer(asking);
        const { status, headers, body } = offer === undefined ? { status: 429, headers: drawn(AGAIN_FIELDS), body: AGAIN_WORDS } : problem(offer);
        stream.respond({ ":status": status, ...headers });
        stream.end(body);
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

  /** Counts an HTTP/2 stream that was taken back; false when it was one too many for its network, however many sessions it makes. @hot */
  allowsReset(address: string): boolean {
    return this.#options.isProxy(address) || this.#resets.spend(this.networks.of(address), this.#options.nowMs());
  }

  /** Whether a connection is kept unread and is nobody else's business. */
  keeps(socket: Socket): boolean {
    return this.#unread.has(socket);
  }

  /** Credits a network with listening, so that its budgets grow. */
  listened(address: string, sessions: number): void {
    this.budget.listened(this.networks.of(address), sessions);
  }

  /** Whether a flood is being held off while there is still room. */
  get flooded(): boolean {
    return this.#watch.flooded;
  }

  /** Once a second: whether budgets hold for everybody, and what the second was like. */
  follow(gated: boolean, readings: Pick<PressureReadings, "loopBusy" | "loopWaitMs">): void {
    this.#watch.follow(readings);
    this.#gated = gated;
    this.#strict = gated || this.#watch.flooded;
    const now = this.#options.nowMs();
    for (const [network, until] of this.#shutOut) if (until <= now) this.#shutOut.delete(network);
    if (!this.#strict || this.#hitters.total < FLOOD_LEAST) return;
    for (const network of this.#hitters.above(FLOOD_SHARE)) if (this.#shutOut.size < MOST_SHUT_OUT) this.#shutOut.set(network, now + SHUT_OUT_MS);
  }

  /** Once per counting window: what was long ago weighs less. */
  fade(): void {
    this.budget.fade();
    this.#hitters.fade();
  }

  /** Networks whose connections are closed unread. */
  get shutOut(): number {
    return this.#shutOut.size;
  }

  #isOver(socket: Socket, asking: Asking): boolean {
    this.#proven.get(socket)?.();
    const { address } = asking;
    const now = this.#options.nowMs();
    this.#watch.asked++;
    if (this.budget.spend(this.networks.of(address), now)) return false;
    // The machine itself and its proxies speak for many: until the machine is full they are no flood.
    if (!this.#gated && (HERE.has(address) || this.#options.isProxy(address))) return false;
    if (this.#options.vouches(asking) && this.#listeners.spend(this.networks.of(address), now)) return false;
    this.#watch.over++;
    if (!this.#strict) return false;
    this.#hitters.add(this.networks.of(address)[1] as number);
    this.turnedBack++;
    return true;
  }

  #answer(asking: Asking): string | Buffer {
    const offer = this.#options.offer(asking);
    return offer === undefined ? drawn(SHORT_ANSWERS) : readyProblem(offer, { connection: "close" }).bytes(Math.floor(this.#options.nowMs() / 1_000));
  }

  #hold(held: Socket | ServerHttp2Stream, answer: () => void): void {
    this.#held++;
    const timer = setTimeout(answer, HOLD_MS).unref();
    held.once("close", () => {
      clearTimeout(timer);
      this.#held--;
    });
  }

  #keepUnread(socket: Socket): void {
    this.#unread.add(socket);
    socket.pause();
    socket.on("error", () => {});
    this.#hold(socket, () => socket.destroy());
  }

  #connection(socket: Socket): void {
    this.#options.onConnection();
    const address = socket.remoteAddress ?? "";
    if (this.#options.isProxy(address)) return;
    const networks = this.networks.of(address);
    const shutOut = this.#strict && this.#shutOut.has(networks[1] as number);
    const leave = shutOut ? undefined : this.silent.enter(networks);
    if (leave === undefined) {
      this.cutOff++;
      this.#watch.cutOff++;
      // Whoever is closed at once comes again at once, and a connection costs more than a request.
      if (shutOut && this.#held < MOST_HELD) this.#keepUnread(socket);
      else socket.destroy();
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

/** One of them at random. */
function drawn<Type>(list: readonly Type[]): Type {
  return list[Math.floor(Math.random() * list.length)] as Type;
}

/** What tells a connection from all others that stand. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
