import { Agent as PlainAgent, type IncomingMessage, type OutgoingHttpHeaders, request as requestPlain } from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import { isIP, type Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";

/** Connections for answers that are read to their end at once, whoever they are for: enough to ask for a page's files together, few enough that no edge crowds its house. */
const QUICK_SOCKETS = 32;
/** Requests that may wait for one of them; each waits no longer than for an answer. */
const QUICK_WAITING = 1_000;
/** Connections for answers that are sent on as their reader takes them: each belongs to one listener of a replay for as long as that takes. */
const STREAM_SOCKETS = 256;
/** Time the house has to take a connection. Milliseconds; across a continent and back, ten times over. */
const CONNECT_MS = 3_000;
/** Time the house has for the head of its answer. Milliseconds; a list that is waited for comes after twelve seconds at most. */
const ANSWER_MS = 15_000;
/** How long nobody tries again after the house took no connection. Milliseconds: a crowd costs a house that comes back one attempt a second (decision 31). */
const AWAY_MS = 1_000;

/** A request to the house. */
export interface HouseRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly fields: OutgoingHttpHeaders;
  /** Whether the answer goes on only as fast as its reader takes it. */
  readonly slow: boolean;
  /** Whoever wants it has left. */
  readonly signal?: AbortSignal;
}

/** What a line is made of. */
export interface HouseLineOptions {
  /** The house's own listeners' port, no trailing slash. */
  readonly origin: string;
  /** Where listeners go: the name the house's certificate is for. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** An edge's connections to its house's listeners' port: kept open, bounded, with a limit to every wait. The front closes it. */
export class HouseLine {
  readonly #origin: URL;
  readonly #clock: Clock;
  readonly #quick: PlainAgent | SecureAgent;
  readonly #slow: PlainAgent | SecureAgent;
  #quickOpen = 0;
  #slowOpen = 0;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  /** Requests sent, and those that brought no answer, since the start. */
  requests = 0;
  failures = 0;

  constructor({ origin, publicUrl, clock }: HouseLineOptions) {
    this.#origin = new URL(origin);
    this.#clock = clock;
    const agent = (maxSockets: number) => {
      if (this.#origin.protocol !== "https:") return new PlainAgent({ keepAlive: true, maxSockets });
      // The port shows the certificate of the public name, or one of the name it is reached by.
      const [origin, publicly] = [hostOf(this.#origin), hostOf(new URL(publicUrl))];
      return new SecureAgent({
        keepAlive: true,
        maxSockets,
        // An address is no name. @spec RFC 6066 §3
        servername: [origin, publicly].find((host) => isIP(host) === 0) ?? "",
        checkServerIdentity: (_, certificate) => checkServerIdentity(publicly, certificate) && checkServerIdentity(origin, certificate),
      });
    };
    this.#quick = agent(QUICK_SOCKETS);
    this.#slow = agent(STREAM_SOCKETS);
  }

  /** The head of the house's answer; its body is for whoever asked. @throws `house-away`, `busy` when too many ask at once */
  async ask(asked: HouseRequest): Promise<IncomingMessage> {
    if (this.#clock.steadyMs() < this.#awayUntilMs) throw new EarshotError("house-away");
    if (asked.slow ? this.#slowOpen >= STREAM_SOCKETS : this.#quickOpen >= QUICK_SOCKETS + QUICK_WAITING) throw new EarshotError("busy");
    return await this.#send(asked, true);
  }

  close(): void {
    this.#quick.destroy();
    this.#slow.destroy();
  }

  async #send(asked: HouseRequest, mayRepeat: boolean): Promise<IncomingMessage> {
    const { method, target, fields, slow, signal } = asked;
    const { protocol, port } = this.#origin;
    return await new Promise((resolve, reject) => {
      const request = (protocol === "https:" ? requestSecure : requestPlain)({
        ...{ agent: slow ? this.#slow : this.#quick, host: hostOf(this.#origin), port, method, path: target, headers: fields, setHost: false },
        ...(signal === undefined ? {} : { signal }),
      });
      this.requests++;
      if (slow) this.#slowOpen++;
      else this.#quickOpen++;
      let isThere = false;
      const answering = setTimeout(() => request.destroy(new Error("no answer in time")), ANSWER_MS);
      let connecting: NodeJS.Timeout | undefined;
      request.once("socket", (socket: Socket) => {
        isThere = !socket.connecting;
        if (isThere) return;
        connecting = setTimeout(() => request.destroy(new Error("no connection in time")), CONNECT_MS);
        socket.once(protocol === "https:" ? "secureConnect" : "connect", () => {
          isThere = true;
          clearTimeout(connecting);
        });
        request.once("close", () => clearTimeout(connecting));
      });
      request.once("response", (message) => {
        clearTimeout(answering);
        resolve(message);
      });
      request.once("close", () => {
        clearTimeout(answering);
        if (slow) this.#slowOpen--;
        else this.#quickOpen--;
      });
      request.on("error", (cause: NodeJS.ErrnoException) => {
        if (signal?.aborted === true) return reject(cause);
        // The house closed a resting connection in the moment it was taken up again. @spec RFC 9112 §9.3.1
        if (mayRepeat && request.reusedSocket && cause.code === "ECONNRESET") return resolve(this.#send(asked, false));
        this.failures++;
        if (!isThere) this.#awayUntilMs = this.#clock.steadyMs() + AWAY_MS;
        reject(new EarshotError("house-away", {}, cause));
      });
      request.end();
    });
  }
}

/** Name or address of a server; an address of IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
