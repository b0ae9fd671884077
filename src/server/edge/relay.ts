import { createServer, type Server, type ServerResponse } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Part, RenditionId } from "../../programme/mod.ts";
import { EDGE_SILENCE_MS, edgePaths, type EdgeStage } from "../../wire/edge.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { BUS_WINDOW_MS, MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { readBus } from "../adapters/part-bus-stream.ts";
import { BusEndpoint } from "../stage/bus-endpoint.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { jittered } from "./feed.ts";
import type { SignedLine } from "./signed-line.ts";

/** Wait before an event's bus is asked for again. Milliseconds; fronts keep ninety seconds, listeners' players about ten. */
const RETRY_MS = 800;
/** How often a live bus is looked at for silence. Milliseconds. */
const LOOK_MS = 1_000;

/** An event as a relay knows it: without the salt. */
type RelayedStage = Pick<EdgeStage, "eventId" | "slug">;

/** What the relays work with. */
export interface RelaysOptions {
  readonly line: SignedLine;
  readonly clock: Clock;
  readonly log: Log;
  /** An event's stage said that it is over. Unix milliseconds. */
  readonly onEnd: (eventId: string, endedUnixMs: number) => void;
}

/** Gives the house's part buses to the fronts of this machine, each as its stage would: one line carries the sound for all of them. */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #relays = new Map<string, Relay>();
  readonly #server: Server;
  /** Of all relays, on loopback; no trailing slash. */
  readonly url: string;

  private constructor(options: RelaysOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    server.on("request", (request, response: ServerResponse) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
      const eventId = /^\/([a-z0-9-]+)\/bus$/.exec(pathname)?.[1] ?? "";
      const relay = this.#relays.get(eventId);
      if (relay?.serve(response, Number(searchParams.get("windowMs") ?? BUS_WINDOW_MS) || 0) !== true) response.writeHead(503).end();
    });
  }

  /** Opens a free port on loopback. Closed by the caller. */
  static async open(options: RelaysOptions): Promise<Relays> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Relays(options, server);
  }

  /** Relays these events and no others; returns them as fronts are told. */
  follow(stages: readonly EdgeStage[]): readonly RunningStage[] {
    const wanted = new Set(stages.map(({ eventId }) => eventId));
    for (const [eventId, relay] of this.#relays) {
      if (wanted.has(eventId)) continue;
      relay.close();
      this.#relays.delete(eventId);
    }
    for (const { eventId, slug } of stages) if (!this.#relays.has(eventId)) this.#relays.set(eventId, new Relay({ eventId, slug }, this.#options));
    return stages.map(({ eventId, slug, audienceSalt }) => ({ eventId, slug, audienceSalt, url: `${this.url}/${eventId}` }));
  }

  /** Parts taken from the house. */
  get parts(): number {
    return [...this.#relays.values()].reduce((sum, relay) => sum + relay.parts, 0);
  }

  /** Events whose sound comes in now. */
  get connected(): number {
    return [...this.#relays.values()].filter((relay) => relay.connected).length;
  }

  close(): void {
    for (const relay of this.#relays.values()) relay.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** One programme as it came in: the floor, or an interpretation. */
class Lane {
  readonly bus = new MemoryPartBus();
  readonly headers = new Map<RenditionId, { readonly codecs: string; readonly bytes: Uint8Array }>();
  readonly #newest = new Map<RenditionId, number>();

  /** Whether it was not here yet. */
  setHeader(rendition: RenditionId, codecs: string, bytes: Uint8Array): boolean {
    const before = this.headers.get(rendition);
    if (before?.codecs === codecs && Buffer.compare(before.bytes, bytes) === 0) return false;
    this.headers.set(rendition, { codecs, bytes });
    return true;
  }

  /** Whether a part of this number is still to come; a newer connection repeats the window. */
  awaits({ rendition, sequenceNumber }: Pick<Part, "rendition" | "sequenceNumber">): boolean {
    return sequenceNumber > (this.#newest.get(rendition) ?? -1);
  }

  publish(part: Part): void {
    this.#newest.set(part.rendition, part.sequenceNumber);
    this.bus.publish(part);
  }
}

/** One event's bus, read from the house and given on. */
class Relay {
  readonly #stage: RelayedStage;
  readonly #options: RelaysOptions;
  readonly #lanes = new Map<string | undefined, Lane>([[undefined, new Lane()]]);
  readonly #look: NodeJS.Timeout;
  /** Made when the stage has said how it is; refuses nobody from then on but while the house's bus is away. */
  #endpoint: BusEndpoint | undefined;
  #reading: { close(): void };
  #phase: LiveState["phase"] = "backstage";
  #heardMs = 0;
  connected = false;
  parts = 0;

  constructor(stage: RelayedStage, options: RelaysOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#reading = this.#read();
    this.#look = setInterval(() => this.#cutSilent(), LOOK_MS);
  }

  /** Gives the bus to a front; false while there is none. */
  serve(response: ServerResponse, windowMs: number): boolean {
    if (!this.connected || this.#endpoint === undefined) return false;
    this.#endpoint.serve(response, Math.min(BUS_WINDOW_MS, Math.max(0, windowMs)));
    return true;
  }

  close(): void {
    clearInterval(this.#look);
    this.#reading.close();
    this.#lost();
  }

  #lost(): void {
    this.connected = false;
    this.#endpoint?.cut();
  }

  /** A line that died without a word is noticed here: while an event is live parts come twice a second. */
  #cutSilent(): void {
    if (!this.connected || this.#phase !== "live" || this.#options.clock.steadyMs() - this.#heardMs < EDGE_SILENCE_MS) return;
    this.#options.log.warn("the house's bus is silent and is asked for again", { event: this.#stage.eventId });
    this.#reading.close();
    this.#lost();
    this.#reading = this.#read();
  }

  #read(): { close(): void } {
    const { line, clock, log, onEnd } = this.#options;
    const { eventId, slug } = this.#stage;
    const path = `${edgePaths.bus(slug)}?windowMs=${BUS_WINDOW_MS}`;
    // One that was closed still says that it is gone when the next is there already.
    const hear =
      <Heard extends readonly unknown[]>(on: (...heard: Heard) => void) =>
      (...heard: Heard) => {
        if (this.#reading !== reading) return;
        this.#heardMs = clock.steadyMs();
        on(...heard);
      };
    const reading: { close(): void } = readBus({
      url: path,
      windowMs: BUS_WINDOW_MS,
      clock,
      log: log.child({ event: eventId }),
      ask: (signal) => line.stream(path, signal),
      retryMs: () => jittered(RETRY_MS),
      reader: {
        onHeader: hear((rendition, codecs, bytes, language) => this.#takeHeader(language, this.#lane(language).setHeader(rendition, codecs, bytes))),
        onPart: hear((part, language) => {
          const lane = this.#lane(language);
          if (!lane.awaits(part)) return;
          this.parts++;
          lane.publish(part);
        }),
        onChunk: hear((chunk, language) => {
          const lane = this.#lane(language);
          if (lane.awaits(chunk)) lane.bus.publishChunk(chunk);
        }),
        onState: hear((state) => {
          this.#takeState(state);
          if (state.phase === "ended") onEnd(eventId, state.endedUnixMs ?? clock.wallMs());
        }),
        onConnected: hear((connected) => {
          if (!connected) this.#lost();
        }),
      },
    });
    return reading;
  }

  #lane(language: string | undefined): Lane {
    let lane = this.#lanes.get(language);
    if (lane === undefined) {
      lane = new Lane();
      this.#lanes.set(language, lane);
    }
    return lane;
  }

  #takeHeader(language: string | undefined, isNew: boolean): void {
    const { bus, headers } = this.#lane(language);
    if (!isNew) return;
    if (language === undefined) this.#endpoint?.setHeaders(headers);
    else this.#endpoint?.addLanguage(language, bus, headers);
  }

  /** The stage's state comes after the headers and before the parts: from here on fronts can be served. */
  #takeState(state: LiveState): void {
    this.#phase = state.phase;
    if (this.#endpoint === undefined) {
      const { eventId, slug } = this.#stage;
      this.#endpoint = new BusEndpoint(this.#lane(undefined).bus, { eventId, slug, epoch: state.epoch }, state);
      for (const [language, { bus, headers }] of this.#lanes) {
        if (language === undefined) this.#endpoint.setHeaders(headers);
        else this.#endpoint.addLanguage(language, bus, headers);
      }
    } else this.#endpoint.setState(state);
    this.connected = true;
  }
}
