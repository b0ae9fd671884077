import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Log, silentLog } from "../../core/log.ts";
import { NO_STORAGE, type StorageSettings } from "../../core/storage-config.ts";
import { milliseconds, samples } from "../../core/units.ts";
import { type Chunk, GRIDS, openArchive, type Part, partSamples, RENDITIONS, type RenditionId, renditionHeaders, writeChunk } from "../../programme/mod.ts";
import type { LiveState, PublicEvent } from "../../wire/public-state.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import { Pages } from "../adapters/pages.ts";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { BusEndpoint } from "../stage/bus-endpoint.ts";
import { Front } from "./front.ts";

/** The event of these tests. */
export const EVENT: PublicEvent = {
  id: "ev1",
  slug: "evening",
  title: "An evening <b>",
  description: "Of talk",
  language: "en",
  startDate: "2026-10-03T21:00:00+02:00",
  doorTime: "2026-10-03T20:45:00+02:00",
  status: "scheduled",
  speakers: [],
  permanent: false,
};
const ORIGIN_MS = Date.parse(EVENT.startDate);

/** What a stage says of itself. */
export function stateOf(more: Partial<LiveState> = {}): LiveState {
  return { eventId: EVENT.id, slug: EVENT.slug, phase: "live", epoch: 1, originUnixMs: ORIGIN_MS, onStage: [], revision: 1, ...more };
}

/** A part whose packets say which they are; `size` bytes where given. */
export function partOf(rendition: RenditionId, sequenceNumber: number, { last = false, epoch = 1, size = 0 } = {}): Part {
  const { framesPerPart, frameSamples } = GRIDS[rendition];
  const timestamp = samples(sequenceNumber * partSamples(rendition));
  const packets = Array.from({ length: framesPerPart }, (_, index) => Uint8Array.of(0xfc, sequenceNumber & 255, index));
  const data =
    rendition !== "mp3"
      ? writeChunk({ rendition, sequenceNumber, timestamp, packets })
      : size > 0
        ? Buffer.alloc(size, sequenceNumber)
        : Buffer.concat(packets);
  return { eventId: EVENT.id, rendition, epoch, sequenceNumber, timestamp, duration: samples(framesPerPart * frameSamples), filler: false, last, data };
}

/** The pieces a part is sent ahead in. */
export function chunksOf(rendition: "opus" | "aac", sequenceNumber: number): Chunk[] {
  const { framesPerPart, framesPerChunk, frameSamples } = GRIDS[rendition];
  const duration = samples(framesPerChunk * frameSamples);
  return Array.from({ length: framesPerPart / framesPerChunk }, (_, index) => {
    const timestamp = samples(sequenceNumber * partSamples(rendition) + index * duration);
    const packets = Array.from({ length: framesPerChunk }, () => Uint8Array.of(0xfc, sequenceNumber & 255, index));
    return { eventId: EVENT.id, rendition, epoch: 1, sequenceNumber, timestamp, duration, data: writeChunk({ rendition, sequenceNumber, timestamp, packets }) };
  });
}

/** The bus of a running stage on a real port; dies and is born again by `close` and {@link openStageDouble}. */
export interface StageDouble {
  readonly url: string;
  readonly bus: MemoryPartBus;
  readonly endpoint: BusEndpoint;
  /** Publishes these parts in every rendition. */
  publish(from: number, to: number, more?: { readonly last?: boolean; readonly epoch?: number }): void;
  close(): void;
}

/** Starts the sending side of a stage: the real endpoint, parts made by the test. */
export async function openStageDouble(state = stateOf()): Promise<StageDouble> {
  const bus = new MemoryPartBus();
  const endpoint = new BusEndpoint(bus, { eventId: EVENT.id, slug: EVENT.slug, epoch: state.epoch }, state);
  endpoint.setHeaders(renditionHeaders(1));
  const server = createServer((_, response) => endpoint.serve(response, 90_000));
  const url = await listen(server);
  return {
    url,
    bus,
    endpoint,
    publish(from, to, { last = false, epoch = 1 } = {}) {
      for (let number = from; number < to; number++)
        for (const rendition of RENDITIONS) bus.publish(partOf(rendition, number, { epoch, last: last && number === to - 1 }));
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A front on a real port with a data folder of its own. */
export interface FrontDouble {
  readonly url: string;
  readonly front: Front;
  readonly dataFolder: string;
  /** Lets files be looked at again. */
  readonly passTime: (ms: number) => void;
  close(): Promise<void>;
}

/** Opens a front whose pages are three lines long and whose one event is announced; at an edge only once {@link announce} has said so. */
export async function openFront({
  joinsPerSecond = 1_000,
  trustedProxies = ["127.0.0.1"],
  realTime = false,
  certificate,
  ticketKeys,
  storage = NO_STORAGE,
  listenerKey,
  origin,
  log = silentLog,
}: {
  readonly joinsPerSecond?: number;
  readonly trustedProxies?: readonly string[];
  readonly realTime?: boolean;
  readonly certificate?: LiveCertificate;
  readonly ticketKeys?: Buffer;
  readonly storage?: StorageSettings;
  readonly listenerKey?: Uint8Array;
  /** Makes it an edge: a front with nothing on its disk, behind which a house stands there. */
  readonly origin?: string;
  readonly log?: Log;
} = {}): Promise<FrontDouble> {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-front-"));
  const web = join(dataFolder, "web");
  await mkdir(join(web, "assets"), { recursive: true });
  await mkdir(join(dataFolder, "public"));
  for (const page of ["listen", "waiting", "home", "not-found", "clip", "embed"])
    await writeFile(
      join(web, `${page}.html`),
      `<html lang="{{lang}}"><title>{{title}}</title><meta property="og:title" content="{{sharedTitle}}"><meta property="og:description" content="{{sharedDescription}}"><!--earshot:head--><!--earshot:state--></html>`,
    );
  await writeFile(join(web, "assets/app-1a2b.js"), "export const answer = 42;\n".repeat(100));
  if (origin === undefined) {
    await writeFile(join(dataFolder, "public/evening.json"), JSON.stringify(EVENT));
    await writeFile(join(dataFolder, "public/index.json"), JSON.stringify([EVENT]));
  }
  let now = 0;
  const clock: Clock = { wallMs: systemClock.wallMs, steadyMs: realTime ? systemClock.steadyMs : () => milliseconds(now), sleep: systemClock.sleep };
  const front = new Front({
    dataFolder,
    trustedProxies,
    joinsPerSecond,
    uplinkBytesPerSecond: 0,
    storage,
    pages: await Pages.open(web),
    publicUrl: "http://listen.test",
    backstageUrl: "http://backstage.test",
    clock,
    log,
    ...(certificate === undefined ? {} : { certificate }),
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
    ...(listenerKey === undefined ? {} : { listenerKey }),
    ...(origin === undefined ? {} : { origin }),
  });
  const port = await front.listen(0, "127.0.0.1");
  return {
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    front,
    dataFolder,
    passTime: (ms) => {
      now += ms;
    },
    async close() {
      await front.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Puts on an edge's disk what it has of an event whose stage runs. */
export async function announce({ dataFolder }: FrontDouble, event: PublicEvent = EVENT): Promise<void> {
  await writeFile(join(dataFolder, "public", `${event.slug}.json`), JSON.stringify(event));
}

/** Writes the archive of an event that is over: `parts` parts of each rendition, those of MP3 of `mp3PartBytes` where given. */
export async function writeArchive(dataFolder: string, parts: number, mp3PartBytes = 0): Promise<string> {
  const folder = join(dataFolder, "events", EVENT.id, "archive");
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  for (let number = 0; number < parts; number++)
    for (const rendition of RENDITIONS) await archive.append(partOf(rendition, number, { last: number === parts - 1, size: mp3PartBytes }));
  await archive.finish({ durationSamples: samples(parts * partSamples("opus")), title: EVENT.title, date: "2026-10-03T19:00:00Z" });
  await archive.close();
  await writeFile(join(dataFolder, "events", EVENT.id, "state.json"), JSON.stringify(stateOf({ phase: "ended", durationSamples: parts * 24_000 })));
  return folder;
}

/** An answer read to its end, with the headers as they came. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** One request without any client's own ideas about encodings and redirects. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Reply> {
  const response = await open(url, headers, method);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Opens a request and leaves the reading of its body to the caller. */
export async function open(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    get(url, { headers, method, agent: false }, resolve).once("error", reject);
  });
}

/** Waits until something that travels over real sockets has come true. */
export async function until(come: () => boolean): Promise<void> {
  while (!come()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
