import { say } from "../words/listen.ts";

/** A person on stage as the tiles show them. */
export interface SpeakerEntry {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly muted: boolean;
}

/** Level at which a ring is at its smallest and at its largest. dBFS. */
const FLOOR_DB = -55;
const FULL_DB = -15;

/** The speakers as quiet tiles whose rings follow their real levels. */
export class SpeakerTiles {
  readonly #list: HTMLElement;
  #shown = "";
  #rings: HTMLElement[] = [];
  #rows: (readonly number[])[] = [];

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  show(speakers: readonly SpeakerEntry[]): void {
    const key = JSON.stringify(speakers);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#rings = [];
    this.#list.replaceChildren(
      ...speakers.map(({ name, role, muted }) => {
        const face = element("div", "face", [...name.matchAll(/\p{L}/gu)][0]?.[0]?.toUpperCase() ?? "·");
        face.setAttribute("aria-hidden", "true");
        this.#rings.push(face);
        const item = element("li", "", "");
        item.append(
          face,
          Object.assign(element("div", "name", name), { dir: "auto" }),
          ...(role === "speaker" ? [] : [element("div", "quiet small", say(role === "host" ? "hosts" : "coHosts"))]),
          ...(muted ? [element("div", "quiet small", say("muted"))] : []),
        );
        return item;
      }),
    );
  }

  /** Levels to come, one row per tenth of a second. */
  play(rows: readonly (readonly number[])[]): void {
    this.#rows = [...this.#rows.slice(-2), ...rows];
  }

  /** Shows the next rows; called four times a second. */
  tick(heard: boolean): void {
    const rows = this.#rows.splice(0, 3);
    this.#rings.forEach((ring, index) => {
      const level = heard ? Math.max(-99, ...rows.map((row) => row[index] ?? -99)) : -99;
      ring.style.setProperty("--level", String(Math.min(1, Math.max(0, (level - FLOOR_DB) / (FULL_DB - FLOOR_DB)))));
    });
  }
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
