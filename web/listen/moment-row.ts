import type { ProblemDetails } from "../../src/wire/problem.ts";
import { INVITATION_HEADER, type PublicWall, REACTION_MOMENT_SECONDS, REACTIONS, type Reaction, type WritingOffer } from "../../src/wire/wall.ts";
import { REACTION_SIGNS } from "../wall/reaction-signs.ts";
import { lang, locale } from "../words/language.ts";
import { tellWall } from "../words/wall.ts";

/** Least time between two of the same reaction that are sent. Milliseconds: one counts for a minute, more of them change nothing. */
const SEND_MS = 10_000;

/** A few reactions to what is heard at this moment, each with how many people share it: a number that rises and falls, never a list. */
export class MomentRow {
  readonly row = document.createElement("div");
  readonly #slug: string;
  readonly #writing: WritingOffer;
  readonly #buttons = new Map<Reaction, HTMLButtonElement>();
  readonly #wrong = document.createElement("p");
  /** When each reaction of one's own was sent. By `performance.now()`. */
  readonly #sentAt = new Map<Reaction, number>();
  #counts: PublicWall["moment"];
  #live = false;
  #open = false;

  constructor(slug: string, writing: WritingOffer) {
    this.#slug = slug;
    this.#writing = writing;
    this.row.id = "moment";
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", tellWall("moment"));
    for (const reaction of REACTIONS) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.moment = reaction;
      button.addEventListener("click", () => void this.#react(reaction));
      this.#buttons.set(reaction, button);
      this.row.append(button);
    }
    this.#wrong.className = "small";
    this.#wrong.setAttribute("role", "status");
    this.row.append(this.#wrong);
    this.#draw();
  }

  /** Whether there is something to react to. */
  follow(live: boolean): void {
    if (live === this.#live) return;
    this.#live = live;
    this.#draw();
  }

  /** Takes over what everybody reads. */
  show({ moment, off, opening, locked }: PublicWall): void {
    this.#counts = moment;
    this.#open = off === undefined && opening !== "off" && !locked;
    this.#draw();
  }

  async #react(reaction: Reaction): Promise<void> {
    if (performance.now() - (this.#sentAt.get(reaction) ?? Number.NEGATIVE_INFINITY) < SEND_MS) return;
    this.#sentAt.set(reaction, performance.now());
    this.#draw();
    const { at, invitation } = this.#writing;
    try {
      const response = await fetch(`${at}/api/events/${this.#slug}/wall/moment`, {
        method: "POST",
        credentials: "include",
        headers: { "content-type": "application/json", ...(invitation === undefined ? {} : { [INVITATION_HEADER]: invitation }) },
        body: JSON.stringify({ reaction }),
      });
      this.#wrong.textContent = response.ok ? "" : await inWords((await response.json()) as ProblemDetails);
      if (!response.ok) this.#sentAt.delete(reaction);
    } catch {
      this.#wrong.textContent = tellWall("unreachable");
      this.#sentAt.delete(reaction);
    }
    this.#draw();
  }

  #draw(): void {
    this.row.hidden = !this.#live || !this.#open;
    for (const [reaction, button] of this.#buttons) {
      const own = performance.now() - (this.#sentAt.get(reaction) ?? Number.NEGATIVE_INFINITY) < REACTION_MOMENT_SECONDS * 1_000;
      // The wall is some seconds old: one's own touch counts before it is in there.
      const number = Math.max(this.#counts?.[reaction] ?? 0, own ? 1 : 0);
      const text = new Intl.NumberFormat(locale).format(number);
      button.textContent = number === 0 ? REACTION_SIGNS[reaction] : `${REACTION_SIGNS[reaction]} ${text}`;
      button.setAttribute("aria-label", tellWall("momentOf", { reaction: tellWall(reaction), number: text }));
      button.setAttribute("aria-pressed", String(own));
    }
  }
}

/** Most people never meet an error: its words come only then. */
async function inWords(problem: ProblemDetails): Promise<string> {
  const { errorInWords } = await import("../../src/wire/error-words.ts");
  const { title, action } = errorInWords(problem, lang);
  return `${title} ${action}`;
}
