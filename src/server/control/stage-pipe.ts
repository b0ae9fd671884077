import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { EarshotError } from "../../core/errors.ts";
import { problem } from "../../wire/problem.ts";

/** Longest request body that is passed on. Bytes; an SDP offer of a browser is 2 to 6 KB. */
const BODY_BYTES = 64 * 1024;
/** Longest wait for the stage's answer. Milliseconds; an answer to an offer takes well under a second. */
const ANSWER_MS = 8_000;
/** Headers that belong to one connection and are never passed on. @spec RFC 9110 §7.6.1 */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
/** What pages of other origins (web encoders) may do with WHIP: the bearer token is the protection, no cookie is involved. @spec RFC 9725 §4.6 */
export const WHIP_CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST, DELETE, PATCH, OPTIONS",
  "access-control-allow-headers": "authorization, content-type, if-match",
  "access-control-expose-headers": "location, etag, link, accept-post, retry-after",
  "access-control-max-age": "600",
} as const;

/** Passes one HTTP exchange on to a stage, both bodies streaming. Answers `stage-starting` when the stage is not there. */
export function pipeToStage(request: IncomingMessage, response: ServerResponse, stageUrl: string): void {
  const headers = withoutHopByHop(request.headers);
  delete headers.cookie;
  const onward = httpRequest(new URL(request.url ?? "/", stageUrl), { method: request.method, headers, timeout: ANSWER_MS });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...withoutHopByHop(answer.headers), ...ownLocation(answer.headers.location, stageUrl), ...WHIP_CORS });
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("timeout", () => onward.destroy(new Error("the stage did not answer in time")));
  onward.on("error", (cause) => {
    request.unpipe(onward);
    refuse(response, new EarshotError("stage-starting", {}, cause));
  });
  response.on("close", () => {
    if (!response.writableFinished) onward.destroy();
  });
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES) return;
    request.unpipe(onward);
    refuse(response, new EarshotError("body-too-large", { limit_bytes: BODY_BYTES }));
    onward.destroy();
  });
  request.pipe(onward);
}

/** Answers with a problem. `further`: header fields; by themselves those that let a page of another origin read it. */
export function refuse(response: ServerResponse, error: EarshotError, further: OutgoingHttpHeaders = WHIP_CORS): void {
  if (response.headersSent) return void response.destroy();
  const { status, headers, body } = problem(error);
  response.writeHead(status, { ...headers, ...further }).end(body);
}

/** What keeps count of the WebSockets passed on. */
export class RoomPipes {
  readonly #open = new Set<Duplex>();
  readonly #limit: number;

  /** `limit`: WebSockets at the same time at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Passes an upgrade on to a stage and joins the two sockets; each closes the other. */
  pipe(request: IncomingMessage, socket: Duplex, head: Buffer, stageUrl: string): void {
    if (this.#open.size >= this.#limit) return refuseUpgrade(socket, new EarshotError("rate-limited", { rule: `${this.#limit} rooms open at once` }));
    this.#open.add(socket);
    const headers = { ...withoutHopByHop(request.headers), connection: "upgrade", upgrade: "websocket" } as OutgoingHttpHeaders;
    delete headers.cookie;
    const onward = httpRequest(new URL(request.url ?? "/", stageUrl), { headers, timeout: ANSWER_MS });
    let joined = false;
    const end = () => {
      this.#open.delete(socket);
      onward.destroy();
    };
    const away = (error: EarshotError) => {
      if (joined) socket.destroy();
      else refuseUpgrade(socket, error);
    };
    socket.on("error", () => socket.destroy());
    socket.on("close", end);
    onward.on("timeout", () => onward.destroy(new Error("the stage did not answer in time")));
    onward.on("error", (cause) => away(new EarshotError("stage-starting", {}, cause)));
    onward.on("response", (answer) => {
      answer.resume();
      const code = answer.statusCode === 404 ? "event-unknown" : "stage-starting";
      away(new EarshotError(code, { stage_status: answer.statusCode ?? 0 }));
    });
    onward.on("upgrade", (answer, stageSocket, stageHead) => {
      joined = true;
      onward.setTimeout(0);
      stageSocket.setTimeout(0);
      socket.write(rawHead(101, "Switching Protocols", { ...withoutHopByHop(answer.headers), connection: "Upgrade", upgrade: "websocket" }));
      if (stageHead.length > 0) socket.write(stageHead);
      if (head.length > 0) stageSocket.write(head);
      stageSocket.on("error", () => socket.destroy());
      stageSocket.on("close", () => socket.destroy());
      socket.on("close", () => stageSocket.destroy());
      stageSocket.pipe(socket);
      socket.pipe(stageSocket);
    });
    onward.end();
  }

  /** Ends every WebSocket; pages connect again by themselves. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** Answers an upgrade request with a problem instead of a WebSocket. */
export function refuseUpgrade(socket: Duplex, error: EarshotError): void {
  const { status, headers, body } = problem(error);
  socket.on("error", () => socket.destroy());
  socket.end(`${rawHead(status, error.code, { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" })}${body}`);
}

function rawHead(status: number, reason: string, headers: IncomingHttpHeaders | OutgoingHttpHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}\r\n`));
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`;
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)));
}

/** The stage names its sessions by path; should it ever name itself, its own address is no use outside. */
function ownLocation(location: string | undefined, stageUrl: string): { location?: string } {
  return location?.startsWith(stageUrl) === true ? { location: location.slice(stageUrl.length) } : {};
}
