import type { PublicState } from "../../src/wire/public-state.ts";
import { WaitingMusic } from "./waiting-music.ts";

/** What those who wait for the start or at the door may hear: music after a tap. */
export class WaitingBox {
  readonly #root = document.createElement("div");
  readonly #button = document.createElement("button");
  readonly #music: WaitingMusic;
  readonly #onLive: () => void;

  /** `after`: the element it stands behind; `live`: where the programme is heard; `onLive`: whoever heard music wants to hear what begins. */
  constructor(after: HTMLElement, live: HTMLAudioElement, onLive: () => void) {
    this.#onLive = onLive;
    this.#root.className = "before";
    this.#button.type = "button";
    this.#button.id = "music";
    this.#root.append(this.#button);
    after.after(this.#root);
    this.#music = new WaitingMusic(this.#button);
    live.addEventListener("playing", () => this.#music.stop());
  }

  show({ status, waiting }: PublicState): void {
    const wanted = this.#music.playing;
    if (status !== "scheduled" && status !== "doors" && waiting === undefined) this.#music.stop();
    this.#music.show(waiting?.sound);
    if (status === "live" && wanted) this.#onLive();
  }
}
