import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveState } from "../../wire/public-state.ts";

/** A request as the stage received it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Stands where a stage's own port is: a real HTTP server that remembers what it was asked. */
export class StageDouble {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<Socket>();
  readonly received: Received[] = [];
  readonly rooms: { readonly headers: IncomingMessage["headers"]; readonly webSocket: WebSocket }[] = [];
  state: LiveState;
  /** How long it takes to answer a command that it has carried out. Milliseconds. */
  busyMs = 0;

  private constructor(server: Server, state: LiveState) {
    this.#server = server;
    this.state = state;
  }

  static async open(eventId: string, slug: string): Promise<StageDouble> {
    const server = createServer();
    const state: LiveState = { eventId, slug, phase: "backstage", epoch: 1, onStage: [], revision: 0 };
    const double = new StageDouble(server, state);
    server.on("connection", (socket) => {
      double.#connections.add(socket);
      socket.on("close", () => double.#connections.delete(socket));
    });
    // A request that is cut off half-way ends without an answer.
    server.on("request", (request, response) => void double.#answer(request, response).catch(() => response.destroy()));
    server.on("upgrade", (request, socket, head) => {
      if (request.url !== `/room/${slug}`) return void socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
      double.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        double.rooms.push({ headers: request.headers, webSocket });
        webSocket.on("message", (data, binary) => webSocket.send(data, { binary }));
        webSocket.send("welcome");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url = "", headers } = request;
    if (url !== "/state") this.received.push({ method, url, headers, body });
    if (url === "/state") return void response.setHeader("content-type", "application/json").end(JSON.stringify(this.state));
    if (url === "/command") {
      const { type } = JSON.parse(body) as { type: string };
      const nowMs = Date.parse("2026-10-03T19:00:05Z");
      if (type === "go-live" && this.state.phase === "backstage")
        this.state = { ...this.state, phase: "live", originUnixMs: nowMs, revision: this.state.revision + 1 };
      if (type === "end" && this.state.phase === "live") {
        this.state = { ...this.state, phase: "ended", endedUnixMs: nowMs + 60_000, durationSamples: 2_880_000, revision: this.state.revision + 1 };
      }
      if (this.busyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.busyMs));
      return void response.setHeader("content-type", "application/json").end(JSON.stringify(this.state));
    }
    if (method === "POST") {
      const answer = { "content-type": "application/sdp", location: `${url}/session-1`, etag: '"1"', connection: "keep-alive, x-private", "x-private": "1" };
      return void response.writeHead(201, answer).end(`answer to ${body}`);
    }
    response.writeHead(method === "DELETE" ? 200 : 405).end();
  }

  /** Goes away as a killed process does: every connection cut. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.listening ? this.close() : Promise.resolve();
  }
}
