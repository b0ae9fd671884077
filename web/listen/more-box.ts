import type { ListenMode, LivePlayer } from "../player/live-player.ts";
import { spanInWords, tell } from "../words/extras.ts";
import { lang } from "../words/language.ts";

/** Choices of the sleep timer. Minutes. */
const SLEEP_MINUTES = [15, 30, 60] as const;
/** How long the sound takes to fade before it stops. Seconds. */
const FADE_SECONDS = 20;
/** Megabytes of an hour of speech with one to four on stage, measured: Opus at 48 kbit/s in chunks of a tenth (26.8 to 27.3), and at 24 kbit/s in parts of half a second with 600 bytes of heads per segment (13.7 to 14.3). */
const USUAL_MB = 27;
const LESS_MB = 14;

/** Where the box works. */
export interface MoreBoxOptions {
  readonly audio: HTMLAudioElement;
  readonly player: LivePlayer;
  /** What is being shared. */
  readonly title: () => string;
  /** Whether the event is on air; only then there are ways to be closer or to use less. */
  readonly isLive: () => boolean;
  readonly isPlaying: () => boolean;
  /** Stops whatever plays. */
  readonly stop: () => void;
  readonly say: (text: string) => void;
  /** Kept over visits. */
  readonly storage: Storage | undefined;
}

/** Everything that is one tap away from listening: sleep timer, less data, closer to the stage, passing the address on. */
export class MoreBox {
  readonly box = document.createElement("details");
  readonly #options: MoreBoxOptions;
  readonly #sleep = document.createElement("select");
  readonly #left = document.createElement("span");
  readonly #less: HTMLInputElement;
  readonly #near: HTMLInputElement;
  /** When the timer ends. By `performance.now()`; undefined while it is off. */
  #sleepAt: number | undefined;
  /** Loudness before it began to fade. */
  #volume: number | undefined;

  constructor(options: MoreBoxOptions) {
    this.#options = options;
    this.box.id = "more";
    this.box.className = "more";
    const summary = document.createElement("summary");
    summary.textContent = tell("more");
    this.#sleep.id = "sleep";
    this.#sleep.append(
      new Option(tell("sleepOff"), ""),
      ...SLEEP_MINUTES.map((minutes) => new Option(tell("sleepMinutes", { number: String(minutes) }), String(minutes))),
      new Option(tell("sleepEnd"), "end"),
    );
    this.#sleep.addEventListener("change", () => this.#setSleep());
    const sleep = document.createElement("label");
    sleep.append(`${tell("sleep")} `, this.#sleep);
    this.#left.className = "quiet small";
    const number = (value: number) => new Intl.NumberFormat(lang).format(value);
    this.#less = document.createElement("input");
    this.#near = document.createElement("input");
    const share = document.createElement("button");
    share.type = "button";
    share.id = "share";
    share.textContent = tell("share");
    share.addEventListener("click", () => void this.#share());
    const line = document.createElement("p");
    line.className = "row";
    line.append(sleep, this.#left, share);
    this.box.append(
      summary,
      line,
      this.#choice(this.#less, "less", tell("lowData"), tell("lowDataHow", { less: number(LESS_MB), usual: number(USUAL_MB) })),
      this.#choice(this.#near, "near", tell("near"), tell("nearHow")),
    );
    this.#less.checked = options.player.mode === "thrifty";
    this.show();
  }

  /** What can be chosen depends on the event's mood. */
  show(): void {
    const { isLive, player } = this.#options;
    for (const input of [this.#less, this.#near]) (input.closest("p") as HTMLElement).hidden = !isLive() || (input === this.#less && !player.canSave);
  }

  /** The close places were taken, or everybody had to move back. */
  tookBack(): void {
    this.#near.checked = false;
  }

  /** Follows the clock; fades and stops when it is time. */
  tick(): void {
    const { audio, isLive, isPlaying, stop, say } = this.#options;
    const end = this.#sleep.value === "end";
    if (end && isLive()) return;
    const left = end
      ? audio.duration - audio.currentTime
      : this.#sleepAt === undefined
        ? Number.POSITIVE_INFINITY
        : (this.#sleepAt - performance.now()) / 1_000;
    this.#left.textContent = Number.isFinite(left) && !end ? tell("sleepLeft", { span: spanInWords(left) }) : "";
    if (!(left < FADE_SECONDS)) return;
    if (isPlaying()) this.#volume ??= audio.volume;
    if (this.#volume !== undefined) audio.volume = Math.max(0, Math.min(1, (this.#volume * left) / FADE_SECONDS));
    if (left > 0) return;
    const played = isPlaying();
    if (played) stop();
    this.#sleep.value = "";
    this.#setSleep();
    if (played) say(tell("slept"));
  }

  get #mode(): ListenMode {
    return this.#less.checked ? "thrifty" : this.#near.checked ? "near" : "usual";
  }

  #setSleep(): void {
    const minutes = Number(this.#sleep.value);
    this.#sleepAt = minutes > 0 ? performance.now() + minutes * 60_000 : undefined;
    if (this.#volume !== undefined) this.#options.audio.volume = this.#volume;
    this.#volume = undefined;
    this.#left.textContent = "";
  }

  #choice(input: HTMLInputElement, id: string, words: string, how: string): HTMLElement {
    const line = document.createElement("p");
    const label = document.createElement("label");
    input.type = "checkbox";
    input.id = id;
    const name = document.createElement("span");
    name.textContent = ` ${words} `;
    const explained = document.createElement("span");
    explained.className = "quiet small";
    explained.textContent = how;
    label.append(input, name, explained);
    line.append(label);
    input.addEventListener("change", () => {
      // Close to the stage and sparing at once cannot be.
      if (input.checked) (input === this.#less ? this.#near : this.#less).checked = false;
      this.#options.storage?.setItem("less-data", this.#less.checked ? "on" : "off");
      this.#options.player.mode = this.#mode;
    });
    return line;
  }

  async #share(): Promise<void> {
    const { title, say } = this.#options;
    const url = `${location.origin}${location.pathname}`;
    try {
      if (navigator.share !== undefined) return await navigator.share({ title: title(), url });
      await navigator.clipboard.writeText(url);
      say(tell("shareCopied", { link: url }));
    } catch (error) {
      // Whoever closes the sheet wants nothing.
      if (!(error instanceof DOMException && error.name === "AbortError")) say(tell("shareThis", { link: url }));
    }
  }
}
