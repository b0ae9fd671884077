import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Registry } from "prom-client";
import type { Clock } from "../../core/clock.ts";
import { EarshotError, type ErrorCode, ERRORS } from "../../core/errors.ts";
import { counter, gauge } from "../../core/metrics.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { readByteRange } from "./byte-range.ts";
import { HouseLine } from "./house-line.ts";
import { ageOf, answersWish, choiceOf, type KeptAnswer, KeptAnswers, MAX_KEPT_BYTES, readLifetime, type Wish } from "./kept-answers.ts";
import { hasAlready, type Sender, untilClosed } from "./sender.ts";

/** What an edge calls itself to its house; a request that carries it has gone round in a circle. @spec RFC 9110 §7.6.3 */
const VIA = "1.1 earshot-edge";
/** Fields that are for one connection only, in either direction. @spec RFC 9110 §7.6.1 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["http2-settings", "proxy-authenticate", "proxy-authorization", "proxy-authentication-info"],
]);
/** Fields of a request that the edge says itself, or that belong to a body. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["host", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "content-length", "expect"]);
/** Fields that ask for less than the whole, left out where the answer is for others too. */
const CONDITIONS: ReadonlySet<string> = new Set(["range", "if-range", "if-none-match", "if-modified-since", "if-match", "if-unmodified-since"]);
/** Codings the house's answers come in, in the order in which it chooses. */
const CODINGS = ["br", "gzip"];
/** A field of an answer that is for whoever asked first, also where the answer is for all: what it was let in by. */
const PASS_FIELD = "earshot-pass";
/** How long the house may say nothing in the middle of a body. Milliseconds; TCP sends a lost piece again several times within it. */
const SILENT_MS = 15_000;
/** How long a reader may take nothing. Milliseconds; a browser that plays has minutes in hand, and asks for the rest when it needs it. */
const READER_MS = 120_000;
/** Longest answer for one listener alone that is read whole, so that its connection is free for others. Bytes; pages and lists. */
const MAX_OWN_BYTES = 256 * 1024;
/** Time for an answer that is read whole, from its head to its end. Milliseconds; the longest at two megabits a second. */
const WHOLE_MS = 30_000;
/** How long it is remembered that an answer is for one alone, or too long: those who ask meanwhile do not wait for each other. Milliseconds. */
const ALONE_MS = 10_000;
/** How long a house that did not answer is not asked for the same again. Milliseconds; decision 31. */
const FAILED_MS = 1_000;
/** Questions of which one of the two is remembered. */
const MAX_REMEMBERED = 10_000;

/** What a passer-on works with. */
export interface PassOnOptions {
  /** The house's own listeners' port, no trailing slash. */
  readonly origin: string;
  /** Where listeners go; no trailing slash. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly sender: Sender;
  /** The address a request comes from. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Whether an address is a proxy that is trusted to speak for others. */
  readonly isProxy: (address: string) => boolean;
}

/** What is special about a request. */
export interface Passing {
  /** Path and query to ask the house for, where they are not the request's own. */
  readonly target?: string;
  /** Asked of the house whole, however little of it is wanted here: small, and the same for a crowd. */
  readonly whole?: boolean;
  /** A stream without end, which the house is only to refuse: its listeners are many. */
  readonly endless?: boolean;
}

/** An answer of the house, read to its end. */
type WholeAnswer = Pick<KeptAnswer, "status" | "fields" | "body">;
/** What one question brought: an answer for all who asked it, one for whoever asked first, or the news that each has to ask alone. */
type Outcome = { readonly kept: KeptAnswer } | { readonly own: WholeAnswer } | { readonly alone: true };

/** Answers requests from the house behind an edge, asking for what is the same for all once (decision 32). The front closes it. @spec RFC 9110 §7.6, RFC 9111 */
export class PassOn {
  readonly #options: PassOnOptions;
  readonly #host: string;
  readonly #kept = new KeptAnswers();
  readonly #asking = new Map<string, Promise<Outcome>>();
  /** Questions whose answers are not for others, and those that were not answered; until when. Milliseconds by the steady clock. */
  readonly #alone = new Map<string, number>();
  readonly #failed = new Map<string, number>();
  readonly line: HouseLine;
  /** Requests answered from memory since the start. */
  answeredFromMemory = 0;

  constructor(options: PassOnOptions) {
    this.#options = options;
    this.#host = new URL(options.publicUrl).host;
    this.line = new HouseLine(options);
  }

  /** What kept answers take. Bytes. */
  get bytesKept(): number {
    return this.#kept.bytes;
  }

  close(): void {
    this.line.close();
  }

  /** Answers GET and HEAD as the house would. @throws `house-away`, `busy`, `stage-starting` for an endless stream that the house has */
  async pass(request: IncomingMessage, response: ServerResponse, { target = targetOf(request), whole = false, endless = false }: Passing = {}): Promise<void> {
    if (String(request.headers.via ?? "").includes(VIA)) throw new EarshotError("house-away", { rule: "edge.origin leads to an edge" });
    const fields = this.#fieldsFor(request);
    const wish: Wish = { name: `${target}${request.headers.accept?.includes("text/html") === true ? " page" : ""}`, fields };
    const nowMs = this.#nowMs;
    const ready = request.headers.authorization === undefined ? this.#kept.find(wish) : undefined;
    if (ready !== undefined && isFresh(ready, nowMs)) {
      this.answeredFromMemory++;
      return this.#give(request, response, ready, ageOf(ready, nowMs));
    }
    const isWhole = request.method === "GET" && request.headers.authorization === undefined && (whole || request.headers.range === undefined);
    const outcome: Outcome = isWhole ? await this.#share(wish, target, ready) : { alone: true };
    if ("kept" in outcome) return this.#give(request, response, outcome.kept, ageOf(outcome.kept, this.#nowMs));
    if ("own" in outcome) return this.#give(request, response, outcome.own);
    if (isGone(response)) return;
    const signal = untilClosed(response);
    const asked = { method: request.method ?? "GET", target, fields, slow: true, signal };
    const message = await this.line.ask(asked).catch((cause: unknown) => {
      if (!signal.aborted) throw cause;
    });
    if (message !== undefined) this.#stream(request, response, message, endless);
  }

  /** Reads something small that the front itself needs. @throws what the house refused with, `house-away` */
  async read(target: string, cookie?: string): Promise<WholeAnswer> {
    const fields = { host: this.#host, via: VIA, "accept-encoding": "identity", ...(cookie === undefined ? {} : { cookie }) };
    // Whoever shows a cookie is given what is for them: it is no one else's question.
    const wish: Wish = { name: cookie === undefined ? target : `${target} ${cookie}`, fields };
    const ready = this.#kept.find(wish);
    if (ready !== undefined && isFresh(ready, this.#nowMs)) return checked(ready);
    const outcome = await this.#share(wish, target, ready);
    if ("kept" in outcome) return checked(outcome.kept);
    if ("own" in outcome) return checked(outcome.own);
    const message = await this.line.ask({ method: "GET", target, fields, slow: false });
    const body = await readWhole(message, MAX_KEPT_BYTES);
    if (body === undefined) throw new EarshotError("house-away", { rule: "a short answer" });
    return checked({ status: message.statusCode ?? 0, fields: endToEnd(message.headers), body });
  }

  get #nowMs(): number {
    return this.#options.clock.steadyMs();
  }

  /** Asks once for all who ask the same. `stale`: what is given when the house is away. */
  async #share(wish: Wish, target: string, stale: KeptAnswer | undefined): Promise<Outcome> {
    const key = this.#kept.keyOf(wish);
    const nowMs = this.#nowMs;
    const old = stale !== undefined && ageOf(stale, nowMs) < stale.lifetime.freshMs + stale.lifetime.staleMs ? { kept: stale } : undefined;
    if (holds(this.#failed, key, nowMs)) {
      if (old !== undefined) return old;
      throw new EarshotError("house-away");
    }
    if (holds(this.#alone, key, nowMs)) return { alone: true };
    const known = this.#asking.get(key);
    const asking = known ?? this.#ask(wish, { target, key, old: old !== undefined });
    if (known === undefined) {
      this.#asking.set(key, asking);
      void asking.finally(() => this.#asking.delete(key)).catch(() => {});
    }
    try {
      const outcome = await asking;
      if ("kept" in outcome) {
        if (old !== undefined && outcome.kept.status >= 500) return old;
        if (answersWish(outcome.kept, wish)) return outcome;
        return { alone: true };
      }
      return known === undefined ? outcome : { alone: true };
    } catch (cause) {
      if (old !== undefined) return old;
      throw cause;
    }
  }

  async #ask(wish: Wish, { target, key, old }: { readonly target: string; readonly key: string; readonly old: boolean }): Promise<Outcome> {
    const askedAtMs = this.#nowMs;
    try {
      const fields = Object.fromEntries(Object.entries(wish.fields).filter(([name]) => !CONDITIONS.has(name)));
      const message = await this.line.ask({ method: "GET", target, fields, slow: false });
      const { statusCode: status = 0, headers } = message;
      const lifetime = readLifetime(status, headers);
      const most = lifetime === undefined ? MAX_OWN_BYTES : MAX_KEPT_BYTES;
      // A sound of which nobody says how long it is may have no end.
      const mayBeEndless = status === 200 && lifetime === undefined && headers["content-length"] === undefined;
      const isLong = mayBeEndless || Number(headers["content-length"] ?? 0) > most;
      const body = isLong ? undefined : await readWhole(message, most);
      if (isLong) message.destroy();
      if (lifetime === undefined || body === undefined) remember(this.#alone, key, this.#nowMs + ALONE_MS);
      if (body === undefined) return { alone: true };
      const answer: WholeAnswer = { status, fields: endToEnd(headers), body };
      if (lifetime === undefined) return { own: answer };
      const ageMs = Number(/^\d{1,9}$/.exec(headers.age ?? "")?.[0] ?? 0) * 1_000;
      const { [PASS_FIELD]: _, ...shared } = answer.fields;
      const kept: KeptAnswer = { ...answer, fields: shared, lifetime, ageMs, askedAtMs, chosenBy: choiceOf(wish, headers) };
      // What can be given while the house is away outlives its failures.
      if (old && status >= 500) remember(this.#failed, key, this.#nowMs + FAILED_MS);
      else this.#kept.keep(wish, kept);
      return { kept };
    } catch (cause) {
      remember(this.#failed, key, this.#nowMs + FAILED_MS);
      throw cause;
    }
  }

  /** What the house is told of a request, and of who sent it. */
  #fieldsFor(request: IncomingMessage): OutgoingHttpHeaders {
    const { addressOf, isProxy, sender } = this.#options;
    const { socket, headers } = request;
    const toldProtocol = isProxy(socket.remoteAddress ?? "") ? headers["x-forwarded-proto"] : undefined;
    const codings = String(headers["accept-encoding"] ?? "");
    return {
      ...endToEnd(headers, OWN_FIELDS),
      host: this.#host,
      via: headers.via === undefined ? VIA : `${headers.via}, ${VIA}`,
      "x-forwarded-for": addressOf(request),
      "x-forwarded-proto": toldProtocol ?? ((socket as Partial<TLSSocket>).encrypted === true ? "https" : "http"),
      // Written in one way each, so that a crowd of different browsers asks for few forms of the same.
      "accept-encoding": CODINGS.filter((coding) => codings.includes(coding)).join(", ") || "identity",
      "accept-language": sender.languageOf(request),
    };
  }

  /** `ageMs`: of one that others were given too. */
  #give(request: IncomingMessage, response: ServerResponse, answer: WholeAnswer, ageMs?: number): void {
    if (isGone(response)) return;
    const { status, body } = answer;
    const fields: OutgoingHttpHeaders = ageMs === undefined ? answer.fields : { ...answer.fields, age: String(Math.floor(ageMs / 1_000)) };
    const etag = String(fields.etag ?? "");
    if (status === 200 && etag !== "" && hasAlready(request, etag.replace(/^W\//, ""))) {
      const { "content-length": _, "content-type": __, "content-encoding": ___, ...rest } = fields;
      return void response.writeHead(304, rest).end();
    }
    const { range: asked, "if-range": unchanged } = request.headers;
    const range = status === 200 && (unchanged === undefined || unchanged === etag) ? readByteRange(asked, body.length) : undefined;
    if (range === "unsatisfiable") return void response.writeHead(416, { "content-range": `bytes */${body.length}`, "content-length": 0 }).end();
    const part = range === undefined ? body : body.subarray(range.start, range.end + 1);
    response.writeHead(range === undefined ? status : 206, {
      ...fields,
      "content-length": part.length,
      ...(range === undefined ? {} : { "content-range": `bytes ${range.start}-${range.end}/${body.length}` }),
    });
    if (request.method === "HEAD") return void response.end();
    this.#options.sender.bytesOut += part.length;
    response.end(part);
  }

  /** Sends on as fast as both sides can, and no faster. @throws `stage-starting` */
  #stream(request: IncomingMessage, response: ServerResponse, message: IncomingMessage, endless: boolean): void {
    const status = message.statusCode ?? 502;
    if (isGone(response)) return void message.destroy();
    if (endless && status === 200) {
      message.destroy();
      // The house has it before we heard of it: in a moment it is here.
      throw new EarshotError("stage-starting");
    }
    const { sender } = this.#options;
    message.on("error", () => {});
    response.writeHead(status, endToEnd(message.headers));
    if (request.method === "HEAD" || status === 204 || status === 304) {
      message.resume();
      return void response.end();
    }
    let limit = setTimeout(() => message.destroy(), SILENT_MS);
    message.on("data", (piece: Buffer) => {
      sender.bytesOut += piece.length;
      if (response.write(piece)) return void limit.refresh();
      message.pause();
      clearTimeout(limit);
      limit = setTimeout(() => response.destroy(), READER_MS);
    });
    response.on("drain", () => {
      clearTimeout(limit);
      limit = setTimeout(() => message.destroy(), SILENT_MS);
      message.resume();
    });
    message.once("end", () => response.end());
    message.once("close", () => {
      clearTimeout(limit);
      if (!message.complete) breakOff(response);
    });
    response.once("close", () => {
      clearTimeout(limit);
      message.destroy();
    });
  }
}

/** Puts the figures of an edge's line to its house on a registry. */
export function registerHouseMetrics(registry: Registry, passOn: PassOn): void {
  counter(registry, "earshot_front_house_requests_total", "Requests an edge passed on to its house.", () => passOn.line.requests);
  counter(registry, "earshot_front_house_failures_total", "Those that brought no answer.", () => passOn.line.failures);
  counter(registry, "earshot_front_house_kept_total", "Requests answered from what the house said before.", () => passOn.answeredFromMemory);
  gauge(registry, "earshot_front_house_kept_bytes", "Memory of what the house said.", () => passOn.bytesKept);
}

/** Path and query as they were judged here. */
function targetOf({ url = "/" }: IncomingMessage): string {
  const { pathname, search } = new URL(url, "http://front");
  return pathname + search;
}

/** The fields that are for whoever is at the other end. @spec RFC 9110 §7.6.1 */
function endToEnd(headers: IncomingHttpHeaders, without: ReadonlySet<string> = new Set()): OutgoingHttpHeaders {
  const named = new Set(
    String(headers.connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name) && !without.has(name) && !name.startsWith(":")),
  );
}

/** The body, or undefined when it is longer than `most` bytes. @throws `house-away` when it breaks off or takes too long */
async function readWhole(message: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const limit = setTimeout(() => message.destroy(new Error("no end in time")), WHOLE_MS);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of message as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > most) return undefined;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (cause) {
    throw new EarshotError("house-away", {}, cause);
  } finally {
    clearTimeout(limit);
  }
}

/** The answer, if it is what was asked for. @throws what the house refused with */
function checked(answer: WholeAnswer): WholeAnswer {
  if (answer.status === 200) return answer;
  let told: Partial<ProblemDetails> = {};
  try {
    told = JSON.parse(answer.body.toString()) as Partial<ProblemDetails>;
  } catch {
    // A gateway's own words.
  }
  const { code = "", details = {} } = told;
  throw new EarshotError(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "house-away", details);
}

function isFresh(answer: KeptAnswer, nowMs: number): boolean {
  return ageOf(answer, nowMs) < answer.lifetime.freshMs;
}

function holds(remembered: Map<string, number>, key: string, nowMs: number): boolean {
  const until = remembered.get(key);
  if (until === undefined) return false;
  if (nowMs < until) return true;
  remembered.delete(key);
  return false;
}

function remember(remembered: Map<string, number>, key: string, untilMs: number): void {
  remembered.set(key, untilMs);
  if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
}

/** Whether nobody is there to take an answer. */
function isGone(response: ServerResponse): boolean {
  const { stream } = response as { stream?: ServerHttp2Stream };
  return response.destroyed || stream?.destroyed === true;
}

/** Ends an answer so that nobody takes it for whole. @spec RFC 9112 §8, RFC 9113 §8.1.1 */
function breakOff(response: ServerResponse): void {
  const { stream } = response as { stream?: ServerHttp2Stream };
  if (stream === undefined) response.destroy();
  else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}
