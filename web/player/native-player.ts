import { paths } from "../../src/wire/paths.ts";
import { doorQuery, hearDoor, type Wait } from "./door.ts";
import { backoff, retryAfter } from "./pace.ts";

const HLS_TYPE = "application/vnd.apple.mpegurl";

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
  readonly onOver: () => void;
  readonly onBlocked: () => void;
  /** Language to be played, BCP 47; undefined: the floor. */
  readonly language: () => string | undefined;
  /** Whether half the data is wished. */
  readonly thrifty: () => boolean;
}

/** HLS where the browser plays it itself (iPhone: goes on when locked), MP3 anywhere else. */
export class NativePlayer {
  readonly #options: NativeOptions;
  #attempt = 0;
  #from: number | undefined;

  constructor(options: NativeOptions) {
    this.#options = options;
    const { audio, signal } = options;
    // The element does not say why it failed; the door does, and lets in when it is time.
    const again = async () => {
      if (this.#from !== undefined && audio.currentTime > 0) this.#from = audio.currentTime;
      if (await this.#standAtDoor()) this.play(this.#from);
    };
    audio.addEventListener("error", () => void again(), { signal });
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
    const { audio, slug, onBlocked } = this.#options;
    const { language: languageOf, thrifty } = this.#options;
    const language = languageOf();
    this.#from = from;
    const hls = playsHls(audio);
    const list = from === undefined ? paths.multivariant(slug, language, thrifty()) : paths.dvr(slug, language);
    // A list from the start that plays already only has to be told the place.
    if (from === undefined || !hls || !audio.src.includes(list))
      audio.src = (hls ? list : paths.endless(slug, "mp3")) + doorQuery(slug) + (language === undefined ? "" : `&lang=${language}`);
    const go = () => {
      if (from !== undefined && from === this.#from) audio.currentTime = from;
    };
    if (audio.readyState > 0) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
    playOrSay(audio, onBlocked);
  }

  /** Resolves to true once the door lets us in. */
  async #standAtDoor(): Promise<boolean> {
    const { slug, signal, onWait, onOver } = this.#options;
    while (!signal.aborted) {
      const response = await fetch(paths.door(slug) + doorQuery(slug), { signal, cache: "no-store" }).catch(() => undefined);
      if (response?.status === 410) onOver();
      if (signal.aborted) return false;
      const wait = response === undefined ? undefined : await hearDoor(slug, response);
      // The first time it was the door that refused; from the second on something else is wrong, and is given time.
      if (response?.ok === true && this.#attempt === 0) return ++this.#attempt > 0;
      if (wait !== undefined) this.#attempt = 0;
      const pause = wait === undefined ? backoff(this.#attempt++, Math.random(), response === undefined ? undefined : retryAfter(response)) : onWait(wait);
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (response?.ok === true) return !signal.aborted;
    }
    return false;
  }
}
