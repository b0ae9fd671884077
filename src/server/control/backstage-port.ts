import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { EarshotError } from "../../core/errors.ts";
import { type LiveEvent, verifySeatToken } from "../../event/mod.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import type { Pages } from "../adapters/pages.ts";
import { answerProblem, type App, mountApi } from "./api/app.ts";
import { UPLOAD_MS } from "./api/upload.ts";
import type { ApiHouse } from "./api/desk-calls.ts";
import type { Edges } from "./edges/edges.ts";
import type { ControlMetrics } from "./metrics.ts";
import { createOriginCheck } from "./origin.ts";
import { mountPages } from "./pages.ts";
import { mountWitness } from "./witness.ts";
import { pipeToStage, refuse, refuseUpgrade, type RoomPipes, WHIP_CORS } from "./stage-pipe.ts";

/** Time a client has to send its headers. Milliseconds; ends connections that only hold a place. */
const HEADERS_TIMEOUT_MS = 5_000;
/** Time a client has to send a whole request that is no file. Milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Requests that bring a file. */
const UPLOAD = /^\/api\/(?:events\/[^/]+\/(?:sounds|artwork)|house\/logo)(?:\?|$)/;

/** Headers of every answer that is not passed on from a stage. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
};

/** What the backstage port is wired to. */
export interface BackstagePortOptions extends ApiHouse {
  readonly rooms: RoomPipes;
  readonly edges: Edges;
  readonly metrics: ControlMetrics;
  readonly pages: Pages;
  /** With it the port speaks TLS. */
  readonly certificate: LiveCertificate | undefined;
}

/** Opens the backstage port: pages, API, and the way to the stages. @throws `port-in-use` */
export async function openBackstagePort(options: BackstagePortOptions): Promise<{ readonly url: string; readonly server: Server }> {
  const { config, log, metrics } = options;
  const app = createApp(options);
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createHttpServer(options.certificate, (request, response) => {
    if (!UPLOAD.test(request.url ?? "")) limitTime(request);
    // An edge's requests last as long as an event; as durations they would hide all others.
    if (request.url?.startsWith("/edge/") === true) return options.edges.serve(request, response);
    metrics.watch(request, response);
    if (request.url?.startsWith("/whip/") !== true) return void listener(request, response);
    whip(options, request).then(
      (url) => (url === undefined ? response.writeHead(204, { ...WHIP_CORS, "accept-post": "application/sdp" }).end() : pipeToStage(request, response, url)),
      (error: unknown) => refuse(response, error instanceof EarshotError ? error : new EarshotError("internal", {}, error)),
    );
  });
  const originAllowed = createOriginCheck([config.backstageUrl, config.publicUrl]);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const slug = /^\/room\/([^/?]+)(?:\?|$)/.exec(request.url ?? "")?.[1];
    if (slug === undefined) return refuseUpgrade(socket, new EarshotError("not-found"));
    const { origin, host, "sec-fetch-site": fetchSite } = request.headers;
    if (!originAllowed({ origin, host, fetchSite: fetchSite?.toString() }))
      return refuseUpgrade(socket, new EarshotError("forbidden", { rule: "a page of this house" }));
    stageOf(options, slug).then(
      ({ url }) => (socket.destroyed ? undefined : options.rooms.pipe(request, socket, head, url)),
      (error: unknown) => refuseUpgrade(socket, error instanceof EarshotError ? error : new EarshotError("internal", {}, error)),
    );
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const port = config.backstagePort;
      reject(cause.code === "EADDRINUSE" ? new EarshotError("port-in-use", { setting: "EARSHOT_BACKSTAGE_PORT", port }, cause) : cause);
    });
    server.listen(config.backstagePort, config.backstageHost, resolve);
  });
  server.on("error", (cause) => log.error("the backstage port failed", { cause }));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.backstagePort;
  return { url: `${options.certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`, server };
}

/** HTTP/1.1 only, also over TLS: WebSockets need it, and a port for a few people does without what floods of HTTP/2 are made of. */
function createHttpServer(certificate: LiveCertificate | undefined, listener: RequestListener): Server {
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: UPLOAD_MS };
  if (certificate === undefined) return createServer(limits, listener);
  const server = createTlsServer({ ...limits, ...certificate.pair, handshakeTimeout: HEADERS_TIMEOUT_MS }, listener);
  certificate.follow((pair) => server.setSecureContext(pair));
  return server;
}

/** Ends a connection whose request does not come to its end in time. */
function limitTime(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, REQUEST_TIMEOUT_MS);
  request.once("close", () => clearTimeout(timer));
}

function createApp(options: BackstagePortOptions): App {
  const { log } = options;
  const app: App = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
    if (!context.res.headers.has("content-security-policy")) context.res.headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  });
  app.get("/healthz", (context) => context.json({ ok: true }, 200, { "cache-control": "no-store" }));
  mountApi(app, options);
  const { dataFolder, backstageUrl, witnessFor = [] } = options.config;
  mountWitness(app, { ...options, dataFolder, backstageUrl, houses: witnessFor });
  mountPages(app, options);
  app.notFound((context) => answerProblem(new EarshotError("not-found", { path: context.req.path.slice(0, 200) }), () => {}));
  app.onError((error, context) => answerProblem(error, (cause) => log.error("request failed", { method: context.req.method, path: context.req.path, cause })));
  return app;
}

/** The stage's address for a WHIP request; undefined for OPTIONS, which needs no stage. */
async function whip(options: BackstagePortOptions, request: IncomingMessage): Promise<string | undefined> {
  const slug = /^\/whip\/([^/?]+)/.exec(request.url ?? "")?.[1] ?? "";
  if (request.method === "OPTIONS") return undefined;
  const { event, url } = await stageOf(options, slug, request.headers.authorization);
  if (event.status === "cancelled") throw new EarshotError("event-ended", { slug });
  return url;
}

/** Waits for a stage that died and comes back. @throws `event-unknown`, or `stage-starting` while the stage is not there; a valid seat token makes it come. */
async function stageOf(
  { desk, stages, houseKey, clock, settle }: BackstagePortOptions,
  slug: string,
  authorization?: string,
): Promise<{ event: LiveEvent; url: string }> {
  const event = await desk.bySlug(slug);
  const stage = await stages.comingBack(slug);
  if (stage !== undefined) return { event, url: stage.url };
  const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
  const seat = token === undefined ? undefined : verifySeatToken(token, houseKey, clock.wallMs());
  if (seat?.ok === true && seat.claims.eventId === event.id) {
    await desk.noteBackstage(event);
    await settle();
  }
  if ((await desk.bySlug(slug)).status === "ended") throw new EarshotError("event-ended", { slug });
  throw new EarshotError("stage-starting", { slug });
}
