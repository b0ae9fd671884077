import { paths } from "../../src/wire/paths.ts";
import type { TimedMetadata } from "../../src/wire/timed-metadata.ts";
import { BoxSplitter, type TimedEntry } from "./boxes.ts";
import { type Codec, supported } from "./codec.ts";
import { doorQuery, hearDoor, type Wait } from "./door.ts";
import { aheadOf, Feed, rangeOf } from "./feed.ts";
import { followCues } from "./native-cues.ts";
import { NativePlayer, playOrSay, playsHls } from "./native-player.ts";
import { backoff, Distance, pace, retryAfter, SentAway } from "./pace.ts";
import { readSegments, SEGMENT_MS, type SegmentRendition } from "./segment-source.ts";
import { sessionNumber } from "./session-number.ts";

/** Without a byte for this long the connection is given up. Milliseconds; chunks come every tenth of a second. */
const SILENCE_LIMIT_MS = 6_000;
/** End of what can be gone to as far as the browser is concerned. Seconds; a year. */
const FURTHEST_SECONDS = 31_536_000;
/** Silence after which a connection is not trusted when the machine wakes up. Milliseconds. */
const AWAKE_MS = 2_000;
const TICK_MS = 200;
/** What must be there after a place for it to be gone to without asking the server. Seconds. */
const NEAR_END_SECONDS = 0.3;
/** How often audio comes when the server does not say. Milliseconds; a part. */
const SLOWEST_CADENCE_MS = 500;

/** Time over which browsers that play by themselves begin anew with the usual sound. Milliseconds; not all in the same moment. */
const BACK_MS = 60_000;

/** What the player is doing, for the page to put into words. */
export type PlayerStatus = "idle" | "connecting" | "playing" | "waiting" | "reconnecting" | "blocked" | "queued" | "over";

/** What the page hears from the player. */
export interface PlayerEvents {
  readonly onStatus: (status: PlayerStatus) => void;
  /** Called when this metadata's part is heard. */
  readonly onMetadata: (metadata: TimedMetadata) => void;
  /** Called when the server cannot have the listener as close as wished: from the start, or because so many came. */
  readonly onCloseness?: (why: "full" | "shed") => void;
  /** Called when {@link LivePlayer.reduced} or {@link LivePlayer.cadenceMs} changed. */
  readonly onSparing?: () => void;
  /** Called when the door says to wait; the status is `queued` until the player is let in. */
  readonly onWait: (wait: Wait) => void;
}

/** How a listener wants it: as usual, as close as possible, or with less data. */
export type ListenMode = "usual" | "near" | "thrifty";

/** When to connect again, and whether the door said so. Milliseconds. */
interface NextAttempt {
  readonly ms: number;
  readonly queued: boolean;
}

/** Plays a live event in one `<audio>`; never reloads anything, connects again by itself. */
export class LivePlayer {
  readonly #audio: HTMLAudioElement;
  readonly #slug: string;
  readonly #events: PlayerEvents;
  #feed: Feed | undefined;
  #entries: TimedEntry[] = [];
  #stop: AbortController | undefined;
  #status: PlayerStatus = "idle";
  #attempt = 0;
  #segments = false;
  /** Whether the door is to be asked before segments of a cache: the host held it when listening began. */
  #held = false;
  /** Undefined: the floor. */
  #language: string | undefined;
  /** Whether what is still to come is in another language than wished. */
  #switched = false;
  #heardAt = 0;
  #timer = 0;
  #distance = new Distance();
  /** Where to go on instead of at the live edge. Seconds since going live. */
  #from: number | undefined;
  /** The connection audio comes over. */
  #connection: AbortController | undefined;
  /** What is buffered belongs to another place and is to be thrown away. */
  #stale = false;
  /** Cuts short the wait before the next attempt. */
  #hurry: () => void = () => {};
  /** Whether the connection is one of a place gone back to. */
  #past = false;
  #mode: ListenMode = "usual";
  #reduced = false;
  #cadenceMs = 0;
  #cheaper = false;
  /** Whether the last attempt at less data brought nothing: a recording begun by an earlier version has none. */
  #noLess = false;
  /** Set while the browser plays HLS or MP3 by itself. */
  #native: NativePlayer | undefined;
  #originUnixMs: number | undefined;

  constructor(audio: HTMLAudioElement, slug: string, events: PlayerEvents) {
    this.#audio = audio;
    this.#slug = slug;
    this.#events = events;
  }

  get status(): PlayerStatus {
    return this.#status;
  }

  /** Media time being heard; undefined where the browser plays by itself and does not say. Seconds since going live. */
  get position(): number | undefined {
    return this.#native === undefined ? this.#audio.currentTime : this.#native.position(this.#originUnixMs);
  }

  /** Whether this browser can go back: it is fed, or plays HLS by itself. */
  get canRewind(): boolean {
    return supported() !== undefined || playsHls(this.#audio);
  }

  /** Whether it plays from further back and does not try to come close. */
  get rewound(): boolean {
    return this.#from !== undefined;
  }

  /** Wall-clock time of the programme's start, for players that only know dates. Milliseconds since the Unix epoch. */
  get originUnixMs(): number | undefined {
    return this.#originUnixMs;
  }

  set originUnixMs(value: number | undefined) {
    this.#originUnixMs = value;
  }

  /** Whether there is a way for this browser to need less data. */
  get canSave(): boolean {
    return supported()?.rendition === "opus" || (playsHls(this.#audio) && this.#audio.canPlayType('audio/mp4; codecs="opus"') !== "");
  }

  /** Whether half the data comes because so many listen; it changes by itself. */
  get reduced(): boolean {
    return this.#reduced;
  }

  /** How often sound comes over the endless stream, as the server says it. Milliseconds; 0 where it comes in another way. */
  get cadenceMs(): number {
    return this.#cadenceMs;
  }

  /** What `state.json` says of newcomers. A browser that plays by itself shows us no answer: it goes by this. */
  set cheaper(value: boolean) {
    const ends = this.#cheaper && !value;
    this.#cheaper = value;
    if (!ends || this.#native === undefined || !this.#reduced) return;
    setTimeout(() => {
      if (this.#cheaper || this.#native === undefined || !this.#reduced) return;
      this.#reduce(false);
      this.#native.play(this.#from);
    }, Math.random() * BACK_MS);
  }

  get mode(): ListenMode {
    return this.#mode;
  }

  /** How it comes; what plays live begins anew at once. */
  set mode(value: ListenMode) {
    if (value === this.#mode) return;
    this.#mode = value;
    this.#distance = new Distance(value === "near");
    this.#native?.play(this.#from);
    if (this.#stop === undefined || this.#native !== undefined || this.#from !== undefined) return;
    this.#stale = true;
    this.#connection?.abort();
    this.#hurry();
  }

  /** Goes back to a place in the event and plays on from there. Seconds since going live. */
  rewind(seconds: number): void {
    this.#from = Math.max(0, seconds);
    this.#move();
  }

  /** Returns to the live edge. */
  goLive(): void {
    if (this.#from === undefined) return;
    this.#from = undefined;
    this.#move();
  }

  /** What is there already is gone to at once; for the rest everything begins anew at that place. */
  #move(): void {
    if (this.#stop === undefined) return;
    if (this.#native !== undefined) return this.#native.play(this.#from);
    const { buffered } = this.#audio;
    const from = this.#from;
    // The stream still runs: the next tick comes close again.
    if (from === undefined && !this.#past) return;
    const range = from === undefined || this.#stale ? -1 : rangeOf(buffered, from);
    if (from !== undefined && range >= 0 && from < buffered.end(range) - NEAR_END_SECONDS) {
      this.#audio.currentTime = from;
      this.#audio.playbackRate = 1;
      return;
    }
    this.#stale = true;
    this.#connection?.abort();
    this.#hurry();
  }

  /** The network or the machine is back: what was silent meanwhile is given up at once instead of being waited for. */
  wake(): void {
    const now = performance.now();
    if (this.#stop === undefined || (this.#native?.watch(now) ?? now - this.#heardAt) < AWAKE_MS) return;
    if (this.#native !== undefined) return this.#native.wake();
    this.#attempt = 0;
    this.#connection?.abort();
    this.#hurry();
  }

  /** Starts at the live edge, or where {@link rewind} said; call from a tap. `segments`: whether a cache stands in front, which can keep segments but no stream; `held`: whether the host keeps newcomers waiting, whom no cache would stop. */
  start(segments = false, held = false): void {
    if (this.#stop !== undefined) return;
    this.#segments = segments;
    this.#held = segments && held;
    this.#stop = new AbortController();
    this.#set("connecting");
    const codec = supported();
    this.#stale = this.#from !== undefined;
    if (codec === undefined) {
      this.#native = new NativePlayer({
        audio: this.#audio,
        slug: this.#slug,
        signal: this.#stop.signal,
        onWait: (wait) => this.#queueUp(wait),
        onLost: () => this.#set("reconnecting"),
        onOver: () => this.stop("over"),
        onBlocked: () => this.#set("blocked"),
        language: () => this.#language,
        thrifty: () => this.#mode === "thrifty",
      });
      followCues(this.#audio, this.#stop.signal, (metadata) => this.#tell(metadata));
      this.#native.play(this.#from);
      this.#reduce(this.#cheaper && this.#from === undefined && this.#mode !== "thrifty" && this.canSave);
    } else void this.#startOwn(codec, this.#stop.signal);
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
  }

  /** Goes on in another language, BCP 47, or on the floor: at the same place, without a pause, as soon as its first sound is here. */
  setLanguage(language: string | undefined): void {
    if (language === this.#language) return;
    this.#language = language;
    if (this.#stop === undefined) return;
    if (this.#native !== undefined) return this.#native.play(this.#from);
    // What is still to come in the old language is replaced by the new one where it is heard next.
    this.#switched = true;
    this.#feed?.drop();
    this.#entries = [];
    this.#connection?.abort();
    this.#hurry();
  }

  /** Stops and lets go of everything. */
  stop(status: PlayerStatus = "idle"): void {
    if (this.#stop === undefined) return;
    clearInterval(this.#timer);
    this.#stop.abort();
    this.#stop = undefined;
    this.#feed = undefined;
    this.#native = undefined;
    this.#entries = [];
    this.#from = undefined;
    this.#stale = false;
    this.#past = false;
    this.#reduce(false);
    this.#cadenceMs = 0;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    this.#set(status);
  }

  /** What every request for audio carries. */
  get #query(): string {
    return doorQuery(this.#slug) + (this.#language === undefined ? "" : `&lang=${this.#language}`);
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
    // Without it a place before what is there could not be gone to.
    source.setLiveSeekableRange?.(0, FURTHEST_SECONDS);
    this.#feed = new Feed(this.#audio, source, source.addSourceBuffer(codec.type));
    while (!signal.aborted) {
      const wait = await this.#read(codec, signal);
      if (signal.aborted || wait === undefined) return;
      // Another language or another place is no break: what was asked for meanwhile is done at once.
      if (this.#stale || wait.ms === 0) continue;
      if (!wait.queued) this.#set("reconnecting");
      await new Promise<void>((resolve) => {
        setTimeout(resolve, wait.ms);
        if (!wait.queued) this.#hurry = resolve;
      });
    }
  }

  /** One connection from start to end. Resolves to the wait before the next, or undefined when the event is over. Milliseconds. */
  async #read(codec: Codec, signal: AbortSignal): Promise<NextAttempt | undefined> {
    const own = new AbortController();
    this.#connection = own;
    await this.#clear(signal);
    this.#past = this.#from !== undefined;
    if (signal.aborted) return undefined;
    const give = () => own.abort();
    signal.addEventListener("abort", give);
    const watch = setInterval(() => {
      if (performance.now() - this.#heardAt > SILENCE_LIMIT_MS) give();
    }, 1_000);
    let asked: number | undefined;
    const language = this.#language;
    this.#heardAt = performance.now();
    try {
      const thrifty = this.#mode === "thrifty";
      // No cache keeps a stream, and nobody is let in at the door for what a cache has, unless the host holds it.
      if (this.#from !== undefined || (this.#segments && !this.#held)) return await this.#readPieces(codec, own.signal, language);
      const inPieces = thrifty || this.#segments;
      const address = inPieces ? paths.door(this.#slug) + this.#query : paths.stream(this.#slug) + this.#query + codec.query;
      const response = await fetch(address + (this.#mode === "near" ? "&near=1" : ""), { signal: own.signal, cache: "no-store" });
      if (response.status === 410) {
        this.stop("over");
        return undefined;
      }
      const wait = await hearDoor(this.#slug, response);
      if (wait !== undefined) return { ms: this.#queueUp(wait), queued: true };
      if (!response.ok || response.body === null) {
        asked = retryAfter(response);
      } else if (inPieces) {
        this.#held = false;
        return await this.#readPieces(codec, own.signal, language);
      } else {
        this.#reduce(response.headers.get("earshot-stream") === "low");
        const near = response.headers.get("earshot-near") === "1";
        if (this.#mode === "near" && !near) this.#stepBack("full");
        this.#follow(Number(response.headers.get("earshot-cadence-ms")) || SLOWEST_CADENCE_MS);
        const splitter = new BoxSplitter();
        const reader = response.body.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done || splitter.broken) break;
          this.#take(splitter, value);
        }
        if (this.#hasEnd) return undefined;
      }
    } catch (cause) {
      // Lost networks and our own abort look the same: wait and connect again.
      if (cause instanceof SentAway) asked = cause.seconds;
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", give);
    }
    if (language !== this.#language) return { ms: 0, queued: false };
    return { ms: backoff(this.#attempt++, Math.random(), asked), queued: false };
  }

  /** Segments until they end. Resolves as {@link #read} does. */
  async #readPieces(codec: Codec, signal: AbortSignal, language: string | undefined): Promise<NextAttempt | undefined> {
    this.#follow(0);
    this.#reduce(false);
    const splitter = new BoxSplitter();
    const less = this.#mode === "thrifty" && codec.rendition === "opus" && !this.#noLess;
    let pieces = 0;
    for await (const bytes of await this.#pieces(less ? "low" : codec.rendition, signal, language)) {
      pieces++;
      this.#take(splitter, bytes);
      if (splitter.broken) break;
    }
    // The header alone: the next attempt is the usual one.
    this.#noLess = less && pieces === 1;
    if (this.#hasEnd) return undefined;
    return { ms: language === this.#language ? backoff(this.#attempt++, Math.random(), undefined) : 0, queued: false };
  }

  /** Segments one after the other: from the place gone back to, or from the one that is being made. */
  async #pieces(rendition: SegmentRendition, signal: AbortSignal, language: string | undefined): Promise<AsyncGenerator<Uint8Array>> {
    const query = this.#segments ? "" : `?s=${sessionNumber()}`;
    if (this.#from === undefined) return readSegments(this.#slug, rendition, { signal, onOver: () => this.stop("over"), language, query });
    const { readRewound } = await import("./rewind-source.ts");
    const ahead = () => {
      this.#heardAt = performance.now();
      // What the browser does not want yet is not fetched either.
      return this.#feed?.wanted === false ? Number.POSITIVE_INFINITY : aheadOf(this.#audio);
    };
    // After a break it goes on where what is there ends, in another language where it is.
    const at = this.#audio.currentTime + (this.#switched ? 0 : aheadOf(this.#audio));
    this.#switched = false;
    return readRewound(at, {
      folder: paths.segments(this.#slug, rendition, language),
      segmentMs: SEGMENT_MS[rendition],
      query,
      signal,
      ahead,
    });
  }

  /** Makes room for audio of another place and goes there. */
  async #clear(signal: AbortSignal): Promise<void> {
    if (!this.#stale) return;
    this.#stale = false;
    this.#entries = [];
    await this.#feed?.clear(signal);
    if (signal.aborted) return;
    if (this.#from !== undefined) this.#audio.currentTime = this.#from;
    this.#set("connecting");
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
    if (media !== undefined) this.#feed?.push(media);
  }

  #play(): void {
    playOrSay(this.#audio, () => this.#set("blocked"));
  }

  #tick(): void {
    const audio = this.#audio;
    const { buffered } = audio;
    this.#native?.watch(performance.now());
    if (this.#feed !== undefined && buffered.length > 0) {
      const edge = buffered.end(buffered.length - 1);
      const distance = this.#distance;
      const ahead = distance.atPiece(edge - audio.currentTime, performance.now());
      const inside = rangeOf(buffered, audio.currentTime) === buffered.length - 1;
      const { rate, jump } = this.#from === undefined ? pace(ahead, distance.seconds, distance.near) : { rate: 1, jump: false };
      const first = buffered.start(buffered.length - 1);
      if (this.#from !== undefined && !inside) {
        // A moment before the first sample there is.
        if (first > audio.currentTime && aheadOf(audio) === 0) audio.currentTime = first;
      } else if (jump || !inside) {
        audio.currentTime = Math.max(first, edge - distance.seconds);
        distance.moved();
      } else if (audio.playbackRate !== rate) audio.playbackRate = rate;
      if (audio.paused && this.#status !== "blocked") this.#play();
    }
    this.#hear();
    if (this.#status === "blocked" || this.#status === "over") return;
    if (!audio.paused && audio.readyState >= 3 && audio.error === null) {
      this.#set("playing");
      this.#distance.calm(TICK_MS / 1000);
    } else if (this.#status === "playing") {
      this.#set("waiting");
      if (!audio.paused) this.#distance.stalled();
    }
  }

  #hear(): void {
    while (this.#entries.length > 0 && (this.#entries[0] as TimedEntry).at <= this.#audio.currentTime + TICK_MS / 1000) {
      this.#tell((this.#entries.shift() as TimedEntry).metadata);
    }
  }

  #tell(metadata: TimedMetadata): void {
    this.#events.onMetadata(metadata);
    if (metadata.w !== undefined) {
      if (this.#mode === "near") this.#stepBack("shed");
      this.#follow(metadata.w);
    }
    if (metadata.q !== undefined) this.#reduce(false);
    if (metadata.e === 1) setTimeout(() => this.stop("over"), 1_000);
  }

  /** Keeps the distance that sound in pieces of this length needs; 0: whole segments, chunk by chunk. Milliseconds. */
  #follow(cadenceMs: number): void {
    this.#distance.follow(cadenceMs || SLOWEST_CADENCE_MS);
    if (this.#cadenceMs === cadenceMs) return;
    this.#cadenceMs = cadenceMs;
    this.#events.onSparing?.();
  }

  /** Takes the usual distance; the connection stays. */
  #stepBack(why: "full" | "shed"): void {
    if (this.#mode === "near") this.#mode = "usual";
    this.#distance.stepBack();
    this.#events.onCloseness?.(why);
  }

  #reduce(value: boolean): void {
    if (this.#reduced === value) return;
    this.#reduced = value;
    this.#events.onSparing?.();
  }

  #set(status: PlayerStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.onStatus(status);
  }
}
