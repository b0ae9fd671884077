import {
  createSecureServer,
  type Http2SecureServer,
  Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Registry } from "prom-client";
import type { Clock } from "../../core/clock.ts";
import { counter, gauge } from "../../core/metrics.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import type { Gatekeeper } from "./gatekeeper.ts";
import { HTTP2_LIMITS, ResetBudget } from "./http2-limits.ts";

/** How long a socket may stay open after its HTTP/2 session said goodbye. Milliseconds; Node itself waits for the other side without end. */
const FAREWELL_MS = 2_000;

/** What belongs to an HTTP/2 session for as long as it stands. */
interface Guest {
  readonly socket: TLSSocket;
  readonly resets: ResetBudget;
}

/** What the entry is wired to. */
export interface TlsEntryOptions {
  readonly certificate: LiveCertificate;
  /** Key of session tickets that all fronts of a house share. Bytes; absent: this process makes its own. */
  readonly ticketKeys?: Buffer;
  readonly clock: Clock;
  readonly gatekeeper: Gatekeeper;
  /** Time for a handshake and until the first request. Milliseconds. */
  readonly requestMs: number;
  /** Time a session may rest, and time in which a reader must take something. Milliseconds. */
  readonly idleMs: number;
  /** Takes a connection that speaks HTTP/1.1. */
  readonly plain: (socket: TLSSocket) => void;
  /** Takes a request that came over HTTP/2, in the clothes of HTTP/1.1. */
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * TLS on the public port: shakes hands, then passes HTTP/1.1 on as if it had come plain, and unpacks HTTP/2 into the same requests.
 * @spec RFC 8446, RFC 7301 (ALPN), RFC 9113
 */
export class TlsEntry {
  readonly #server: Http2SecureServer;
  readonly #options: TlsEntryOptions;
  readonly #guests = new WeakMap<Http2Session, Guest>();
  readonly #sockets = new Set<TLSSocket>();
  /** Handshakes done and failed, and sessions ended because they took back too much. */
  handshakes = 0;
  failures = 0;
  resetFloods = 0;

  constructor(options: TlsEntryOptions) {
    this.#options = options;
    const { certificate, ticketKeys, requestMs } = options;
    const guests = this.#guests;
    // Requests outlive sessions by moments; whoever sent one is to be known until the end.
    class GuestRequest extends Http2ServerRequest {
      override readonly socket = (this.stream.session === undefined ? undefined : guests.get(this.stream.session)?.socket) as TLSSocket;
    }
    this.#server = createSecureServer({
      ...HTTP2_LIMITS,
      ...certificate.pair,
      ...(ticketKeys === undefined ? {} : { ticketKeys }),
      allowHTTP1: true,
      handshakeTimeout: requestMs,
      Http2ServerRequest: GuestRequest,
    });
    const server = this.#server;
    certificate.follow((pair) => server.setSecureContext({ ...pair, ...(ticketKeys === undefined ? {} : { ticketKeys }) }));
    const [welcome] = server.listeners("secureConnection") as [(this: Http2SecureServer, socket: TLSSocket) => void];
    server.off("secureConnection", welcome);
    let arriving: TLSSocket | undefined;
    server.on("secureConnection", (socket) => {
      this.handshakes++;
      options.gatekeeper.secured(socket);
      if (socket.alpnProtocol !== "h2") return options.plain(socket);
      arriving = socket;
      welcome.call(server, socket);
      arriving = undefined;
    });
    server.on("tlsClientError", () => this.failures++);
    server.on("session", (session) => {
      if (arriving !== undefined) this.#seat(session, arriving);
    });
    // What strangers do wrong ends their session and is no news.
    server.on("sessionError", () => {});
    server.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => this.#take(request, response));
  }

  /** HTTP/2 sessions that stand. */
  get sessions(): number {
    return this.#sockets.size;
  }

  /** Takes a connection before its handshake. */
  accept(raw: Socket): void {
    if (raw.destroyed) return;
    raw.on("error", () => {});
    // Who hangs up in the middle of a handshake is gone, as at every TLS server.
    raw.allowHalfOpen = false;
    this.#server.emit("connection", raw);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #seat(session: Http2Session, socket: TLSSocket): void {
    const { clock, requestMs, idleMs } = this.#options;
    this.#guests.set(session, { socket, resets: new ResetBudget(session, clock) });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    session.once("goaway", () => this.#seeOff(session, socket));
    session.setTimeout(requestMs, () => session.destroy());
    // From the first request on it has more time; who lets an answer lie for that long has left.
    session.once("stream", () => session.setTimeout(idleMs));
  }

  /** Whoever said goodbye may hear its answers to the end; then the socket closes, whatever the other side does. */
  #seeOff(session: Http2Session, socket: TLSSocket): void {
    const timer = setTimeout(() => {
      if (session.destroyed) socket.destroy();
      else timer.refresh();
    }, FAREWELL_MS).unref();
    socket.once("close", () => clearTimeout(timer));
  }

  /** @hot */
  #take(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { stream } = request;
    const { session } = stream;
    const guest = session === undefined ? undefined : this.#guests.get(session);
    if (guest === undefined || stream.destroyed || stream.aborted) {
      if (guest !== undefined) this.#countReset(guest);
      stream.destroy();
      return;
    }
    stream.once("aborted", () => this.#countReset(guest));
    response.on("error", () => {});
    const plain = request as unknown as IncomingMessage;
    if (this.#options.gatekeeper.turnsBackStream(plain, stream as ServerHttp2Stream)) return;
    this.#options.request(plain, response as unknown as ServerResponse);
  }

  #countReset({ socket, resets }: Guest): void {
    const { gatekeeper } = this.#options;
    const address = socket.remoteAddress ?? "";
    const allowed = gatekeeper.allowsReset(address);
    const over = resets.spend(allowed);
    if (over) this.resetFloods++;
    if (over || !allowed) gatekeeper.caught(address);
  }
}

/** Puts the entry's figures on a registry. */
export function registerTlsMetrics(registry: Registry, certificate: LiveCertificate, entry: TlsEntry): void {
  counter(registry, "earshot_front_tls_handshakes_total", "TLS handshakes done.", () => entry.handshakes);
  counter(registry, "earshot_front_tls_failures_total", "TLS handshakes that failed.", () => entry.failures);
  counter(registry, "earshot_front_http2_reset_floods_total", "HTTP/2 sessions ended because they took back too many requests.", () => entry.resetFloods);
  gauge(registry, "earshot_front_http2_sessions", "HTTP/2 sessions that stand.", () => entry.sessions);
  gauge(registry, "earshot_tls_certificate_ends_seconds", "When the certificate in use runs out, Unix time.", () => certificate.endsUnixMs / 1_000);
}
