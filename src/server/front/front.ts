import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { EndlessKind } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { NO_STORAGE, type StorageSettings } from "../../core/storage-config.ts";
import { paths } from "../../wire/paths.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import type { Pages } from "../adapters/pages.ts";
import { openStore } from "../blobs/open-store.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { appFile, WORKER_PATH } from "./app-files.ts";
import { AudienceMeter } from "./audience-meter.ts";
import { houseCalendar } from "./calendar-files.ts";
import { EventDesk } from "./event-desk.ts";
import { FastLane } from "./fast-lane.ts";
import { FrontDoor } from "./front-door.ts";
import { isPreview } from "./house-desk.ts";
import { HouseBehind } from "./house-behind.ts";
import { SWEEP_MS } from "./gatekeeper.ts";
import { VERIFIER_PATH } from "./ledger-files.ts";
import { ListenerGate } from "./listener-gate.ts";
import { LiveDesk } from "./live-desk.ts";
import { acceptsGzip } from "./pack.ts";
import { PageDesk } from "./page-desk.ts";
import { sendPicture } from "./picture-files.ts";
import { PublicEvents } from "./public-events.ts";
import { PublicStates } from "./public-states.ts";
import { RecordDesk } from "./record-desk.ts";
import { Replay } from "./replay.ts";
import { Rewind } from "./rewind.ts";
import { Sender } from "./sender.ts";
import { SoundFiles } from "./sound-files.ts";
import { aboutEvent } from "./stream-head.ts";
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
  readonly gate: ListenerGate;
  readonly #options: FrontOptions;
  readonly #events: PublicEvents;
  readonly #record: RecordDesk;
  readonly #live: LiveDesk;
  readonly #pages: PageDesk;
  readonly #server: Server;
  readonly #lane: FastLane;
  readonly #sender: Sender;
  /** At an edge: the house that answers what is not live. */
  readonly house: HouseBehind | undefined;
  /** The way in when the port speaks TLS. */
  readonly tls: TlsEntry | undefined;
  requests = 0;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#sender = new Sender(options.pages, options.log);
    this.#events = new PublicEvents(options.dataFolder, options.clock);
    const waiting = new WaitingSounds(options);
    const walls = new WallFiles(options.dataFolder, options.clock);
    const rewind = new Rewind({ ...options, requireKept: (eventId) => this.#record.requireKept(eventId) });
    this.desk = new EventDesk({
      ...options,
      older: (event, language) => (rendition, segment) => {
        const { eventId } = event;
        // After the end it is a replay, even at the address it had on air.
        if (this.desk.all.some((served) => served.eventId === eventId && served.store.live?.phase === "ended")) this.door.checkReplay();
        return this.house?.segment(event, language, rendition, segment) ?? rewind.segment({ eventId, language }, rendition, segment);
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
    this.gate = new ListenerGate({
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
            gate: this.gate,
            events: this.#events,
            sender: this.#sender,
            addressOf: (request) => this.audience.addressOf(request),
            isProxy: (address) => this.audience.isProxy(address),
            wallOff: (page) => walls.off(page),
          });
    this.sounds = new SoundFiles({ dataFolder, store: openStore(storage, { environment: process.env, clock: options.clock }), clock: options.clock });
    const shared = {
      events: this.#events,
      desk: this.desk,
      audience: this.audience,
      door: this.door,
      sender: this.#sender,
      house: this.house,
      waiting,
      rewind,
    };
    const states = new PublicStates({ ...options, ...shared });
    this.#record = new RecordDesk({
      ...options,
      sounds: this.sounds,
      recordingDays: storage.recordingDays,
      events: this.#events,
      states,
      houseName: () => this.#sender.look.name,
    });
    this.#live = new LiveDesk({ ...options, ...shared, states });
    this.#pages = new PageDesk({ ...options, ...shared, states, gate: this.gate, record: this.#record, replay: new Replay(this.sounds), walls });
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
      isOpen: (slug) => this.gate.isOpen(slug),
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

  /** Connections of the fast lane, which get live audio or may ask for it, and HTTP/2 sessions; those that Node's server has taken over are not among them. */
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
    this.gate.look().catch((cause: unknown) => this.#options.log.error("the gate could not look who is invited", { cause }));
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
    this.gate.close();
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
    if (pathname === "/") return await this.#pages.home(request, response);
    const picture = /^\/pictures\/([\w.-]+)$/.exec(pathname);
    if (picture !== null) return await sendPicture(request, response, { dataFolder: this.#options.dataFolder, file: picture[1] ?? "", sender: this.#sender });
    const below = /^\/(?:e|live)\/([a-z0-9-]+)/.exec(pathname)?.[1];
    const named = below === undefined ? undefined : await this.#events.event(below);
    const isEventPage = below !== undefined && (pathname === paths.event(below) || pathname === paths.join(below));
    const told = named === undefined || !isEventPage ? undefined : await this.gate.whereTold(named, request, url.searchParams);
    if (told !== undefined) return void response.writeHead(303, { location: told, "cache-control": "private, no-store", vary: "cookie" }).end();
    const onwards = named === undefined ? undefined : await this.gate.pass(named, request, response, url.searchParams);
    if (onwards !== undefined && pathname === paths.event(below ?? ""))
      return void response.writeHead(303, { location: onwards, "cache-control": "no-store" }).end();
    const endless = /^\/live\/([a-z0-9-]+)\.(mp3|aac|opus)$/.exec(pathname);
    if (endless !== null)
      return await this.#live.stream(request, response, { slug: endless[1] ?? "", kind: endless[2] as EndlessKind, query: url.searchParams });
    const live = /^\/live\/([a-z0-9-]+)\/(.+)$/.exec(pathname);
    if (live !== null) return await this.#live.answer(request, response, { slug: live[1] ?? "", path: live[2] ?? "", query: url.searchParams });
    const event = /^\/e\/([a-z0-9-]+)(?:\/(.*))?$/.exec(pathname);
    const series = /^\/s\/([a-z0-9-]{1,80})(?:\/(feed\.xml|calendar\.ics))?$/.exec(pathname);
    if (series !== null) return await this.#pages.series(request, response, { slug: series[1] ?? "", file: series[2] });
    if (event !== null && (await this.house?.takesBelowPage(request, response, event[2] ?? "", true)) === true) return;
    if (event !== null) return await this.#pages.event(request, response, { slug: event[1] ?? "", path: event[2] ?? "", query: url.searchParams });
    const made = await this.#record.house(pathname, url.searchParams, acceptsGzip(request));
    if (made !== undefined) return this.#sender.send(request, response, made);
    throw new EarshotError("not-found", { path: pathname.slice(0, 200) });
  }
}
