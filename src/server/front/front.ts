import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import {
  type Answer,
  containerKind,
  type EndlessKind,
  endlessRendition,
  isMediaList,
  isMultivariant,
  type StreamSink,
  readLanguagePath,
  signedList,
  thriftyPath,
} from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { NO_STORAGE, type StorageSettings } from "../../core/storage-config.ts";
import { paths } from "../../wire/paths.ts";
import { type EventStatus, isListed, type PublicEvent, type PublicState } from "../../wire/public-state.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import type { Pages } from "../adapters/pages.ts";
import { openStore } from "../blobs/open-store.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { appFile, WORKER_PATH } from "./app-files.ts";
import { AudienceMeter } from "./audience-meter.ts";
import { eventCalendar, houseCalendar, seriesCalendar } from "./calendar-files.ts";
import { followSegment, readFollowed } from "./chunked-segment.ts";
import { EventDesk, inLanguage, type ServedEvent, streamLanguage } from "./event-desk.ts";
import { FastLane } from "./fast-lane.ts";
import { FrontDoor } from "./front-door.ts";
import { isPreview } from "./house-desk.ts";
import { HouseBehind } from "./house-behind.ts";
import { SWEEP_MS } from "./gatekeeper.ts";
import { readLedgerFile, VERIFIER_PATH } from "./ledger-files.ts";
import { ListenerGate } from "./listener-gate.ts";
import { sendPicture } from "./picture-files.ts";
import { PublicEvents } from "./public-events.ts";
import { RecordDesk } from "./record-desk.ts";
import { Replay } from "./replay.ts";
import { Rewind } from "./rewind.ts";
import { Sender } from "./sender.ts";
import { SoundFiles } from "./sound-files.ts";
import { aboutEvent, streamFields } from "./stream-head.ts";
import { TlsEntry } from "./tls-entry.ts";
import { WaitingSounds } from "./waiting-sounds.ts";
import { WallFiles } from "./wall-files.ts";

/** Connections the kernel may hold for us while we are busy. Source: joins measured with 511 and 16384. */
const BACKLOG = 16_384;
/** Time a client has to send its headers, and its whole request. Milliseconds. */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Idle keep-alive. Milliseconds; longer than a segment, so that a listener keeps one connection. */
const KEEP_ALIVE_MS = 20_000;
/** Longest request head. Bytes; a browser's is below 2 KB, a ticket and CMCD in it below 4. */
const MAX_HEADER_BYTES = 8 * 1024;
/** Longest that an endless stream waits for an event's first sound. Milliseconds; a part is half a second, a stage that starts takes two. */
const FIRST_SOUND_MS = 5_000;
/** How long caches may keep the waiting page. Seconds; whoever gets an old one stands at the door like everybody, and is in at once when it is calm. */
const WAITING_PAGE_SECONDS = 60;
/** What is below one rendition of a programme. */
const OF_RENDITION = /(?:opus|aac|low)\/[^/]+$/;
/** Past events on the home page; the feed has more. */
const PAST_SHOWN = 60;

/** What a front is made of. */
export interface FrontOptions {
  readonly dataFolder: string;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Newcomers let in per second before the machine has shown what it bears. */
  readonly joinsPerSecond: number;
  /** What the line carries; 0 when nobody said. */
  readonly uplinkBytesPerSecond: number;
  /** Fronts that share the machine, its line and what hosts order. Absent: this one alone. */
  readonly fronts?: number;
  /** Key of the networks' hashes that all fronts share. Absent: made here. */
  readonly networkKey?: number;
  /** Places near the stage, per event and front. Absent: the usual number. */
  readonly nearPlaces?: number;
  /** Whether a cache or CDN stands in front: our player then asks for segments. Absent: no. */
  readonly cdn?: boolean;
  /** With it the port speaks TLS, without it plain HTTP. The caller closes it. */
  readonly certificate?: LiveCertificate;
  /** Key of TLS session tickets that all fronts of a house share. Bytes, 48. */
  readonly ticketKeys?: Buffer;
  /** Where recordings are kept besides this disk, and for how long. Absent: here, until somebody deletes them. */
  readonly storage?: StorageSettings;
  /** Key of personal listener links. Absent: no link opens an event by invitation. */
  readonly listenerKey?: Uint8Array;
  /** At an edge: the house's own listeners' port, which answers what is not live; no trailing slash. Absent: this is a front of the house. */
  readonly origin?: string;
  readonly pages: Pages;
  /** Where listeners go, and where hosts and speakers go; no trailing slash. */
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The public side: pages, live audio, replays. Reads only. */
export class Front {
  readonly desk: EventDesk;
  readonly audience: AudienceMeter;
  readonly door: FrontDoor;
  readonly sounds: SoundFiles;
  readonly #options: FrontOptions;
  readonly #events: PublicEvents;
  readonly #replay: Replay;
  readonly #record: RecordDesk;
  readonly #rewind: Rewind;
  readonly #waiting: WaitingSounds;
  readonly #server: Server;
  readonly #lane: FastLane;
  readonly #gate: ListenerGate;
  readonly #sender: Sender;
  readonly #walls: WallFiles;
  /** At an edge: the house that answers what is not live. */
  readonly house: HouseBehind | undefined;
  /** The way in when the port speaks TLS. */
  readonly tls: TlsEntry | undefined;
  requests = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#sender = new Sender(options.pages, options.log);
    this.#events = new PublicEvents(options.dataFolder, options.clock);
    this.#waiting = new WaitingSounds(options);
    this.#walls = new WallFiles(options.dataFolder, options.clock);
    this.#rewind = new Rewind({ ...options, requireKept: (eventId) => this.#record.requireKept(eventId) });
    this.desk = new EventDesk({
      ...options,
      older: (event, language) => (rendition, segment) => {
        const { eventId } = event;
        // After the end it is a replay, even at the address it had on air.
        if (this.desk.all.some((served) => served.eventId === eventId && served.store.live?.phase === "ended")) this.door.checkReplay();
        return this.house?.segment(event, language, rendition, segment) ?? this.#rewind.segment({ eventId, language }, rendition, segment);
      },
    });
    this.audience = new AudienceMeter({ ...options, desk: this.desk, events: this.#events });
    this.door = new FrontDoor({
      ...options,
      desk: this.desk,
      events: this.#events,
      audience: this.audience,
      bytesOut: () => this.bytesOut,
      secure: options.certificate !== undefined,
    });
    const { dataFolder, storage = NO_STORAGE } = options;
    this.#gate = new ListenerGate({
      ...options,
      key: options.listenerKey,
      events: this.#events,
      desk: this.desk,
      secure: options.publicUrl.startsWith("https:"),
    });
    const { origin } = options;
    this.house =
      origin === undefined
        ? undefined
        : new HouseBehind({
            ...options,
            origin,
            desk: this.desk,
            door: this.door,
            gate: this.#gate,
            events: this.#events,
            sender: this.#sender,
            addressOf: (request) => this.audience.addressOf(request),
            isProxy: (address) => this.audience.isProxy(address),
            wallOff: (page) => this.#walls.off(page),
          });
    this.sounds = new SoundFiles({ dataFolder, store: openStore(storage, { environment: process.env, clock: options.clock }), clock: options.clock });
    this.#replay = new Replay(this.sounds);
    this.#record = new RecordDesk({
      ...options,
      sounds: this.sounds,
      recordingDays: storage.recordingDays,
      event: (slug) => this.#events.event(slug),
      events: () => this.#events.list(),
      stateOf: (event) => this.#state(event),
      houseName: () => this.#sender.look.name,
    });
    const take = (request: IncomingMessage, response: ServerResponse) => {
      this.requests++;
      this.#route(request, response).catch((cause: unknown) => this.#sender.refuse(request, response, cause));
    };
    this.#server = createServer(
      { noDelay: true, keepAlive: true, connectionsCheckingInterval: SWEEP_MS, maxHeaderSize: MAX_HEADER_BYTES },
      (request, response) => {
        if (!this.door.gatekeeper.turnsBack(request)) take(request, response);
      },
    );
    this.#server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    // What Node does with a new connection comes second: live audio is looked for first.
    const [handOver] = this.#server.listeners("connection") as [(this: Server, socket: Socket) => void];
    this.#lane = new FastLane({
      desk: this.desk,
      clock: options.clock,
      audience: this.audience,
      door: this.door,
      isOpen: (slug) => this.#gate.isOpen(slug),
      requestMs: HEADERS_TIMEOUT_MS,
      idleMs: KEEP_ALIVE_MS,
      aboutOf: async (slug) => aboutEvent(slug, await this.#events.event(slug), options.publicUrl),
      handOver: (socket) => handOver.call(this.#server, socket),
      onRequest: () => {
        this.requests++;
      },
      onBytes: (length) => {
        this.#sender.bytesOut += length;
      },
    });
    this.#server.off("connection", handOver);
    const { certificate, ticketKeys, clock } = options;
    this.tls =
      certificate === undefined
        ? undefined
        : new TlsEntry({
            certificate,
            ...(ticketKeys === undefined ? {} : { ticketKeys }),
            clock,
            gatekeeper: this.door.gatekeeper,
            requestMs: HEADERS_TIMEOUT_MS,
            idleMs: KEEP_ALIVE_MS,
            plain: (socket) => this.#lane.accept(socket),
            request: take,
          });
    const way = this.tls ?? this.#lane;
    this.#server.on("connection", (socket) => {
      if (!this.door.gatekeeper.keeps(socket)) way.accept(socket);
    });
    this.door.gatekeeper.guard(this.#server);
  }

  /** Connections that are served as live audio or about to ask for it. */
  get connections(): number {
    return this.#lane.size + (this.tls?.sessions ?? 0);
  }

  /** Bytes of bodies written so far. */
  get bytesOut(): number {
    return this.#sender.bytesOut;
  }

  setStages(stages: readonly RunningStage[]): void {
    this.audience.learnSalts(stages);
    this.desk.setStages(stages);
    this.#gate.look().catch((cause: unknown) => this.#options.log.error("the gate could not look who is invited", { cause }));
  }

  /** `shared`: other fronts listen there too, and the kernel deals connections out among them. @throws `port-in-use` */
  async listen(port: number, host: string, shared = false): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(cause.code === "EADDRINUSE" ? new EarshotError("port-in-use", { setting: "EARSHOT_PORT", port }, cause) : cause),
      );
      this.#server.listen({ port, host, backlog: BACKLOG, reusePort: shared }, resolve);
    });
    const address = this.#server.address();
    const opened = typeof address === "object" && address !== null ? address.port : port;
    this.door.listens(opened, BACKLOG);
    return opened;
  }

  async close(): Promise<void> {
    this.door.close();
    this.#gate.close();
    this.house?.close();
    await this.audience.close();
    this.desk.close();
    this.#lane.close();
    this.tls?.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? "/", "http://front");
    if (url === null) throw new EarshotError("not-found", { path: (request.url ?? "").slice(0, 200) });
    const { pathname } = url;
    if (request.method === "OPTIONS")
      return void response
        .writeHead(204, { "access-control-allow-origin": "*", "access-control-allow-headers": "range, icy-metadata", "access-control-max-age": "86400" })
        .end();
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new EarshotError("method-not-allowed", { method: request.method ?? "", allowed: "GET, HEAD" });
    this.#sender.look = await this.#events.look();
    if (pathname === "/healthz") return this.#sender.send(request, response, { status: 200, type: "application/json", body: '{"ok":true}', maxAge: 0 });
    if (pathname === VERIFIER_PATH) return this.#sender.asset(request, response, "verify.mjs", "public, max-age=300");
    if (pathname === WORKER_PATH) return this.#sender.asset(request, response, "sw.js", "no-cache");
    const app = appFile(pathname, this.#sender.look);
    if (app !== undefined) return this.#sender.send(request, response, app);
    const asset = /^\/assets\/([\w.-]+)$/.exec(pathname);
    // The house may run another version, whose pages are made of other files.
    if (asset !== null && (this.house === undefined || this.#options.pages.asset(asset[1] ?? "") !== undefined))
      return this.#sender.asset(request, response, asset[1] ?? "");
    if (isPreview(pathname)) this.door.checkPreview();
    if ((await this.house?.takes(request, response, url)) === true) return;
    if (pathname === paths.houseCalendar)
      return this.#sender.send(request, response, houseCalendar(await this.#events.list(), this.#options.publicUrl, this.#sender.look.name));
    if (pathname === "/") return await this.#home(request, response);
    const picture = /^\/pictures\/([\w.-]+)$/.exec(pathname);
    if (picture !== null) return await sendPicture(request, response, { dataFolder: this.#options.dataFolder, file: picture[1] ?? "", sender: this.#sender });
    const below = /^\/(?:e|live)\/([a-z0-9-]+)/.exec(pathname)?.[1];
    const named = below === undefined ? undefined : await this.#events.event(below);
    const isEventPage = below !== undefined && (pathname === paths.event(below) || pathname === paths.join(below));
    const told = named === undefined || !isEventPage ? undefined : await this.#gate.whereTold(named, request, url.searchParams);
    if (told !== undefined) return void response.writeHead(303, { location: told, "cache-control": "private, no-store", vary: "cookie" }).end();
    const onwards = named === undefined ? undefined : await this.#gate.pass(named, request, response, url.searchParams);
    if (onwards !== undefined && pathname === paths.event(below ?? ""))
      return void response.writeHead(303, { location: onwards, "cache-control": "no-store" }).end();
    const endless = /^\/live\/([a-z0-9-]+)\.(mp3|aac|opus)$/.exec(pathname);
    if (endless !== null) return await this.#endless(request, response, { slug: endless[1] ?? "", kind: endless[2] as EndlessKind, query: url.searchParams });
    const live = /^\/live\/([a-z0-9-]+)\/(.+)$/.exec(pathname);
    if (live !== null) return await this.#live(request, response, { slug: live[1] ?? "", path: live[2] ?? "", query: url.searchParams });
    const event = /^\/e\/([a-z0-9-]+)(?:\/(.*))?$/.exec(pathname);
    const series = /^\/s\/([a-z0-9-]{1,80})(?:\/(feed\.xml|calendar\.ics))?$/.exec(pathname);
    if (series !== null) return await this.#series(request, response, series[1] ?? "", series[2]);
    if (event !== null && (await this.house?.takesBelowPage(request, response, event[2] ?? "", true)) === true) return;
    if (event !== null) return await this.#event(request, response, { slug: event[1] ?? "", path: event[2] ?? "", query: url.searchParams });
    const made = await this.#record.house(pathname, url.searchParams, acceptsGzip(request));
    if (made !== undefined) return this.#sender.send(request, response, made);
    throw new EarshotError("not-found", { path: pathname.slice(0, 200) });
  }

  async #live(
    request: IncomingMessage,
    response: ServerResponse,
    { slug, path: below, query }: { slug: string; path: string; query: URLSearchParams },
  ): Promise<void> {
    if (below === "state.json") {
      const state = await this.#state(await this.#known(slug));
      return this.#sender.send(request, response, { status: 200, type: "application/json", body: JSON.stringify(state), maxAge: 1 });
    }
    if (below === "stream.mp4") return await this.#endless(request, response, { slug, kind: containerKind(query.get("codec")), query });
    const event = this.desk.get(slug);
    if (this.house !== undefined && event !== undefined && below.endsWith("dvr.m3u8"))
      return await this.#backAtHouse(request, response, { house: this.house, event, below, query });
    if (event === undefined || below.endsWith("dvr.m3u8")) {
      // On air going back is listening like any other; afterwards it is a replay, down to the last segment.
      const isOnAir = event?.store.live?.phase === "live";
      const begins = event !== undefined && isOnAir && !OF_RENDITION.test(below);
      const answer = await this.#past(slug, below, acceptsGzip(request) && !(begins && this.door.signsLists(event)));
      if (answer === undefined) throw await this.#notLive(slug);
      if (begins) return this.#sendSigned(request, response, { event, answer, pass: this.door.admit(event, request, response, query).pass });
      if (isOnAir) this.door.checkList(event, this.audience.callerOf(request, query), query);
      else this.door.checkReplay();
      return this.#sender.send(request, response, answer);
    }
    const addressed = inLanguage(event, below);
    if (addressed === undefined) throw new EarshotError("not-found", { path: below.slice(0, 200) });
    const { served } = addressed;
    let { path } = addressed;
    // A player that is fed by its browser alone learns here that there is no more to come.
    if (path === "door" && served.store.over("aac")) throw await this.#notLive(slug);
    const admission = path === "door" || isMultivariant(path) ? this.door.admit(served, request, response, query) : undefined;
    if (path === "door") return this.#sender.send(request, response, { status: 200, type: "application/json", body: '{"in":true}', maxAge: 0 });
    if (isMediaList(path)) this.door.checkList(served, this.audience.callerOf(request, query), query);
    if (admission?.cheaper === true) path = thriftyPath(path);
    const segment = request.method === "GET" ? readFollowed(path, served) : undefined;
    if (segment !== undefined) return followSegment(response, served, segment, this.audience.countFetch(served, request, { path, query }));
    const packs = acceptsGzip(request) && !(admission !== undefined && this.door.signsLists(served));
    const answer = await served.hls.answer({ path, query, acceptsGzip: packs, signal: untilClosed(response) });
    if (answer === undefined) throw new EarshotError("not-found", { path: path.slice(0, 200) });
    if (admission !== undefined) return this.#sendSigned(request, response, { event: served, answer, pass: admission.pass });
    this.#sender.send(request, response, answer, answer.fleeting === true ? undefined : this.audience.countFetch(served, request, { path, query }));
  }

  /** A list that a player begins with; while lists are made for one listener each, with that listener's pass. */
  #sendSigned(
    request: IncomingMessage,
    response: ServerResponse,
    { event, answer, pass }: { readonly event: ServedEvent; readonly answer: Answer; readonly pass: string | undefined },
  ): void {
    this.#sender.send(request, response, pass !== undefined && this.door.signsLists(event) ? signedList(answer, pass) : answer);
  }

  /** At an edge, a list of the event from its start: the door here is asked, the house has the list. */
  async #backAtHouse(
    request: IncomingMessage,
    response: ServerResponse,
    { house, event, below, query }: { readonly house: HouseBehind; readonly event: ServedEvent; readonly below: string; readonly query: URLSearchParams },
  ): Promise<void> {
    const list = `/live/${event.slug}/${below}`;
    const begins = !OF_RENDITION.test(below);
    const pass = begins ? this.door.admit(event, request, response, query).pass : (query.get("ticket") ?? undefined);
    if (!begins) this.door.checkList(event, this.audience.callerOf(request, query), query);
    // In calm it is the same for all who ask.
    if (pass === undefined || !this.door.signsLists(event)) return await house.passOn.pass(request, response, { target: list });
    const target = `${list}?ticket=${encodeURIComponent(pass)}`;
    if (!begins) return await house.passOn.pass(request, response, { target });
    this.#sendSigned(request, response, { event, answer: await house.list(target, await this.#known(event.slug)), pass });
  }

  /** What an event was from its start, out of the archive; undefined when the path is none of it, or nothing is on disk yet. */
  async #past(slug: string, path: string, gzip: boolean): Promise<Answer | undefined> {
    const event = await this.#known(slug);
    const state = this.desk.get(slug)?.store.live ?? (await this.#events.lastState(event.id));
    if (state?.originUnixMs === undefined) return undefined;
    const { language, rest } = readLanguagePath(path) ?? { language: undefined, rest: path };
    return await this.#rewind.answer({ eventId: event.id, language, path: rest, originUnixMs: state.originUnixMs, acceptsGzip: gzip });
  }

  async #endless(
    request: IncomingMessage,
    response: ServerResponse,
    { slug, kind, query }: { slug: string; kind: EndlessKind; query: URLSearchParams },
  ): Promise<void> {
    const event = this.desk.get(slug);
    const served = event === undefined ? undefined : streamLanguage(event, query);
    const rendition = endlessRendition(kind);
    // A radio that comes in the very second of the start would take a refusal for the end.
    if (served?.store.live?.phase === "live" && served.store.window(rendition) === undefined)
      await served.store.waitFor(rendition, 0, FIRST_SOUND_MS, untilClosed(response));
    if (served?.store.window(rendition) === undefined || served.store.over(rendition)) throw await this.#notLive(slug);
    const cheaper = request.method === "GET" && this.door.admit(served, request, response, query).cheaper && served.endless.hasCheaper(kind);
    const announced = await this.#events.event(slug);
    // Without chunks around its pieces: the stream ends with the connection.
    response.removeHeader("transfer-encoding");
    const near = !cheaper && query.get("near") === "1" && served.endless.hasRoomNear(kind);
    const cadenceMs = served.endless.cadenceMs(kind, { near, cheaper });
    const icy = request.headers["icy-metadata"] === "1";
    const about = aboutEvent(slug, announced, this.#options.publicUrl);
    const { connection, ...fields } = streamFields({ kind, ...about, numberOfChannels: served.endless.numberOfChannels(kind), cadenceMs, icy, near, cheaper });
    // An HTTP/2 stream ends by itself. @spec RFC 9113 §8.2.2
    response.writeHead(200, request.httpVersionMajor === 2 || connection === undefined ? fields : { ...fields, connection });
    if (request.method === "HEAD") return void response.end();
    const caller = this.audience.callerOf(request, query);
    const counted = this.audience.countStream(served, caller, { kind, backlog: () => response.writableLength });
    const write = (bytes: Uint8Array, from: number, to: number) => {
      this.#sender.bytesOut += bytes.length;
      response.write(bytes);
      counted?.wrote(from, to, bytes.length);
    };
    // Every browser calls itself Mozilla; players and radios do not.
    const element = (request.headers["user-agent"] ?? "").startsWith("Mozilla/");
    const sink: StreamSink = {
      write,
      together: (act) => {
        response.cork();
        act();
        response.uncork();
      },
      get backlog() {
        return response.writableLength;
      },
      end: () => response.end(),
      destroy: () => response.destroy(),
    };
    const leave = served.endless.open(kind, sink, { element, near, cheaper, icy });
    response.once("close", () => {
      leave();
      if (counted !== undefined) this.audience.endStream(counted);
    });
  }

  async #event(
    request: IncomingMessage,
    response: ServerResponse,
    { slug, path, query }: { slug: string; path: string; query: URLSearchParams },
  ): Promise<void> {
    const event = await this.#known(slug);
    // What is not listed is for those who were sent its address, not for search engines.
    if (!isListed(event)) response.setHeader("x-robots-tag", "noindex");
    if (path === "") {
      if (this.door.showsWaitingPage(this.desk.get(slug), query))
        return this.#sender.page(request, response, "waiting.html", { title: event.title, description: "", slug, maxAge: WAITING_PAGE_SECONDS }, { slug });
      const state = await this.#state(event);
      const told = await this.#record.shared(state, this.#sender.languageOf(request));
      // A reminder's mail says what the event is called: for invited listeners that is nobody else's business.
      const comes = state.status === "scheduled" || state.status === "doors" || state.status === "postponed";
      const reminders = comes && event.visibility !== "invited" ? await this.#events.reminderOffer() : undefined;
      const texts = { title: event.title, description: event.description, ...told };
      const invitation = this.#gate.writingToken(event, request);
      // Most listeners are there before the host opens the wall.
      const isOver = state.status === "ended" || state.status === "cancelled";
      const writing = event.wall === true || !isOver ? { at: this.#options.backstageUrl, ...(invitation === undefined ? {} : { invitation }) } : undefined;
      const at = reminders?.at ?? writing?.at;
      if (at === undefined) return this.#sender.page(request, response, "listen.html", texts, state);
      // All that the page sends goes to where the house takes writes: an address to be reminded at, and what somebody says.
      const connect = `'self' ${new URL(at).origin}`;
      const offers = { ...(reminders === undefined ? {} : { reminders }), ...(writing === undefined ? {} : { writing }) };
      return this.#sender.page(request, response, "listen.html", { ...texts, connect }, { ...state, ...offers });
    }
    const folder = join(this.#options.dataFolder, "events", event.id);
    if (path.startsWith("ledger/")) {
      const file = await readLedgerFile(folder, path.slice("ledger/".length));
      if (file === undefined) throw new EarshotError("not-found", { path: path.slice(0, 200) });
      return this.#sender.send(request, response, file);
    }
    if (path === "event.ics") {
      response.setHeader("content-disposition", `inline; filename="${event.slug}.ics"`);
      return this.#sender.send(request, response, eventCalendar(event, this.#options.publicUrl));
    }
    const wall = /^wall(?:-([2-9]))?\.json$/.exec(path);
    if (wall !== null) {
      const page = Number(wall[1] ?? 1);
      const answer = this.door.does("no-posts") ? this.#walls.off(page) : await this.#walls.answer(event.id, page, acceptsGzip(request));
      if (answer === undefined) throw new EarshotError("not-found", { path });
      return this.#sender.send(request, response, answer);
    }
    if (path === "join" || path === "ask") {
      const page = path === "join" ? paths.wallPage(slug) : paths.hand(slug);
      const invitation = this.#gate.writingToken(event, request);
      // Behind the hash no server and no log sees it.
      const location = `${this.#options.backstageUrl}${page}${invitation === undefined ? "" : `#${invitation}`}`;
      return void response.writeHead(302, { location, "cache-control": "no-store" }).end();
    }
    if (path === "waiting.mp3") {
      this.door.checkWaitingMusic();
      const sound = await this.#waiting.answer(event.id, query.get("v"));
      if (sound === undefined || (await this.#state(event)).status === "ended") throw new EarshotError("not-found", { path });
      return this.#sender.send(request, response, sound);
    }
    // A frame in other people's pages is a way to listen as long as there is something to wait for or to hear.
    if (path === "card.png") this.door.checkPreview();
    else if (path !== "embed" || (await this.#state(event)).status === "ended") this.door.checkReplay();
    const made = await this.#record.event({ event, path, query, acceptsGzip: acceptsGzip(request), lang: this.#sender.languageOf(request) });
    if (made !== undefined && !("page" in made)) return this.#sender.send(request, response, made);
    if (made !== undefined) return this.#sender.page(request, response, made.page, { ...made.texts, head: made.head, framed: made.framed }, made.state);
    await this.#record.requireKept(event.id);
    const asked = { event, state: await this.#events.lastState(event.id), path, query, archiveFolder: join(folder, "archive") };
    const answer = await this.#replay.answer(asked);
    if (answer !== undefined) return this.#sender.send(request, response, answer);
    response.setHeader("access-control-allow-origin", "*");
    if (await this.#replay.sendFile(request, response, asked)) return;
    throw new EarshotError("not-found", { path: path.slice(0, 200) });
  }

  async #home(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const state = { events: await this.#told(await this.#events.list()), serverUnixMs: this.#options.clock.wallMs() };
    this.#sender.page(request, response, "home.html", { title: this.#sender.look.name, description: "Live audio" }, state);
  }

  /** A series: its page, its feed, its calendar. Only what is listed stands in any of them. */
  async #series(request: IncomingMessage, response: ServerResponse, slug: string, file: string | undefined): Promise<void> {
    const series = (await this.#events.series()).find((one) => one.slug === slug);
    if (series === undefined) throw new EarshotError("not-found", { series: slug });
    const listed = await this.#events.list();
    if (file === "feed.xml") return this.#sender.send(request, response, await this.#record.seriesFeed(series, acceptsGzip(request)));
    if (file === "calendar.ics") return this.#sender.send(request, response, seriesCalendar(series, listed, this.#options.publicUrl));
    const events = await this.#told(listed.filter((event) => event.series?.slug === slug));
    const { title, description } = series;
    const head = this.#record.seriesHead(series, this.#sender.languageOf(request));
    this.#sender.page(request, response, "home.html", { title, description, head }, { events, series, serverUnixMs: this.#options.clock.wallMs() });
  }

  /** Events as lists show them: how they stand now, and no more of the past than somebody scrolls through. */
  async #told(events: readonly PublicEvent[]): Promise<readonly PublicEvent[]> {
    const now = await Promise.all(events.map(async (event) => ({ ...event, status: (await this.#state(event)).status })));
    const over = new Set(
      now
        .filter(({ status }) => status === "ended" || status === "cancelled")
        .sort((one, other) => Date.parse(other.startDate) - Date.parse(one.startDate))
        .slice(PAST_SHOWN),
    );
    return now.filter((event) => !over.has(event)).map(forList);
  }

  async #known(slug: string): Promise<PublicEvent> {
    const event = await this.#events.event(slug);
    if (event === undefined) throw new EarshotError("event-unknown", { slug });
    return event;
  }

  async #notLive(slug: string): Promise<EarshotError> {
    const { status } = await this.#state(await this.#known(slug));
    if (status === "ended") return new EarshotError("event-ended", { slug });
    return status === "live" ? new EarshotError("stage-starting", { slug }) : new EarshotError("event-not-live", { slug, status });
  }

  /** The waiting music, while somebody has to wait. */
  async #forThoseWhoWait(event: PublicEvent, status: EventStatus, atDoor: boolean): Promise<Pick<PublicState, "waiting">> {
    const before = status === "scheduled" || status === "doors";
    if (!before && !(status === "live" && atDoor)) return {};
    if (this.house !== undefined) {
      const { waiting } = await this.house.word(event);
      return waiting === undefined ? {} : { waiting };
    }
    const version = await this.#waiting.version(event.id);
    return version === undefined ? {} : { waiting: { sound: paths.waitingSound(event.slug, version) } };
  }

  async #canGoBack(event: PublicEvent): Promise<boolean> {
    return this.house === undefined ? await this.#rewind.offered(event.id) : (await this.house.word(event)).rewind === true;
  }

  /** The event as announced, corrected by what its stage says. */
  async #state(event: PublicEvent): Promise<PublicState> {
    const served = this.desk.get(event.slug);
    const live = served?.store.live ?? (await this.#events.lastState(event.id));
    const audience = served === undefined ? undefined : this.audience.publicAudience(served.eventId);
    const door = served === undefined ? undefined : this.door.publicDoor(served);
    const status: EventStatus = live?.phase === "ended" ? "ended" : live?.phase === "live" ? "live" : event.status;
    return {
      event,
      status,
      ...(live === undefined ? {} : { live }),
      serverUnixMs: this.#options.clock.wallMs(),
      interrupted: status === "live" && served?.store.connected !== true,
      ...(audience === undefined || status !== "live"
        ? {}
        : { audience: { ...audience, lookAgainSeconds: audience.lookAgainSeconds * this.door.figureSlowness } }),
      ...(door === undefined || status !== "live" ? {} : { door }),
      ...(status === "live" && this.door.does("cheaper") ? { cheaper: true as const } : {}),
      ...(await this.#forThoseWhoWait(event, status, door !== undefined)),
      ...(status === "live" && (await this.#canGoBack(event)) ? { rewind: true as const } : {}),
      ...(this.#options.cdn === true ? { segments: true } : {}),
    };
  }
}

/** What a list shows of an event: not the whole page. */
function forList({ schedule, description, ...event }: PublicEvent): PublicEvent {
  return { ...event, description: event.permanent ? description : "", ...(schedule === undefined ? {} : { schedule: { ...schedule, history: [] } }) };
}

function untilClosed(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the listener left")));
  return gone.signal;
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""));
}
