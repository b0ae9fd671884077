import type { Socket } from "node:net";
import { type Caller, containerKind, type EndlessKind, endlessRendition, isMediaList, isMultivariant, signedList, thriftyPath } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { answerFields, ReadyAnswer } from "./answer-head.ts";
import { type AudienceMeter, type MediaSpan, spanOf } from "./audience-meter.ts";
import { Connection, type Lane } from "./connection.ts";
import { ChunkedSegment, type FollowedSegment, readFollowed } from "./chunked-segment.ts";
import { type EventDesk, inLanguage, type ServedEvent, streamLanguage } from "./event-desk.ts";
import type { Admission, FrontDoor } from "./front-door.ts";
import { type HeadFields, type PlainGet, readPlainGet } from "./request-head.ts";
import { readyProblem } from "./shared-answers.ts";
import { type StreamAbout, type StreamAnswer, streamHead } from "./stream-head.ts";

/** How often connections that do nothing are looked for. Milliseconds. */
const SWEEP_MS = 1_000;
/** Unread bytes with which a connection is asked no further questions until it has read them. Bytes. */
const MAX_BACKLOG_BYTES = 64 * 1024;

/** A request that is for the fast lane. */
interface Asked {
  readonly served: ServedEvent;
  /** Below the event. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly fields: HeadFields;
  readonly close: boolean;
}

/** What to do about a request, and for whom. */
interface Act {
  readonly caller: Caller;
  run(): void;
}

/** An answer and who gets it. */
interface Gift {
  readonly served: ServedEvent;
  readonly caller: Caller;
  readonly answer: ReadyAnswer;
  readonly close: boolean;
  readonly pass?: string;
}

/** Media that was handed over and is still to be counted. */
interface Given {
  readonly served: ServedEvent;
  readonly caller: Caller;
  readonly span: MediaSpan;
  readonly bytes: number;
}

const LIVE = "/live/";
const IN: Admission = { pass: undefined, cheaper: false };

/** Heads of streams kept: a handful per event on air, and titles may change. */
const MAX_HEADS = 200;

/** What a fast lane is given. */
export interface FastLaneOptions {
  readonly desk: EventDesk;
  readonly clock: Clock;
  readonly audience: AudienceMeter;
  readonly door: FrontDoor;
  /** Whether anybody may hear an event; those by invitation are for Node's own server, where cookies are read. */
  readonly isOpen: (slug: string) => boolean;
  /** Time a connection has for its request. Milliseconds. */
  readonly requestMs: number;
  /** Time a connection may rest between two requests. Milliseconds. */
  readonly idleMs: number;
  /** What an event is called and where it is, for radios' displays. */
  readonly aboutOf: (slug: string) => Promise<StreamAbout>;
  /** Takes a connection whose request is not for here, its bytes unread. */
  readonly handOver: (socket: Socket) => void;
  readonly onRequest: () => void;
  readonly onBytes: (length: number) => void;
}

/**
 * Live audio for plain requests: reads them itself and answers with bytes made once for all. Everything else is handed to Node's own HTTP server.
 * Why: a listener here costs 2.5 KB and little more than the kernel's work per send; with a request and a response object each it is 21 KB and twice the work.
 */
export class FastLane implements Lane {
  readonly #options: FastLaneOptions;
  /** Connections that are no streams (yet). */
  readonly #asking = new Set<Connection>();
  readonly #streaming = new Set<Connection>();
  #given: Given[] = [];
  readonly #heads = new Map<string, Buffer>();
  readonly #stop = new AbortController();

  constructor(options: FastLaneOptions) {
    this.#options = options;
    void this.#sweep();
  }

  /** Connections in the lane. */
  get size(): number {
    return this.#asking.size + this.#streaming.size;
  }

  accept(socket: Socket): void {
    // The gatekeeper has seen it first.
    if (socket.destroyed) return;
    this.#asking.add(new Connection(socket, this, this.#options.clock.steadyMs()));
  }

  close(): void {
    this.#stop.abort(new Error("closed"));
    for (const connection of this.#asking) connection.destroy();
    for (const connection of this.#streaming) connection.destroy();
  }

  onBytes(length: number): void {
    this.#options.onBytes(length);
  }

  onGone(connection: Connection): void {
    this.#asking.delete(connection);
    this.#streaming.delete(connection);
    if (connection.counted !== undefined) this.#options.audience.endStream(connection.counted);
  }

  /** @hot */
  onData(connection: Connection): void {
    while (connection.here && !connection.busy && connection.pending !== undefined) {
      if (connection.backlog > MAX_BACKLOG_BYTES) return this.#rest(connection);
      const read = readPlainGet(connection.pending, connection.fields);
      if (!read.ok) {
        if (read.code === "not-plain") this.#handOver(connection);
        return;
      }
      const { request } = read;
      const act = this.#route(request, connection);
      if (act === undefined) return this.#handOver(connection);
      connection.pending = request.length === connection.pending.length ? undefined : connection.pending.subarray(request.length);
      connection.activeAt = this.#options.clock.steadyMs();
      this.#options.onRequest();
      const { caller } = act;
      if (this.#options.door.gatekeeper.turnsBackSocket(connection.socket, { address: caller.address, target: request.target, caller: () => caller })) return;
      act.run();
    }
  }

  /** What answers a request, or undefined when it is for Node's own server. */
  #route({ target, fields, old, close }: PlainGet, connection: Connection): Act | undefined {
    if (!target.startsWith(LIVE)) return undefined;
    const slash = target.indexOf("/", LIVE.length);
    if (slash > 0) {
      const slug = target.slice(LIVE.length, slash);
      const event = this.#options.isOpen(slug) ? this.#options.desk.get(slug) : undefined;
      const { served, path } = (event === undefined ? undefined : inLanguage(event, target.slice(slash + 1))) ?? NOWHERE;
      const ready = served?.answers.ready(path, fields.acceptsGzip);
      if (served !== undefined && ready !== undefined) {
        const caller = this.#callerOf(connection, { fields, query: NO_QUERY });
        return { caller, run: () => this.#give(connection, { served, caller, answer: ready, close }) };
      }
    }
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? NO_QUERY : new URLSearchParams(target.slice(mark));
    const [, slug = "", dot, below = ""] = /^\/live\/([a-z0-9-]+)([./])(.+)$/.exec(path) ?? [];
    const event = this.#options.isOpen(slug) ? this.#options.desk.get(slug) : undefined;
    if (event === undefined) return undefined;
    const kind = dot === "." ? RADIO.get(below) : below === "stream.mp4" ? containerKind(query.get("codec")) : undefined;
    if (kind !== undefined) {
      const served = streamLanguage(event, query);
      const rendition = endlessRendition(kind);
      if (served?.store.window(rendition) === undefined || served.store.over(rendition)) return undefined;
      const asked: Asked = { served, path: below, query, fields, close };
      const caller = this.#callerOf(connection, asked);
      return { caller, run: () => this.#stream(connection, asked, { kind, caller }) };
    }
    const { served, path: rest } = (dot === "." ? undefined : inLanguage(event, below)) ?? NOWHERE;
    if (served === undefined || !served.answers.serves(rest)) return undefined;
    const asked: Asked = { served, path: rest, query, fields, close };
    const segment = readFollowed(rest, served);
    if (segment === undefined) {
      const caller = this.#callerOf(connection, asked);
      return { caller, run: () => this.#ask(connection, asked, caller) };
    }
    if (old) return undefined;
    const caller = this.#callerOf(connection, asked);
    return { caller, run: () => this.#follow(connection, asked, { segment, caller }) };
  }

  #follow(connection: Connection, { served, path, close }: Asked, { segment, caller }: { readonly segment: FollowedSegment; readonly caller: Caller }): void {
    const { clock, audience } = this.#options;
    connection.busy = true;
    const sink = new ChunkedSegment(connection, {
      now: () => clock.wallMs(),
      onWhole: (bytes) => {
        const span = spanOf(path);
        if (span !== undefined) audience.countAnswer(served, caller, { ...span, bytes });
        this.#done(connection, close);
      },
    });
    connection.forget = served.segments.open(segment.rendition, segment.number, sink);
  }

  /** @hot */
  #ask(connection: Connection, asked: Asked, caller: Caller): void {
    const { served, path, query, fields, close } = asked;
    // The list a player begins with is the door; the lists it goes on with ask only while newcomers are kept waiting.
    const admitted = path.includes("/") ? this.#pass(connection, asked, caller) : this.#admit(connection, asked, caller);
    if (admitted === undefined) return;
    connection.busy = true;
    const { pass, cheaper } = admitted;
    const list = cheaper && isMultivariant(path) ? thriftyPath(path) : path;
    if (pass !== undefined && isMultivariant(path) && this.#options.door.signsLists(served))
      return void this.#giveSigned(connection, { served, path: list, query, fields, close }, { caller, pass });
    connection.forget = served.answers.ask({ path: list, query, acceptsGzip: fields.acceptsGzip }, (answer) =>
      this.#give(connection, { served, caller, answer, close, ...(pass === undefined ? {} : { pass }) }),
    );
  }

  /** A list for this listener alone, with the pass in the addresses it names. */
  async #giveSigned(
    connection: Connection,
    { served, path, query, close }: Asked,
    { caller, pass }: { readonly caller: Caller; readonly pass: string },
  ): Promise<void> {
    const stop = new AbortController();
    connection.forget = () => stop.abort(new Error("the listener left"));
    try {
      const answer = await served.hls.answer({ path, query, acceptsGzip: false, signal: stop.signal });
      if (answer === undefined) throw new EarshotError("not-found", { path });
      const signed = signedList(answer, pass);
      const body = Buffer.from(signed.body);
      this.#give(connection, { served, caller, answer: new ReadyAnswer(signed.status, answerFields(signed, body.length), body), close, pass });
    } catch (cause) {
      if (connection.here) this.#refuse(connection, cause, close);
    }
  }

  /** @hot */
  #give(connection: Connection, { served, caller, answer, close, pass }: Gift): void {
    const bytes = answer.bytes(this.#seconds);
    connection.send(pass === undefined ? bytes : answer.withField(bytes, "earshot-pass", pass));
    this.#done(connection, close);
    if (answer.span === undefined) return;
    // Those who waited together are all answered before the first is counted.
    if (this.#given.length === 0) setImmediate(() => this.#countGiven());
    this.#given.push({ served, caller, span: answer.span, bytes: answer.bodyLength });
  }

  #countGiven(): void {
    const given = this.#given;
    this.#given = [];
    for (const { served, caller, span, bytes } of given) this.#options.audience.countAnswer(served, caller, { from: span.from, to: span.to, bytes });
  }

  /** Whether a newcomer may come in; who may not is told when to come back. */
  #admit(connection: Connection, { served, query, close }: Asked, caller: Caller): Admission | undefined {
    try {
      return this.#options.door.admitCaller(served, caller, query);
    } catch (cause) {
      return this.#refuse(connection, cause, close);
    }
  }

  /** Whether somebody may have what a player asks for once it is in. @hot */
  #pass(connection: Connection, { served, path, query, close }: Asked, caller: Caller): Admission | undefined {
    if (!isMediaList(path)) return IN;
    try {
      this.#options.door.checkList(served, caller, query);
      return IN;
    } catch (cause) {
      return this.#refuse(connection, cause, close);
    }
  }

  #refuse(connection: Connection, cause: unknown, close: boolean): undefined {
    connection.send(readyProblem(cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause)).bytes(this.#seconds));
    this.#done(connection, close);
    return undefined;
  }

  /** Unix time. Whole seconds. */
  get #seconds(): number {
    return Math.floor(this.#options.clock.wallMs() / 1000);
  }

  /** Who asks; the same object as long as it is the same one, so that its key is made once. */
  #callerOf(connection: Connection, { fields, query }: Pick<Asked, "fields" | "query">): Caller {
    const known = connection.caller;
    connection.fields = fields;
    // Whoever says no number in the address is told apart by the head alone.
    const plain = query.size === 0;
    if (known !== undefined && plain && connection.callerFields === fields) return known;
    connection.callerFields = plain ? fields : undefined;
    const caller = this.#options.audience.callerOf({ headers: fields.headers, socket: connection.socket }, query);
    if (known?.address === caller.address && known.agent === caller.agent && known.sessionNumber === caller.sessionNumber) return known;
    connection.caller = caller;
    return caller;
  }

  /** The connection is free for the next question. @hot */
  #done(connection: Connection, close: boolean): void {
    connection.forget = undefined;
    connection.activeAt = this.#options.clock.steadyMs();
    connection.busy = false;
    if (close) connection.end();
    else if (connection.pending !== undefined) queueMicrotask(() => this.onData(connection));
  }

  #stream(connection: Connection, asked: Asked, { kind, caller }: { readonly kind: EndlessKind; readonly caller: Caller }): void {
    const { served } = asked;
    const admitted = this.#admit(connection, asked, caller);
    if (admitted === undefined) return;
    connection.busy = true;
    const icy = asked.fields.wantsIcy;
    void this.#options.aboutOf(served.slug).then((about) => {
      if (!connection.here) return;
      this.#asking.delete(connection);
      this.#streaming.add(connection);
      connection.pending = undefined;
      connection.fields = undefined;
      const { socket } = connection;
      // Head and burst leave in one packet.
      socket.cork();
      const cheaper = admitted.cheaper && served.endless.hasCheaper(kind);
      const near = !cheaper && asked.query.get("near") === "1" && served.endless.hasRoomNear(kind);
      const cadenceMs = served.endless.cadenceMs(kind, { near, cheaper });
      const answer = { kind, ...about, numberOfChannels: served.endless.numberOfChannels(kind), cadenceMs, icy, near, cheaper };
      connection.send(admitted.pass === undefined ? this.#head(answer) : streamHead({ ...answer, pass: admitted.pass }));
      connection.counted = this.#options.audience.countStream(served, caller, { kind, backlog: () => connection.backlog });
      // Every browser calls itself Mozilla; players and radios do not.
      connection.leave = served.endless.open(kind, connection, { element: caller.agent.startsWith("Mozilla/"), near, cheaper, icy });
      socket.uncork();
    });
  }

  /** The head of a stream's answer, made once for all who get the same. */
  #head(answer: Omit<StreamAnswer, "pass">): Buffer {
    const { kind, cadenceMs, near, cheaper, icy, numberOfChannels } = answer;
    const key = `${kind} ${cadenceMs} ${near} ${cheaper} ${icy} ${numberOfChannels} ${answer.address} ${answer.title}\n${answer.description}`;
    let head = this.#heads.get(key);
    if (head === undefined) {
      if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
      head = streamHead(answer);
      this.#heads.set(key, head);
    }
    return head;
  }

  #handOver(connection: Connection): void {
    this.#asking.delete(connection);
    this.#options.handOver(connection.release());
  }

  /** Reads on when the connection has taken what it was sent. */
  #rest(connection: Connection): void {
    connection.socket.pause();
    connection.socket.once("drain", () => {
      connection.socket.resume();
      this.onData(connection);
    });
  }

  async #sweep(): Promise<void> {
    const { clock, requestMs, idleMs } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await clock.sleep(SWEEP_MS, signal).catch(() => {});
      const now = clock.steadyMs();
      for (const connection of this.#asking) {
        if (connection.busy) continue;
        const patience = connection.pending === undefined && connection.socket.bytesWritten > 0 ? idleMs : requestMs;
        if (now - connection.activeAt > patience) connection.destroy();
      }
    }
  }
}

const NO_QUERY = new URLSearchParams();
const NOWHERE = { served: undefined, path: "" } as const;
const RADIO: ReadonlyMap<string, EndlessKind> = new Map([
  ["mp3", "mp3"],
  ["aac", "aac"],
  ["opus", "opus"],
]);
