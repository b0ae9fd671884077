import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EarshotError } from "../../src/core/errors.ts";
import { readEntry } from "../../src/ledger/mod.ts";
import { checkRequest, type KnownEdge } from "../../src/server/adapters/edge-signature.ts";
import { EDGE_BEAT_MS, EDGE_FRAME, type EdgeCounts, type EdgeHello } from "../../src/wire/edge.ts";
import { encodeFrame } from "../../src/wire/frames.ts";
import { problem } from "../../src/wire/problem.ts";
import type { LiveState, PublicEvent } from "../../src/wire/public-state.ts";
import { openTone } from "./tone.ts";

/** What edges see of a house: its contract, spoken by a small server whose one event is real sound on a real bus. */
export interface EdgeHouse {
  readonly url: string;
  readonly event: PublicEvent;
  /** Whom it knows; may be changed at any time. */
  edges: readonly KnownEdge[];
  /** What it says first on a feed; may be changed while it is away. */
  hello: EdgeHello;
  /** Requests it refused. */
  refused: number;
  /** Lines of counts it was told, in their order. */
  readonly lines: readonly string[];
  /** Signed windows it has, by number. */
  readonly windows: readonly string[];
  /** Windows it was sent that it had, and that were others. */
  contradictions: number;
  /** What others counted: told at every beginning of a feed. */
  others: string;
  /** The bytes of a part of the floor as it left the encoder. */
  part(sequenceNumber: number): Uint8Array | undefined;
  /** Number of the newest part, of Opus. */
  newest(): number;
  /** Cuts every connection and takes no more, as a house that is down; then takes them again. */
  away(): Promise<void>;
  back(): Promise<void>;
  /** Sends a frame to whoever follows the feed. */
  tell(frame: Uint8Array): void;
  /** Ends the event: last parts, final state. */
  end(): Promise<void>;
  close(): Promise<void>;
}

const SALT = Buffer.alloc(16, 7).toString("base64");
/** What has been on air when the first edge comes. Seconds. */
const PAST_SECONDS = 6;

/** Opens the house with an event on air. */
export async function openEdgeHouse(): Promise<EdgeHouse> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-edge-house-"));
  const originUnixMs = Date.now() - PAST_SECONDS * 1_000;
  const event: PublicEvent = {
    id: "01980000-0000-7000-8000-000000000001",
    slug: "evening",
    title: "An evening elsewhere",
    description: "",
    language: "en",
    startDate: new Date(originUnixMs).toISOString(),
    doorTime: new Date(originUnixMs).toISOString(),
    status: "live",
    speakers: [],
    permanent: false,
  };
  let live: LiveState = { eventId: event.id, slug: event.slug, phase: "live", epoch: 1, originUnixMs, onStage: [], revision: 1 };
  let newest = -1;
  const tone = await openTone({
    eventId: event.id,
    slug: event.slug,
    archive: join(folder, "archive"),
    pastSeconds: PAST_SECONDS,
    originUnixMs,
    state: () => live,
  });
  tone.bus.subscribe(event.id, 90_000, (part) => {
    if (part.rendition === "opus") newest = part.sequenceNumber;
  });
  const feeds = new Set<ServerResponse>();
  const lines: string[] = [];
  const windows: string[] = [];
  let running = true;

  const file = (path: string, value: unknown) => encodeFrame(EDGE_FRAME.file, { path }, Buffer.from(JSON.stringify(value)));
  const stages = () => encodeFrame(EDGE_FRAME.stages, { stages: running ? [{ eventId: event.id, slug: event.slug, audienceSalt: SALT }] : [] });
  const begin = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    response.write(encodeFrame(EDGE_FRAME.hello, house.hello));
    response.write(file("public/house.json", {}));
    response.write(file(`public/${event.slug}.json`, event));
    response.write(file(`events/${event.id}/state.json`, live));
    response.write(file("../outside.json", { written: "by a house that was taken over" }));
    response.write(stages());
    response.write(encodeFrame(EDGE_FRAME.counts, { eventId: event.id }, Buffer.from(house.others)));
    feeds.add(response);
    response.on("close", () => feeds.delete(response));
  };
  const beats = setInterval(() => house.tell(encodeFrame(EDGE_FRAME.beat, {})), EDGE_BEAT_MS);

  const take = ({ lines: told, windows: signed }: EdgeCounts): { readonly due: number } => {
    lines.push(...told);
    for (const window of signed) {
      const result = readEntry(Buffer.from(window));
      if (!result.ok || result.entry?.kind !== "window") throw new EarshotError("bad-request", { rule: "windows", value: window });
      const { seq } = result.entry;
      if (seq > windows.length) throw new EarshotError("conflict", { rule: `window ${windows.length} is due`, value: seq });
      if (seq < windows.length && windows[seq] !== window) house.contradictions++;
      if (seq === windows.length) windows.push(window);
    }
    return { due: windows.length };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const path = request.url ?? "";
    const asked = { method: request.method ?? "", path, body };
    const edge = checkRequest(asked, request.headers, { edges: house.edges, nowUnixMs: Date.now() });
    if (typeof edge === "string") throw new EarshotError(edge === "clock" ? "edge-clock" : "edge-unknown");
    if (path === "/edge/feed") begin(response);
    else if (path.startsWith(`/edge/bus/${event.slug}?`)) tone.endpoint.serve(response, 90_000);
    else if (path === `/edge/counts/${event.id}`) response.end(JSON.stringify(take(JSON.parse(body.toString()) as EdgeCounts)));
    else throw new EarshotError("not-found", { path });
  };
  let server: Server;
  let port = 0;
  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      answer(request, response).catch((cause: unknown) => {
        house.refused++;
        const { status, headers, body } = problem(cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause));
        response.writeHead(status, headers).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as { readonly port: number }).port;
  };
  const away = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await gone;
  };
  await listen();
  const house: EdgeHouse = {
    url: `http://127.0.0.1:${port}`,
    event,
    edges: [],
    hello: {
      version: "0.1.0",
      publicUrl: "http://localhost:1",
      backstageUrl: "http://localhost:2",
      listenerKey: Buffer.alloc(32, 3).toString("base64"),
      networkKey: 12,
    },
    refused: 0,
    lines,
    windows,
    contradictions: 0,
    others: "",
    part: (sequenceNumber) => tone.bus.fetch(event.id, "opus", sequenceNumber)?.data,
    newest: () => newest,
    away,
    back: listen,
    tell: (frame) => {
      for (const feed of feeds) feed.write(frame);
    },
    async end() {
      const durationSamples = await tone.end({ title: event.title, date: event.startDate });
      live = { ...live, phase: "ended", endedUnixMs: Date.now(), durationSamples, revision: 2 };
      tone.endpoint.setState(live);
      house.tell(file(`events/${event.id}/state.json`, live));
      running = false;
    },
    async close() {
      clearInterval(beats);
      await away();
      await tone.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return house;
}
