import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { type Caller, type CountedStream, type EndlessKind, ListenerCount, readSessionNumber, SessionKeys } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { gauge } from "../../core/metrics.ts";
import { GRIDS, partSamples, type RenditionId } from "../../programme/mod.ts";
import { COUNT_WINDOW_MS, type ListeningForm, type PublicAudience } from "../../wire/audience.ts";
import { ClientAddresses } from "../adapters/client-address.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { AudienceFile } from "../adapters/audience-file.ts";
import type { EventDesk, ServedEvent } from "./event-desk.ts";
import type { PublicEvents } from "./public-events.ts";

/** Wait after the end of a window until the other edges' lines are looked for. Milliseconds. */
const OTHERS_AFTER_MS = 1_500;
const SALT_BYTES = 16;
/** Bytes of randomness in the name of this start. Four: two starts of one evening never share it. */
const EDGE_BYTES = 4;

const FORMS: Readonly<Record<EndlessKind, ListeningForm>> = { "mp4-opus": "page", "mp4-aac": "page", mp3: "mp3", aac: "aac", opus: "opus" };

/** What the meter works with. */
export interface AudienceMeterOptions {
  readonly dataFolder: string;
  readonly trustedProxies: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly desk: EventDesk;
  readonly events: Pick<PublicEvents, "event">;
}

interface Counted {
  readonly count: ListenerCount;
  readonly keys: SessionKeys;
  readonly file: AudienceFile;
}

/** Counts this front's listeners per event, closes the windows, keeps their lines and tells the figure. */
export class AudienceMeter {
  readonly #options: AudienceMeterOptions;
  readonly #addresses: ClientAddresses;
  readonly #edge = `front-${randomBytes(EDGE_BYTES).toString("hex")}`;
  readonly #salts = new Map<string, Uint8Array>();
  readonly #counted = new Map<string, Counted>();
  readonly #end = new AbortController();
  /** Asked per slug when a window closes. */
  queue: (slug: string) => { readonly waitingNow: number; readonly turnedAway: number } = () => ({ waitingNow: 0, turnedAway: 0 });

  constructor(options: AudienceMeterOptions) {
    this.#options = options;
    this.#addresses = new ClientAddresses(options.trustedProxies);
    void this.#run();
  }

  /** Takes over the salts the supervisor made, one per event in progress. */
  learnSalts(stages: readonly RunningStage[]): void {
    for (const { eventId, audienceSalt } of stages) if (audienceSalt !== undefined) this.#salts.set(eventId, Buffer.from(audienceSalt, "base64"));
  }

  /** The address a request comes from. */
  addressOf(request: IncomingMessage): string {
    return this.#addresses.of(request);
  }

  /** Counts an endless stream that is being opened. */
  countStream(
    served: ServedEvent,
    request: IncomingMessage,
    response: ServerResponse,
    { kind, query }: { readonly kind: EndlessKind; readonly query: URLSearchParams },
  ): CountedStream | undefined {
    return this.#of(served)?.count.open(this.#caller(request, query), FORMS[kind], () => response.writableLength);
  }

  /** Counts a part or segment once its last byte has left. */
  countFetch(
    served: ServedEvent,
    request: IncomingMessage,
    response: ServerResponse,
    { path, query }: { readonly path: string; readonly query: URLSearchParams },
  ): void {
    const media = /^(opus|aac)\/(part|segment)-(\d{1,12})\.m4s$/.exec(path);
    if (media === null || request.method !== "GET") return;
    const rendition = media[1] as RenditionId;
    const parts = media[2] === "part" ? 1 : GRIDS[rendition].partsPerSegment;
    const from = Number(media[3]) * parts * partSamples(rendition);
    const caller = this.#caller(request, query);
    response.once("finish", () => {
      const bytes = Number(response.getHeader("content-length") ?? 0);
      const range = /-(\d+)\/(\d+)$/.exec(String(response.getHeader("content-range") ?? ""));
      // A piece of a file counts when it brings its end.
      if (response.statusCode === 200 || (range !== null && Number(range[1]) === Number(range[2]) - 1))
        this.#of(served)?.count.fetched(caller, "hls", from, from + parts * partSamples(rendition), bytes);
    });
  }

  /** The figure of an event; undefined until its first window has closed. */
  publicAudience(eventId: string): PublicAudience | undefined {
    return this.#counted.get(eventId)?.file.sum.publicAudience(this.#options.clock.wallMs());
  }

  /** Listeners at this edge in the last closed window, over all events. */
  get listeningNow(): number {
    return [...this.#counted.values()].reduce((sum, { file }) => sum + file.lastOwn, 0);
  }

  /** Bytes the sessions of all events take. */
  get bytesHeld(): number {
    return [...this.#counted.values()].reduce((sum, { count }) => sum + count.bytesHeld, 0);
  }

  /** Closes the window that ends at `endUnixMs` for every event on air here; whoever is over has its salt destroyed. */
  async closeWindows(endUnixMs: number, closing = false): Promise<void> {
    const { desk, events } = this.#options;
    const writes: Promise<void>[] = [];
    for (const served of desk.all) {
      const phase = served.store.live?.phase;
      if (phase !== "live" && !this.#counted.has(served.eventId)) continue;
      const counted = this.#of(served);
      if (counted === undefined) continue;
      const over = phase === "ended";
      const line = counted.count.closeWindow(endUnixMs, this.queue(served.slug), over || closing);
      if (over) this.#forget(served.eventId);
      // The Sound check never ends: its lines would fill the disk.
      writes.push(events.event(served.slug).then((event) => counted.file.append(line, event?.permanent !== true)));
    }
    await Promise.all(writes);
  }

  /** Ends the rounds and writes what the open window holds. */
  async close(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    const { clock } = this.#options;
    await this.closeWindows(Math.ceil(clock.wallMs() / COUNT_WINDOW_MS) * COUNT_WINDOW_MS, true);
    for (const eventId of [...this.#counted.keys()]) this.#forget(eventId);
  }

  #forget(eventId: string): void {
    this.#counted.get(eventId)?.keys.forget();
    this.#counted.delete(eventId);
    this.#salts.get(eventId)?.fill(0);
    this.#salts.delete(eventId);
  }

  /** Undefined once the event is over and its salt destroyed. */
  #of(served: ServedEvent): Counted | undefined {
    let counted = this.#counted.get(served.eventId);
    if (counted === undefined && served.store.live?.phase !== "ended") {
      const { dataFolder, log } = this.#options;
      const keys = new SessionKeys(this.#salts.get(served.eventId) ?? randomBytes(SALT_BYTES));
      const file = new AudienceFile(join(dataFolder, "events", served.eventId, "audience.jsonl"), log);
      counted = { keys, file, count: new ListenerCount({ eventId: served.eventId, edge: this.#edge, keys }) };
      this.#counted.set(served.eventId, counted);
      void file.readMore();
    }
    return counted;
  }

  #caller(request: IncomingMessage, query: URLSearchParams): Caller {
    const { headers } = request;
    return { address: this.#addresses.of(request), agent: headers["user-agent"] ?? "", sessionNumber: readSessionNumber(query, headers) };
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      const now = clock.wallMs();
      const endUnixMs = (Math.floor(now / COUNT_WINDOW_MS) + 1) * COUNT_WINDOW_MS;
      try {
        await clock.sleep(endUnixMs - now, signal);
        // A disk that hangs must not hold up the next window.
        this.closeWindows(endUnixMs).catch((cause: unknown) => log.error("a counting window could not be closed", { cause }));
        await clock.sleep(OTHERS_AFTER_MS, signal);
        for (const { file } of this.#counted.values()) await file.readMore();
      } catch (cause) {
        if (!signal.aborted) log.error("the round of counting windows failed", { cause });
      }
    }
  }
}

/** Puts the meter's figures on a registry. */
export function registerAudienceMetrics(registry: Registry, meter: AudienceMeter): void {
  gauge(registry, "earshot_front_listening_now", "Sessions with at least 8 s of audio in the last closed window of 10 s.", () => meter.listeningNow);
  gauge(registry, "earshot_front_session_table_bytes", "Memory of the table of sessions.", () => meter.bytesHeld);
}
