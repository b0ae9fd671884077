import { type BackstageWord, sayBackstage } from "../words/backstage.ts";
import { meter } from "./light-element.ts";

/** Time between two looks where people asked for less movement. Milliseconds. */
const CALM_MS = 1_000;
/** How long the loudest of one's own levels is told in words. Milliseconds; a pause between two sentences is no fault. */
const OWN_MS = 3_000;
/** Under this nobody is talking; under the second a voice is faint; from the third on it nears what a microphone can carry. dBFS. */
const SILENT_DB = -55;
const FAINT_DB = -38;
const LOUD_DB = -8;

/** Rings and meters of everybody in the room, and one's own level in words. Ten times a second a few elements get one number each, which moves no other. */
export class Levels {
  readonly #root: HTMLElement;
  readonly #shown = new WeakMap<HTMLElement, number>();
  readonly #calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  #shownMs = 0;
  #own: (readonly [atMs: number, level: number])[] = [];

  /** `root`: the part of the page whose elements with `data-level`, the seat, show a level. */
  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Shows levels by seat. Whole dBFS. */
  show(levels: Readonly<Record<string, number>>, own: string): void {
    const nowMs = performance.now();
    this.#own = [...this.#own.filter(([atMs]) => nowMs - atMs < OWN_MS), [nowMs, levels[own] ?? -99]];
    if (this.#calm?.matches === true && nowMs - this.#shownMs < CALM_MS) return;
    this.#shownMs = nowMs;
    for (const element of this.#root.querySelectorAll<HTMLElement>("[data-level]")) {
      const level = meter(levels[element.dataset.level ?? ""] ?? -99);
      // Most of a room is silent most of the time.
      if (this.#shown.get(element) === level) continue;
      this.#shown.set(element, level);
      element.style.setProperty("--level", level.toFixed(3));
    }
  }

  /** How one comes in oneself, over the last seconds. */
  inWords(): string {
    return sayBackstage(levelWord(Math.max(-99, ...this.#own.map(([, level]) => level))));
  }
}

/** The word for the loudest level of some seconds. dBFS. */
export function levelWord(level: number): BackstageWord {
  if (level < SILENT_DB) return "ownSilent";
  if (level < FAINT_DB) return "ownFaint";
  return level >= LOUD_DB ? "ownLoud" : "ownGood";
}
