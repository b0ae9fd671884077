import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { EDGE_COUNTS_BYTES, EDGE_HEADERS, edgePaths } from "../../../wire/edge.ts";
import { checkRequest, type KnownEdge } from "../../adapters/edge-signature.ts";
import { refuse } from "../stage-pipe.ts";
import type { Stages } from "../stages.ts";
import type { CountDesk } from "./count-desk.ts";
import { passBus } from "./edge-bus.ts";
import type { EdgeFeeds } from "./edge-feeds.ts";

/** Shortest time between two lines of the log about refusals of one edge. Milliseconds; an edge that is set wrongly knocks every few seconds. */
const REFUSAL_LOG_MS = 60_000;

const BUS = new RegExp(`^${edgePaths.bus("([a-z0-9-]{1,80})")}$`);
const COUNTS = new RegExp(`^${edgePaths.counts("([A-Za-z0-9-]{1,80})")}$`);

/** What the port is wired to. */
export interface EdgePortOptions {
  readonly edges: readonly KnownEdge[];
  readonly feeds: EdgeFeeds;
  readonly counts: CountDesk;
  readonly stages: Pick<Stages, "comingBack">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything below `/edge/` on the backstage port: for edges of this house alone, each request signed. */
export class EdgePort {
  readonly #options: EdgePortOptions;
  /** When the log last told of a refusal, by the edge's name; only of known ones, so that it has an end. */
  readonly #toldMs = new Map<string, number>();

  constructor(options: EdgePortOptions) {
    this.#options = options;
  }

  /** Answers a request; whoever is none of the edges gets a problem and nothing else. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((cause: unknown) => {
      const error = cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause);
      if (error.code === "internal") this.#options.log.error("an edge's request failed", { path: request.url, cause });
      refuse(response, error, {});
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { feeds, counts, stages } = this.#options;
    const { edge, body } = await this.#admit(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://house");
    feeds.heard(edge.name);
    const eventId = COUNTS.exec(pathname)?.[1];
    const slug = BUS.exec(pathname)?.[1];
    const isHere = pathname === edgePaths.here;
    if (eventId === undefined && slug === undefined && !isHere && pathname !== edgePaths.feed)
      throw new EarshotError("not-found", { path: pathname.slice(0, 200) });
    const method = eventId === undefined && !isHere ? "GET" : "POST";
    if (request.method !== method) throw new EarshotError("method-not-allowed", { allow: method });
    if (eventId !== undefined) {
      const receipt = await counts.take(edge.name, eventId, body);
      answer(response, receipt);
    } else if (isHere) {
      answer(response, {});
    } else if (slug !== undefined) {
      const stage = await stages.comingBack(slug);
      if (stage === undefined) throw new EarshotError("stage-starting", { slug });
      passBus(response, stage.url, searchParams.get("windowMs"));
    } else {
      feeds.connect(edge.name, response);
    }
  }

  /** Whose request it is. A stranger costs a look at a list: nothing is read or hashed before the name is known. @throws `edge-unknown`, `edge-clock`, `body-too-large` */
  async #admit(request: IncomingMessage): Promise<{ readonly edge: KnownEdge; readonly body: Uint8Array }> {
    const { edges, clock } = this.#options;
    const name = String(request.headers[EDGE_HEADERS.name] ?? "");
    if (!edges.some((edge) => edge.name === name)) throw new EarshotError("edge-unknown", { edge: name.slice(0, 80) });
    const body = request.method === "POST" ? await readBody(request) : new Uint8Array(0);
    const nowUnixMs = clock.wallMs();
    const edge = checkRequest({ method: request.method ?? "", path: request.url ?? "", body }, request.headers, { edges, nowUnixMs });
    if (typeof edge !== "string") return { edge, body };
    const refusal =
      edge === "clock" ? new EarshotError("edge-clock", { edge: name, house_unix_ms: nowUnixMs }) : new EarshotError("edge-unknown", { edge: name });
    this.#tell(name, refusal);
    throw refusal;
  }

  #tell(name: string, { code }: EarshotError): void {
    const { clock, log } = this.#options;
    const nowMs = clock.steadyMs();
    if (nowMs - (this.#toldMs.get(name) ?? Number.NEGATIVE_INFINITY) < REFUSAL_LOG_MS) return;
    this.#toldMs.set(name, nowMs);
    log.warn("an edge was refused", { edge: name, code });
  }
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  // The connection is left as it is: whoever sent too much is told so.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > EDGE_COUNTS_BYTES) throw new EarshotError("body-too-large", { limit_bytes: EDGE_COUNTS_BYTES });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
