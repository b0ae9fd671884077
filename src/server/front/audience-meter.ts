import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { type Caller, type CountedStream, type EndlessKind, ListenerCount, readSessionNumber, SessionKeys } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { gauge } from "../../core/metrics.ts";
import { SAMPLE_RATE } from "../../core/units.ts";
import { GRIDS, partSamples, type RenditionId } from "../../programme/mod.ts";
import { type AudienceWindow, COUNT_WINDOW_MS, type ListeningForm, type PublicAudience } from "../../wire/audience.ts";
import { ClientAddresses } from "../adapters/client-address.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { AudienceFile, LINES_AFTER_MS } from "../adapters/audience-file.ts";
import type { EventDesk, ServedEvent } from "./event-desk.ts";
import type { PublicEvents } from "./public-events.ts";

const SALT_BYTES = 16;
/** Bytes of randomness in the name of this start. Four: two starts of one evening never share it. */
const EDGE_BYTES = 4;

const FORMS: Readonly<Record<EndlessKind, ListeningForm>> = { "mp4-opus": "page", "mp4-aac": "page", "mp4-low": "page", mp3: "mp3", aac: "aac", opus: "opus" };

/** The audio a path stands for. Samples since going live. */
export interface MediaSpan {
  readonly from: number;
  readonly to: number;
}

/** The audio of a part or segment, by its path below the event; undefined for everything else. */
export function spanOf(path: string): MediaSpan | undefined {
  const media = /^(opus|aac|low)\/(part|segment|stream)-(\d{1,12})\.m4s$/.exec(path);
  if (media === null) return undefined;
  const rendition = media[1] as RenditionId;
  const duration = (media[2] === "part" ? 1 : GRIDS[rendition].partsPerSegment) * partSamples(rendition);
  const from = Number(media[3]) * duration;
  return { from, to: from + duration };
}

/** What is known of a request's sender. */
export type Asker = Pick<IncomingMessage, "headers"> & { readonly socket: { readonly remoteAddress?: string | undefined } };

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
  /** Events that are over whose stages still run: their salts are told once more and not taken again. */
  readonly #forgotten = new Set<string>();
  readonly #counted = new Map<string, Counted>();
  /** Whose endless streams are open; in memory only. */
  readonly #open = new Map<CountedStream, string>();
  readonly #end = new AbortController();
  /** End of the window that is closed next. Unix milliseconds. */
  #endUnixMs: number;
  /** Asked per slug when a window closes. */
  queue: (slug: string, over: boolean) => Pick<AudienceWindow, "waitingNow" | "turnedAway" | "door"> = () => ({ waitingNow: 0, turnedAway: 0 });
  /** Told whose address listened, in sessions of a window. */
  onListened: (address: string, sessions: number) => void = () => {};

  constructor(options: AudienceMeterOptions) {
    this.#options = options;
    this.#addresses = new ClientAddresses(options.trustedProxies);
    this.#endUnixMs = openWindowEnd(options.clock.wallMs());
    void this.#run();
  }

  /** Takes over the salts the supervisor made, one per event in progress. */
  learnSalts(stages: readonly RunningStage[]): void {
    const told = new Set(stages.map(({ eventId }) => eventId));
    for (const eventId of this.#forgotten) if (!told.has(eventId)) this.#forgotten.delete(eventId);
    for (const { eventId, audienceSalt } of stages)
      if (audienceSalt !== undefined && !this.#forgotten.has(eventId)) this.#salts.set(eventId, Buffer.from(audienceSalt, "base64"));
  }

  /** The address a request comes from. */
  addressOf(request: Asker): string {
    return this.#addresses.of(request);
  }

  /** Whether an address is a proxy that is trusted to speak for others. */
  isProxy(address: string): boolean {
    return this.#addresses.isProxy(address);
  }

  /** The salt of an event, for whatever else must be forgotten with it. */
  saltOf(eventId: string): Uint8Array {
    let salt = this.#salts.get(eventId);
    if (salt === undefined) {
      salt = randomBytes(SALT_BYTES);
      this.#salts.set(eventId, salt);
    }
    return salt;
  }

  /** Whether this session listens here, or did a moment ago. */
  knows(served: ServedEvent, caller: Caller): boolean {
    return this.#counted.get(served.eventId)?.count.knows(caller) ?? false;
  }

  /** Listeners of an event at all fronts in the last window that all have spoken for, and its end. Unix milliseconds by the wall clock; nobody, at 0, before the first. */
  countOf(eventId: string): { readonly listeners: number; readonly countedUnixMs: number } {
    const { listeningNow: listeners = 0, asOfUnixMs: countedUnixMs = 0 } = this.publicAudience(eventId) ?? {};
    return { listeners, countedUnixMs };
  }

  /** Counts an endless stream that is being opened; `backlog` tells the bytes the listener has not taken. To be ended by {@link endStream}. */
  countStream(
    served: ServedEvent,
    caller: Caller,
    { kind, backlog }: { readonly kind: EndlessKind; readonly backlog: () => number },
  ): CountedStream | undefined {
    const stream = this.#of(served)?.count.open(caller, FORMS[kind], backlog);
    if (stream !== undefined) this.#open.set(stream, caller.address);
    return stream;
  }

  /** Streams that are being counted. */
  get streamsOpen(): number {
    return this.#open.size;
  }

  /** A stream that was counted is gone. */
  endStream(stream: CountedStream): void {
    this.#open.delete(stream);
    stream.close();
  }

  /** Counts a part or segment that was handed over whole. @hot */
  countAnswer(served: ServedEvent, caller: Caller, { from, to, bytes }: MediaSpan & { readonly bytes: number }): void {
    this.#of(served)?.count.fetched(caller, "hls", from, to, bytes);
    this.onListened(caller.address, ((to - from) * 1_000) / SAMPLE_RATE / COUNT_WINDOW_MS);
  }

  /** What counts the part or segment of a path once its last byte has left; undefined for everything else. */
  countFetch(
    served: ServedEvent,
    request: IncomingMessage,
    { path, query }: { readonly path: string; readonly query: URLSearchParams },
  ): ((bytes: number) => void) | undefined {
    const span = spanOf(path);
    if (request.method !== "GET" || span === undefined) return undefined;
    const caller = this.callerOf(request, query);
    return (bytes) => this.countAnswer(served, caller, { ...span, bytes });
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
    for (const address of this.#open.values()) this.onListened(address, 1);
    const writes: Promise<void>[] = [];
    for (const served of desk.all) {
      const phase = served.store.live?.phase;
      if (phase === "ended" && !this.#counted.has(served.eventId)) this.#forget(served.eventId);
      if (phase !== "live" && !this.#counted.has(served.eventId)) continue;
      const counted = this.#of(served);
      if (counted === undefined) continue;
      const over = phase === "ended";
      const line = counted.count.closeWindow(endUnixMs, this.queue(served.slug, over), over || closing);
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
    await this.closeWindows(this.#endUnixMs, true);
    for (const eventId of [...this.#counted.keys()]) this.#forget(eventId);
  }

  #forget(eventId: string): void {
    this.#counted.get(eventId)?.keys.forget();
    this.#counted.delete(eventId);
    this.#forgotten.add(eventId);
    this.#salts.get(eventId)?.fill(0);
    this.#salts.delete(eventId);
  }

  /** Undefined once the event is over and its salt destroyed. */
  #of(served: ServedEvent): Counted | undefined {
    let counted = this.#counted.get(served.eventId);
    if (counted === undefined && served.store.live?.phase !== "ended") {
      const { dataFolder, log } = this.#options;
      const keys = new SessionKeys(this.saltOf(served.eventId));
      const file = new AudienceFile(join(dataFolder, "events", served.eventId), log);
      counted = { keys, file, count: new ListenerCount({ eventId: served.eventId, edge: this.#edge, keys }) };
      this.#counted.set(served.eventId, counted);
      void file.readMore();
    }
    return counted;
  }

  /** Who asks, as far as sessions are told apart. */
  callerOf(request: Asker, query: URLSearchParams): Caller {
    const { headers } = request;
    return { address: this.#addresses.of(request), agent: headers["user-agent"] ?? "", sessionNumber: readSessionNumber(query, headers) };
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      const endUnixMs = this.#endUnixMs;
      await clock.sleep(Math.max(0, endUnixMs - clock.wallMs()), signal).catch(() => {});
      if (signal.aborted) return;
      // Neither is waited for: a disk that hangs must not hold up the next window.
      this.closeWindows(endUnixMs).catch((cause: unknown) => log.error("a counting window could not be closed", { cause }));
      void this.#readLines(endUnixMs);
      this.#endUnixMs = nextWindowEnd(endUnixMs, clock.wallMs());
    }
  }

  /** Takes over what all fronts counted in the window that ended at `endUnixMs`, as their lines come. */
  async #readLines(endUnixMs: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#end;
    for (const afterMs of LINES_AFTER_MS) {
      await clock.sleep(Math.max(0, endUnixMs + afterMs - clock.wallMs()), signal).catch(() => {});
      if (signal.aborted) return;
      for (const { file } of this.#counted.values()) void file.readMore();
    }
  }
}

/** End of the window that is open at this time. Unix milliseconds. */
function openWindowEnd(nowUnixMs: number): number {
  return (Math.floor(nowUnixMs / COUNT_WINDOW_MS) + 1) * COUNT_WINDOW_MS;
}

/** End of the window to close after the one that ended at `endUnixMs`: the next, however late it is, unless the machine slept through it or its clock was set. Unix milliseconds. */
function nextWindowEnd(endUnixMs: number, nowUnixMs: number): number {
  const next = endUnixMs + COUNT_WINDOW_MS;
  return nowUnixMs < endUnixMs - COUNT_WINDOW_MS || nowUnixMs >= next + COUNT_WINDOW_MS ? openWindowEnd(nowUnixMs) : next;
}

/** Puts the meter's figures on a registry. */
export function registerAudienceMetrics(registry: Registry, meter: AudienceMeter): void {
  gauge(registry, "earshot_front_listening_now", "Sessions with at least 8 s of audio in the last closed window of 10 s.", () => meter.listeningNow);
  gauge(registry, "earshot_front_streams_counted", "Open streams whose listening is counted.", () => meter.streamsOpen);
  gauge(registry, "earshot_front_session_table_bytes", "Memory of the table of sessions.", () => meter.bytesHeld);
}
