import { paths } from "../../src/wire/paths.ts";
import type { TimedMetadata } from "../../src/wire/timed-metadata.ts";
import { BoxSplitter, type TimedEntry } from "./boxes.ts";
import { doorQuery, hearDoor, type Wait } from "./door.ts";
import { backoff, Distance, pace } from "./pace.ts";
import { readSegments, type SegmentRendition } from "./segment-source.ts";

/** Audio kept behind the playing position. Seconds. */
const KEEP_BEHIND = 20;
/** Without a byte for this long the connection is given up. Milliseconds; chunks come every tenth of a second. */
const SILENCE_LIMIT_MS = 6_000;
const TICK_MS = 200;
/** How often audio comes when the server does not say. Milliseconds; a part. */
const SLOWEST_CADENCE_MS = 500;

/** What the player is doing, for the page to put into words. */
export type PlayerStatus = "idle" | "connecting" | "playing" | "waiting" | "reconnecting" | "blocked" | "queued" | "over";

/** What the page hears from the player. */
export interface PlayerEvents {
  readonly onStatus: (status: PlayerStatus) => void;
  /** Called when this metadata's part is heard. */
  readonly onMetadata: (metadata: TimedMetadata) => void;
  /** Called when the door says to wait; the status is `queued` until the player is let in. */
  readonly onWait: (wait: Wait) => void;
}

type Source = MediaSource & { readonly handle?: never };
declare const ManagedMediaSource: (new () => Source) & { isTypeSupported(type: string): boolean };

/** Plays a live event in one `<audio>`; never reloads anything, connects again by itself. */
export class LivePlayer {
  readonly #audio: HTMLAudioElement;
  readonly #slug: string;
  readonly #events: PlayerEvents;
  #buffer: SourceBuffer | undefined;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #entries: TimedEntry[] = [];
  #stop: AbortController | undefined;
  #status: PlayerStatus = "idle";
  #attempt = 0;
  #segments = false;
  /** Undefined: the floor. */
  #language: string | undefined;
  /** Gives up the present connection for one in another language. */
  #switch: (() => void) | undefined;
  #heardAt = 0;
  #timer = 0;
  #distance = new Distance();

  constructor(audio: HTMLAudioElement, slug: string, events: PlayerEvents) {
    this.#audio = audio;
    this.#slug = slug;
    this.#events = events;
  }

  get status(): PlayerStatus {
    return this.#status;
  }

  /** Media time being heard. Seconds since going live. */
  get position(): number {
    return this.#audio.currentTime;
  }

  /** Starts at the live edge; call from a tap. `segments`: whether a cache stands in front, which can keep segments but no stream. */
  start(segments = false): void {
    if (this.#stop !== undefined) return;
    this.#segments = segments;
    this.#stop = new AbortController();
    this.#set("connecting");
    const codec = supported();
    if (codec === undefined) this.#startNative(this.#stop.signal);
    else void this.#startOwn(codec, this.#stop.signal);
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
  }

  /** Goes on in another language, BCP 47, or on the floor: at the same place, without a pause, as soon as its first sound is here. */
  setLanguage(language: string | undefined): void {
    if (language === this.#language) return;
    this.#language = language;
    this.#switch?.();
  }

  /** Stops and lets go of everything. */
  stop(status: PlayerStatus = "idle"): void {
    if (this.#stop === undefined) return;
    clearInterval(this.#timer);
    this.#stop.abort();
    this.#stop = undefined;
    this.#switch = undefined;
    this.#buffer = undefined;
    this.#queue = [];
    this.#entries = [];
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    this.#set(status);
  }

  /** HLS where the browser plays it itself (iPhone: goes on when locked), MP3 anywhere else. */
  #startNative(signal: AbortSignal): void {
    const hls = this.#audio.canPlayType("application/vnd.apple.mpegurl") !== "";
    const play = () => {
      this.#audio.src = (hls ? paths.multivariant(this.#slug, this.#language) : paths.endless(this.#slug, "mp3")) + this.#query;
      this.#play();
    };
    // The element does not say why it failed; the door does, and lets in when it is time.
    this.#audio.addEventListener("error", () => void this.#standAtDoor(signal).then((isIn) => isIn && play()), { signal });
    this.#switch = play;
    play();
  }

  /** What every request for audio carries. */
  get #query(): string {
    return doorQuery(this.#slug) + (this.#language === undefined ? "" : `&lang=${this.#language}`);
  }

  /** Resolves to true once the door lets us in. */
  async #standAtDoor(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const response = await fetch(paths.door(this.#slug) + doorQuery(this.#slug), { signal, cache: "no-store" }).catch(() => undefined);
      if (response?.status === 410) this.stop("over");
      if (signal.aborted) return false;
      const wait = response === undefined ? undefined : await hearDoor(this.#slug, response);
      // The first time it was the door that refused; from the second on something else is wrong, and is given time.
      if (response?.ok === true && this.#attempt === 0) return ++this.#attempt > 0;
      const pause =
        wait === undefined ? backoff(this.#attempt++, Math.random(), Number(response?.headers.get("retry-after")) || undefined) : this.#queueUp(wait);
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (response?.ok === true) return !signal.aborted;
    }
    return false;
  }

  /** Tells the page of a wait and returns its length. Milliseconds. */
  #queueUp(wait: Wait): number {
    this.#attempt = 0;
    this.#set("queued");
    this.#events.onWait(wait);
    return Math.max(0, wait.untilMs - performance.now());
  }

  async #startOwn(codec: Codec, signal: AbortSignal): Promise<void> {
    const source = new codec.source();
    this.#audio.disableRemotePlayback = true;
    this.#audio.src = URL.createObjectURL(source);
    this.#play();
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    URL.revokeObjectURL(this.#audio.src);
    if (signal.aborted) return;
    this.#buffer = source.addSourceBuffer(codec.type);
    this.#buffer.addEventListener("updateend", () => this.#append());
    while (!signal.aborted) {
      const wait = await this.#read(codec, signal);
      if (signal.aborted || wait === undefined) return;
      if (wait.ms === 0) continue;
      if (!wait.queued) this.#set("reconnecting");
      await new Promise((resolve) => setTimeout(resolve, wait.ms));
    }
  }

  /** One connection from start to end. Resolves to the wait before the next, or undefined when the event is over. Milliseconds. */
  async #read(codec: Codec, signal: AbortSignal): Promise<{ readonly ms: number; readonly queued: boolean } | undefined> {
    const own = new AbortController();
    const give = () => own.abort();
    signal.addEventListener("abort", give);
    const watch = setInterval(() => {
      if (performance.now() - this.#heardAt > SILENCE_LIMIT_MS) give();
    }, 1_000);
    let retryAfter: number | undefined;
    const language = this.#language;
    this.#switch = () => {
      // What is still to come in the old language is replaced by the new one where it is heard next.
      this.#queue = [];
      this.#entries = [];
      give();
    };
    this.#heardAt = performance.now();
    try {
      if (this.#segments) {
        this.#distance.follow(SLOWEST_CADENCE_MS);
        const splitter = new BoxSplitter();
        for await (const bytes of readSegments(this.#slug, codec.rendition, { signal: own.signal, onOver: () => this.stop("over"), language })) {
          this.#take(splitter, bytes);
          if (splitter.broken) break;
        }
        if (this.#hasEnd) return undefined;
        if (language !== this.#language) return { ms: 0, queued: false };
        return { ms: backoff(this.#attempt++, Math.random(), undefined), queued: false };
      }
      const response = await fetch(paths.stream(this.#slug) + this.#query + codec.query, { signal: own.signal, cache: "no-store" });
      if (response.status === 410) {
        this.stop("over");
        return undefined;
      }
      const wait = await hearDoor(this.#slug, response);
      if (wait !== undefined) return { ms: this.#queueUp(wait), queued: true };
      if (!response.ok || response.body === null) {
        retryAfter = Number(response.headers.get("retry-after")) || undefined;
      } else {
        this.#distance.follow(Number(response.headers.get("earshot-cadence-ms")) || SLOWEST_CADENCE_MS);
        const splitter = new BoxSplitter();
        const reader = response.body.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done || splitter.broken) break;
          this.#take(splitter, value);
        }
        if (this.#hasEnd) return undefined;
      }
    } catch {
      // Lost networks and our own abort look the same: wait and connect again.
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", give);
    }
    if (language !== this.#language) return { ms: 0, queued: false };
    return { ms: backoff(this.#attempt++, Math.random(), retryAfter), queued: false };
  }

  /** Whether the end of the event is among what came in. */
  get #hasEnd(): boolean {
    return this.#entries.some(({ metadata }) => metadata.e === 1);
  }

  #take(splitter: BoxSplitter, bytes: Uint8Array): void {
    this.#heardAt = performance.now();
    this.#attempt = 0;
    const { media, entries } = splitter.push(bytes);
    this.#entries.push(...entries.filter((entry) => entry.at > (this.#entries.at(-1)?.at ?? -1)));
    if (media === undefined) return;
    this.#queue.push(media);
    this.#append();
  }

  #append(): void {
    const buffer = this.#buffer;
    if (buffer === undefined || buffer.updating || this.#queue.length === 0) return;
    const behind = this.#audio.currentTime - KEEP_BEHIND;
    if (buffer.buffered.length > 0 && buffer.buffered.start(0) < behind - KEEP_BEHIND) {
      buffer.remove(0, behind);
      return;
    }
    try {
      buffer.appendBuffer(this.#queue[0] as Uint8Array<ArrayBuffer>);
      this.#queue.shift();
    } catch {
      // Full: what was heard is removed first, then tried again.
      if (behind > 0) buffer.remove(0, Math.max(behind, this.#audio.currentTime - 5));
    }
  }

  #play(): void {
    this.#audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#set("blocked");
    });
  }

  #tick(): void {
    const audio = this.#audio;
    const { buffered } = audio;
    if (this.#buffer !== undefined && buffered.length > 0) {
      const edge = buffered.end(buffered.length - 1);
      const ahead = edge - audio.currentTime;
      const inside = audio.currentTime >= buffered.start(buffered.length - 1) - 0.05;
      const { rate, jump } = pace(ahead, this.#distance.seconds);
      if (jump || !inside) audio.currentTime = Math.max(buffered.start(buffered.length - 1), edge - this.#distance.seconds);
      else if (audio.playbackRate !== rate) audio.playbackRate = rate;
      if (audio.paused && this.#status !== "blocked") this.#play();
    }
    this.#hear();
    if (this.#status === "blocked" || this.#status === "over") return;
    if (!audio.paused && audio.readyState >= 3) {
      this.#set("playing");
      this.#distance.calm(TICK_MS / 1000);
    } else if (this.#status === "playing") {
      this.#set("waiting");
      if (!audio.paused) this.#distance.stalled();
    }
  }

  #hear(): void {
    while (this.#entries.length > 0 && (this.#entries[0] as TimedEntry).at <= this.#audio.currentTime + TICK_MS / 1000) {
      const entry = this.#entries.shift() as TimedEntry;
      this.#events.onMetadata(entry.metadata);
      if (entry.metadata.e === 1) setTimeout(() => this.stop("over"), 1_000);
    }
  }

  #set(status: PlayerStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.onStatus(status);
  }
}

interface Codec {
  readonly source: new () => Source;
  readonly type: string;
  readonly rendition: SegmentRendition;
  readonly query: string;
}

/** The first codec this browser can be fed; undefined where it plays HLS better by itself. */
function supported(): Codec | undefined {
  const phone = /iPhone|iPad|iPod/.test(navigator.userAgent);
  const source =
    typeof MediaSource !== "undefined"
      ? (MediaSource as unknown as typeof ManagedMediaSource)
      : typeof ManagedMediaSource !== "undefined" && !phone
        ? ManagedMediaSource
        : undefined;
  if (source === undefined || phone) return undefined;
  for (const [type, rendition] of [
    ['audio/mp4; codecs="opus"', "opus"],
    ['audio/mp4; codecs="Opus"', "opus"],
    ['audio/mp4; codecs="mp4a.40.2"', "aac"],
  ] as const) {
    if (source.isTypeSupported(type)) return { source, type, rendition, query: rendition === "aac" ? "&codec=aac" : "" };
  }
  return undefined;
}
