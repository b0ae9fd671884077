import { paths } from "../../src/wire/paths.ts";
import { CLIP_MIN_SECONDS } from "../../src/wire/clip-limits.ts";
import { tell } from "../words/replay.ts";
import { clock, tenths } from "./time.ts";

/** Lengths a listener can choose. Seconds. */
const LENGTHS = [15, 30, 45, 60] as const;

/** Marks a clip: where it begins, how long it is, and the link to its page. */
export class ClipBox {
  readonly box = document.createElement("details");
  readonly #slug: string;
  readonly #duration: number;
  readonly #position: () => number;
  readonly #here = document.createElement("button");
  readonly #length = document.createElement("select");
  readonly #open = document.createElement("a");
  readonly #begin = document.createElement("output");
  #from = 0;
  #said = "";

  constructor(slug: string, durationSeconds: number, position: () => number) {
    this.#slug = slug;
    this.#duration = durationSeconds;
    this.#position = position;
    const summary = document.createElement("summary");
    summary.textContent = tell("clip");
    this.#here.type = "button";
    this.#here.id = "clip-here";
    this.#here.addEventListener("click", () => this.#mark());
    this.#length.id = "clip-length";
    this.#length.append(...LENGTHS.map((seconds) => new Option(String(seconds), String(seconds), seconds === 30, seconds === 30)));
    this.#length.addEventListener("change", () => this.#show());
    this.#open.id = "clip-open";
    this.#open.className = "button";
    const label = document.createElement("label");
    label.append(`${tell("clipLength")} `, this.#length);
    const row = document.createElement("p");
    row.className = "row";
    row.append(`${tell("clipBegin")} `, this.#begin, this.#here, label, this.#open);
    this.box.append(summary, row);
    this.box.addEventListener("toggle", () => this.box.open && this.#mark());
    this.#mark();
  }

  /** Follows the sound: the button says where "here" is. */
  tick(): void {
    const text = tell("clipHere", { time: clock(this.#position()) });
    if (text !== this.#said) this.#here.textContent = this.#said = text;
  }

  #mark(): void {
    this.#from = tenths(Math.max(0, Math.min(this.#position(), this.#duration - CLIP_MIN_SECONDS)));
    this.tick();
    this.#show();
  }

  #show(): void {
    const to = Math.floor(Math.min(this.#from + Number(this.#length.value), this.#duration) * 10) / 10;
    this.#begin.textContent = clock(this.#from);
    this.#open.href = paths.clip(this.#slug, this.#from, to);
    this.#open.textContent = tell("clipOpen", { from: clock(this.#from), to: clock(to) });
  }
}
