import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { WebSocketServer } from "ws";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Stage } from "../../stage/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { ROOM_MESSAGE_BYTES } from "../../wire/room.ts";
import { BUS_WINDOW_MS } from "../adapters/part-bus-memory.ts";
import { problem } from "../../wire/problem.ts";
import type { BusEndpoint } from "./bus-endpoint.ts";
import { STAGE_COMMANDS, type StageCommand } from "./config.ts";

// An import of it reads every export, the browser's WebSocket among them, and with that loads a whole HTTP client: a tenth of a stage's start.
const { createServer } = process.getBuiltinModule("node:http");

/** Longest request body. Bytes; an SDP offer of a browser is 2 to 6 KB. */
const MAX_BODY_BYTES = 64 * 1024;
/** Unsent bytes on a room's WebSocket after which the page is cut off; it connects again and gets the present state. */
const ROOM_BACKLOG_BYTES = 256 * 1024;
/** Ping interval on the room's WebSocket. Milliseconds; finds pages whose network is gone before TCP does. */
const ROOM_PING_MS = 10_000;

/** What the stage's own port is wired to. */
export interface StageHttpOptions {
  readonly stage: Stage;
  readonly slug: string;
  readonly bus: BusEndpoint;
  readonly state: () => LiveState;
  readonly houseKey: Uint8Array;
  /** Runs a command that came through control. */
  readonly command: (type: StageCommand) => Promise<void>;
  readonly log: Log;
}

/** Opens the stage's own port on loopback, a free one. */
export async function openStageHttp(options: StageHttpOptions): Promise<{ readonly url: string; readonly server: Server }> {
  const { stage, slug, bus, log } = options;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof EarshotError)) log.error("request failed", { url: request.url, cause: error });
      refuse(response, error instanceof EarshotError ? error : new EarshotError("internal", {}, error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: ROOM_MESSAGE_BYTES, perMessageDeflate: false, clientTracking: true });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://stage");
    if (url.pathname === "/healthz") return void response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
    if (url.pathname === "/state") return sendJson(response, 200, options.state());
    if (url.pathname === "/bus")
      return bus.serve(response, Math.min(BUS_WINDOW_MS, Math.max(0, Number(url.searchParams.get("windowMs") ?? BUS_WINDOW_MS) || 0)));
    if (url.pathname === "/command") return await runCommand(request, response);
    const whip = /^\/whip\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname);
    if (whip === null) throw new EarshotError("not-found", { path: url.pathname });
    if (whip[1] !== slug) throw new EarshotError("event-unknown", { slug: whip[1] ?? "" });
    const answered = await stage.whip({
      method: request.method ?? "GET",
      session: whip[2],
      contentType: request.headers["content-type"],
      authorization: request.headers.authorization,
      ifMatch: request.headers["if-match"],
      body: await readBody(request),
    });
    response.writeHead(answered.status, answered.headers).end(answered.body);
  };

  const runCommand = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const expected = `Bearer ${Buffer.from(options.houseKey).toString("base64url")}`;
    const given = request.headers.authorization ?? "";
    if (given.length !== expected.length || !timingSafeEqual(Buffer.from(given), Buffer.from(expected))) throw new EarshotError("unauthorised");
    const { type } = JSON.parse(await readBody(request)) as { type?: string };
    const command = STAGE_COMMANDS.find((known) => known === type);
    if (command === undefined) throw new EarshotError("bad-request", { rule: `type is one of ${STAGE_COMMANDS.join(", ")}`, value: String(type) });
    await options.command(command);
    sendJson(response, 200, options.state());
  };

  server.on("upgrade", (request, socket, head) => {
    if (new URL(request.url ?? "/", "http://stage").pathname !== `/room/${slug}`) return void socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = stage.room.join(
        (message) => {
          if (webSocket.bufferedAmount > ROOM_BACKLOG_BYTES) webSocket.terminate();
          else if (webSocket.readyState === webSocket.OPEN) webSocket.send(JSON.stringify(message));
        },
        () => webSocket.close(),
      );
      let answered = true;
      const ping = setInterval(() => {
        if (!answered) return webSocket.terminate();
        answered = false;
        webSocket.ping();
      }, ROOM_PING_MS);
      webSocket.on("pong", () => {
        answered = true;
      });
      webSocket.on("message", (data) => connection.receive(String(data)));
      webSocket.on("error", () => webSocket.terminate());
      webSocket.on("close", () => {
        clearInterval(ping);
        connection.closed();
      });
    });
  });

  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, server };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw new EarshotError("bad-request", { rule: `body of at most ${MAX_BODY_BYTES} bytes`, value: `more than ${MAX_BODY_BYTES}` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: EarshotError): void {
  if (response.headersSent) return void response.destroy();
  const { status, headers, body } = problem(error);
  response.writeHead(status, headers).end(body);
}
