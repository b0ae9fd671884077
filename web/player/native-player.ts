import { paths } from "../../src/wire/paths.ts";
import { doorQuery, hearDoor, type Wait } from "./door.ts";
import { backoff, retryAfter } from "./pace.ts";

const HLS_TYPE = "application/vnd.apple.mpegurl";
/** Silence after which an element that should play begins anew. Milliseconds; a list and a segment of 4 s come over a slow line in that time. Each start in vain gives the next one as much more. */
const SILENCE_LIMIT_MS = 10_000;
/** Starts in vain after which a browser that says it plays HLS is not believed any more. Chromium's own player changes from one codec to the other and fails at it. */
const MOST_IN_VAIN = 3;
/** From one look to the next sound moves on by less than this. Seconds. */
const JUMP_SECONDS = 1;
/** So near the place gone back to it is there; players begin at the segment before. Seconds. */
const THERE_SECONDS = 5;
/** How long the door may take to answer. Milliseconds; a connection from before a sleep never does. */
const DOOR_LIMIT_MS = 10_000;

/** Whether the browser plays HLS by itself. */
export function playsHls(audio: HTMLAudioElement): boolean {
  return audio.canPlayType(HLS_TYPE) !== "";
}

/** Plays; `onBlocked` is called when the browser wants another tap first. */
export function playOrSay(audio: HTMLAudioElement, onBlocked: () => void): void {
  audio.play().catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "NotAllowedError") onBlocked();
  });
}

/** Where a native player works. */
export interface NativeOptions {
  readonly audio: HTMLAudioElement;
  readonly slug: string;
  readonly signal: AbortSignal;
  /** Called when the door says to wait; returns how long. Milliseconds. */
  readonly onWait: (wait: Wait) => number;
  /** Called when the sound is lost and is about to be fetched anew. */
  readonly onLost: () => void;
  readonly onOver: () => void;
  readonly onBlocked: () => void;
  /** Language to be played, BCP 47; undefined: the floor. */
  readonly language: () => string | undefined;
  /** Whether half the data is wished. */
  readonly thrifty: () => boolean;
}

/** HLS where the browser plays it itself (iPhone: goes on when locked), MP3 anywhere else, and where HLS fails again and again. */
export class NativePlayer {
  readonly #options: NativeOptions;
  #attempt = 0;
  #from: number | undefined;
  #hls: boolean;
  /** Starts that ended in an error before there was any sound. */
  #inVain = 0;
  /** How often the player may still be reminded of the place gone back to. */
  #reminders = 0;
  /** Place last seen being heard, and when it last moved. Seconds; by `performance.now()`. */
  #place = 0;
  #movedAtMs = performance.now();
  /** Whether the sound is lost and the door is being asked. */
  #lost = false;
  /** Cuts short a wait that nobody but we wished. */
  #hurry: () => void = () => {};

  constructor(options: NativeOptions) {
    this.#options = options;
    const { audio, signal } = options;
    this.#hls = playsHls(audio);
    // A stream that breaks off looks to the element like one that ends, and so does the end of the event.
    audio.addEventListener("ended", () => void this.#again(), { signal });
    audio.addEventListener(
      "error",
      () => {
        if (!this.#lost && ++this.#inVain >= MOST_IN_VAIN) this.#hls = false;
        void this.#again();
      },
      { signal },
    );
  }

  /** Place being heard, by the date Safari says it began to load at. Seconds since going live; undefined where nobody says a date. */
  position(originUnixMs: number | undefined): number | undefined {
    const { audio } = this.#options;
    if (this.#from !== undefined) return audio.currentTime;
    const began = (audio as { getStartDate?(): Date }).getStartDate?.().getTime();
    return began === undefined || Number.isNaN(began) || originUnixMs === undefined ? undefined : audio.currentTime + (began - originUnixMs) / 1000;
  }

  /** Plays live, or from a place of the list that begins with the event. Seconds since going live. */
  play(from: number | undefined): void {
    const { audio } = this.#options;
    this.#from = from;
    // A list from the start that plays already only has to be told the place.
    if (from !== undefined && this.#hls && audio.src.includes(this.#list)) this.#go();
    else this.#load();
  }

  /** Looks whether the sound moves; called several times a second with `performance.now()`. Returns how long it has not. Milliseconds. */
  watch(nowMs: number): number {
    const { currentTime } = this.#options.audio;
    if (currentTime !== this.#place) {
      // Only what goes on from where it was is sound: a new source begins at 0, or jumps to the live edge of its list.
      if (currentTime > this.#place && currentTime < this.#place + JUMP_SECONDS) this.#moves(currentTime);
      this.#place = currentTime;
      this.#movedAtMs = nowMs;
    }
    const silentMs = nowMs - this.#movedAtMs;
    if (silentMs > SILENCE_LIMIT_MS * (1 + this.#attempt)) void this.#again();
    return silentMs;
  }

  /** The network or the machine is back, and there was no sound: it begins anew, live at the live edge. */
  wake(): void {
    this.#attempt = 0;
    if (this.#lost) this.#hurry();
    else void this.#again();
  }

  get #list(): string {
    const { slug, language, thrifty } = this.#options;
    return this.#from === undefined ? paths.multivariant(slug, language(), thrifty()) : paths.dvr(slug, language());
  }

  #load(): void {
    const { audio, slug, language } = this.#options;
    const tag = language();
    audio.src = (this.#hls ? this.#list : paths.endless(slug, "mp3")) + doorQuery(slug) + (tag === undefined ? "" : `&lang=${tag}`);
    this.#movedAtMs = performance.now();
    this.#go();
  }

  /** There is sound. Some players forget a place they are told before they play. */
  #moves(place: number): void {
    this.#attempt = this.#inVain = 0;
    if (this.#reminders === 0 || this.#from === undefined) return;
    const isThere = Math.abs(place - this.#from) < THERE_SECONDS;
    this.#reminders = isThere ? 0 : this.#reminders - 1;
    if (!isThere) this.#options.audio.currentTime = this.#from;
  }

  /** Plays, from the place gone back to if there is one. */
  #go(): void {
    const { audio, onBlocked } = this.#options;
    const from = this.#from;
    this.#reminders = from === undefined ? 0 : MOST_IN_VAIN;
    const go = () => {
      if (from !== undefined && from === this.#from) audio.currentTime = from;
    };
    if (audio.readyState > 0) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
    playOrSay(audio, onBlocked);
  }

  /** The element does not say why there is no more sound; the door does, and lets in when it is time. */
  async #again(): Promise<void> {
    if (this.#lost) return;
    this.#lost = true;
    const { audio, onLost } = this.#options;
    onLost();
    if (this.#from !== undefined && audio.currentTime > 0) this.#from = audio.currentTime;
    const isIn = await this.#standAtDoor();
    this.#lost = false;
    if (isIn) this.#load();
  }

  /** Resolves to true once the door lets us in. */
  async #standAtDoor(): Promise<boolean> {
    const { slug, signal, onWait, onOver } = this.#options;
    while (!signal.aborted) {
      const response = await this.#askDoor();
      if (response?.status === 410) onOver();
      if (signal.aborted) return false;
      const wait = response === undefined ? undefined : await hearDoor(slug, response);
      // The first time it was the door that refused; from the second on something else is wrong, and is given time.
      if (response?.ok === true && this.#attempt === 0) return ++this.#attempt > 0;
      if (wait !== undefined) this.#attempt = 0;
      const pause = wait === undefined ? backoff(this.#attempt++, Math.random(), response === undefined ? undefined : retryAfter(response)) : onWait(wait);
      await new Promise<void>((resolve) => {
        setTimeout(resolve, pause);
        this.#hurry = wait === undefined ? resolve : () => {};
      });
      if (response?.ok === true) return !signal.aborted;
    }
    return false;
  }

  /** What the door says; undefined when it cannot be heard. */
  async #askDoor(): Promise<Response | undefined> {
    const { slug, signal } = this.#options;
    const own = new AbortController();
    const give = () => own.abort();
    const timer = setTimeout(give, DOOR_LIMIT_MS);
    signal.addEventListener("abort", give);
    this.#hurry = give;
    const response = await fetch(paths.door(slug) + doorQuery(slug), { signal: own.signal, cache: "no-store" }).catch(() => undefined);
    clearTimeout(timer);
    signal.removeEventListener("abort", give);
    return response;
  }
}
