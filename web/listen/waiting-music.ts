import { say } from "../words/waiting.ts";

/** Waiting music behind a button: nothing is loaded before somebody presses it, and it is no listening. */
export class WaitingMusic {
  readonly #button: HTMLButtonElement;
  readonly #audio = new Audio();
  #sound: string | undefined;

  constructor(button: HTMLButtonElement) {
    this.#button = button;
    this.#audio.loop = true;
    button.addEventListener("click", () => (this.playing ? this.stop() : this.#play()));
    this.#audio.addEventListener("error", () => this.#show(say("musicAway")));
    this.#show(say("music"));
  }

  get playing(): boolean {
    return !this.#audio.paused;
  }

  /** Takes over which sound there is; one that plays goes on. */
  show(sound: string | undefined): void {
    this.#sound = sound;
    this.#button.hidden = sound === undefined && !this.playing;
  }

  stop(): void {
    this.#audio.pause();
    this.#show(say("music"));
  }

  #play(): void {
    if (this.#sound === undefined) return;
    this.#audio.src = this.#sound;
    this.#show(say("musicStop"));
    // Why it failed is told by the element's own event.
    this.#audio.play().catch(() => {});
  }

  #show(text: string): void {
    this.#button.textContent = text;
  }
}
