import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { type PublicPost, type PublicWall, REACTIONS, WALL_LOOK_SECONDS } from "../../src/wire/wall.ts";
import { retryAfter } from "../player/pace.ts";
import { locale } from "../words/language.ts";
import { roleInWords, tallyInWords, tellWall } from "../words/wall.ts";
import { partsOf } from "../wall/link-parts.ts";
import { REACTION_SIGNS } from "../wall/reaction-signs.ts";
import { timeInWords } from "../wall/time-in-words.ts";
import { MomentRow } from "./moment-row.ts";

/** Least time between two spoken summaries. Milliseconds: who listens with a screen reader listens to the event. */
const SPEAK_MS = 60_000;
const STYLE = `#wall{width:100%;text-align:start;display:grid;grid-template-columns:minmax(0,1fr);gap:16px;padding-top:24px;border-top:1px solid var(--line)}
#wall-join{justify-self:start}#wall>p:empty{display:none}#wall>div{display:grid;grid-template-columns:minmax(0,1fr);gap:16px}#wall h3{margin:8px 0 0;font-size:var(--t2)}
#wall ol{list-style:none;margin:0;padding:0;display:grid;gap:16px}#wall li{display:grid;gap:4px;overflow-wrap:anywhere}#wall>div>ol>li+li{border-top:1px solid var(--line);padding-top:16px}
#wall li ol{margin-top:8px;padding-inline-start:16px;border-inline-start:2px solid var(--line)}#wall .said{white-space:pre-wrap;unicode-bidi:isolate}
#wall>#moment{display:flex;flex-wrap:wrap;gap:8px;align-items:center}#moment p:empty{display:none}#moment [aria-pressed=true]{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent);font-weight:600}`;

/** The wall that is on the page, and of which event. */
let shown: WallBox | undefined;

/** Puts the wall on the event page, where there is one; loaded only after there is sound, or while there is none to wait for. */
export function showWall({ event, status }: Pick<PublicState, "event" | "status">): void {
  if (event.wall !== true) return;
  if (shown === undefined) {
    shown = new WallBox(event.slug);
    void shown.lookOn();
  }
  shown.follow(status);
}

/** Posts and questions as everybody sees them: one file, the same for all, asked for at the pace it names. */
class WallBox {
  readonly #slug: string;
  /** Where one writes; undefined on the page of an event that was over without a wall. */
  readonly #writing = (JSON.parse(document.getElementById("state")?.textContent ?? "{}") as Partial<PublicState>).writing;
  readonly #moment: MomentRow | undefined;
  readonly #rule = document.createElement("p");
  readonly #lists = document.createElement("div");
  readonly #spoken = document.createElement("p");
  #shown = "";
  #writes = false;
  #newest = 0;
  #unspoken = 0;
  #spokenAt = performance.now();

  constructor(slug: string) {
    this.#slug = slug;
    const style = document.createElement("style");
    style.textContent = STYLE;
    const section = element("section");
    section.id = "wall";
    section.setAttribute("aria-labelledby", "wall-title");
    const title = element("h2", tellWall("wall"));
    title.id = "wall-title";
    const join = this.#writing === undefined ? link(paths.join(slug)) : document.createElement("button");
    Object.assign(join, { id: "wall-join", textContent: tellWall("join") });
    if (this.#writing !== undefined) {
      join.addEventListener("click", () => void this.#write(join));
      this.#moment = new MomentRow(slug, this.#writing);
    }
    this.#rule.className = "quiet small";
    this.#spoken.className = "hidden";
    this.#spoken.setAttribute("role", "status");
    section.append(title, this.#rule, ...(this.#moment === undefined ? [] : [this.#moment.row]), join, this.#lists, this.#spoken);
    document.head.append(style);
    document.querySelector("main")?.append(section);
  }

  /** Follows how the event stands: there is something to react to while it is on air. */
  follow(status: PublicState["status"]): void {
    this.#moment?.follow(status === "live");
  }

  /** Asks how the wall stands, again and again, as long as the page is open. */
  async lookOn(): Promise<void> {
    let seconds = WALL_LOOK_SECONDS;
    // Where one writes, the wall is asked for by whoever writes.
    if (this.#writes) return;
    if (!document.hidden) {
      try {
        const response = await fetch(paths.wall(this.#slug));
        // Whoever is refused comes back when the server says.
        seconds = Math.max(seconds, response.ok ? 0 : (retryAfter(response) ?? 0));
        if (response.ok) {
          const wall = (await response.json()) as PublicWall;
          seconds = wall.lookAgainSeconds;
          this.#show(wall);
        }
      } catch {
        // The network is away; the page says so by itself.
      }
    }
    // Spread over as much time again, so that a million do not ask in the same second.
    setTimeout(() => void this.lookOn(), seconds * 1_000 * (1 + Math.random()));
  }

  /** Puts the wall to write on in the place of the one to read; the sound goes on. */
  async #write(join: HTMLElement): Promise<void> {
    if (this.#writing === undefined) return;
    const { at, invitation } = this.#writing;
    try {
      const { openWall } = await import("../wall/in-place.ts");
      // Tapped twice.
      if (this.#writes) return;
      this.#writes = true;
      const view = openWall({ slug: this.#slug, readAt: "", writeAt: at, invitation, onWall: (wall) => this.#moment?.show(wall) });
      join.remove();
      this.#rule.remove();
      this.#lists.replaceWith(view);
      await view.begin();
    } catch {
      this.#rule.textContent = tellWall("unreachable");
    }
  }

  #show(wall: PublicWall): void {
    if (this.#writes) return;
    this.#moment?.show(wall);
    this.#rule.textContent = ruleOf(wall);
    const { pinned, questions, posts } = wall;
    const text = JSON.stringify([pinned, questions, posts, wall.tally, wall.off]);
    if (text === this.#shown) return;
    const first = this.#shown === "";
    this.#shown = text;
    const fresh = posts.filter(({ atUnixMs }) => atUnixMs > this.#newest).length;
    this.#newest = Math.max(this.#newest, ...posts.map(({ atUnixMs }) => atUnixMs));
    if (!first) this.#speak(fresh);
    const others = posts.filter(({ id }) => !pinned.some((post) => post.id === id));
    this.#lists.replaceChildren(
      ...(wall.off === undefined && posts.length + pinned.length === 0 ? [element("p", tellWall("nothing"), "quiet")] : []),
      ...listOf("pinned", pinned),
      ...listOf(
        "questions",
        questions.filter(({ id }) => !pinned.some((post) => post.id === id)),
      ),
      ...listOf(
        "posts",
        others.filter(({ kind }) => kind !== "question"),
      ),
      ...(wall.tally === undefined ? [] : [element("p", tallyInWords(wall.tally), "quiet small")]),
    );
  }

  /** Says how many are new, and not each of them. */
  #speak(fresh: number): void {
    this.#unspoken += fresh;
    if (this.#unspoken === 0 || performance.now() - this.#spokenAt < SPEAK_MS) return;
    this.#spoken.textContent = tellWall("news", { number: String(this.#unspoken) });
    this.#unspoken = 0;
    this.#spokenAt = performance.now();
  }
}

function ruleOf({ off, opening, locked, slowSeconds, hold }: PublicWall): string {
  if (off !== undefined) return tellWall("off");
  if (opening === "off") return tellWall("closed");
  if (locked) return tellWall("locked");
  const rules = [opening === "accounts" ? tellWall("accountsOnly") : "", slowSeconds > 0 ? tellWall("slow", { seconds: String(slowSeconds) }) : ""];
  return [...rules, hold === "none" ? "" : tellWall("held")].filter((rule) => rule !== "").join(" ");
}

function listOf(title: "pinned" | "questions" | "posts", posts: readonly PublicPost[]): readonly HTMLElement[] {
  if (posts.length === 0) return [];
  const list = element("ol");
  list.append(...posts.map(itemOf));
  return [element("h3", tellWall(title)), list];
}

function itemOf(post: PublicPost): HTMLElement {
  const { of: original, replies = [], moreReplies } = post;
  const item = element("li");
  if (original !== undefined) item.append(element("p", tellWall("repostOf", { name: post.name }), "quiet small"));
  const shown = original ?? post;
  const said = element("p", "", "said");
  said.dir = "auto";
  for (const { text, href } of partsOf(shown)) {
    if (href === undefined) said.append(text);
    else said.append(Object.assign(document.createElement("a"), { href, textContent: text, rel: "nofollow ugc noopener noreferrer", target: "_blank" }));
  }
  item.append(headOf(shown), said);
  const counts = countsOf(shown);
  if (counts !== "") item.append(element("p", counts, "quiet small"));
  if (replies.length > 0) {
    const list = element("ol");
    list.append(...replies.map(itemOf));
    item.append(list);
  }
  if (moreReplies !== undefined) item.append(element("p", tellWall("moreReplies", { number: String(moreReplies) }), "quiet small"));
  return item;
}

function headOf({ name, role, atUnixMs }: PublicPost): HTMLElement {
  const head = element("p", "", "small");
  const who = document.createElement("bdi");
  who.append(element("strong", name));
  const time = document.createElement("time");
  time.dateTime = new Date(atUnixMs).toISOString();
  time.className = "quiet";
  time.textContent = timeInWords(atUnixMs);
  const known = roleInWords(role);
  head.append(who, known === "" ? " · " : ` (${known}) · `, time);
  return head;
}

function countsOf({ votes, reactions, reposts }: PublicPost): string {
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  return [
    votes === undefined ? "" : tellWall("votes", { number: number(votes) }),
    ...REACTIONS.map((reaction) => (reactions?.[reaction] === undefined ? "" : `${REACTION_SIGNS[reaction]} ${number(reactions[reaction])}`)),
    reposts === undefined ? "" : tellWall("reposts", { number: number(reposts) }),
  ]
    .filter((count) => count !== "")
    .join(" · ");
}

function link(href: string): HTMLElement {
  return Object.assign(document.createElement("a"), { className: "button", target: "_blank", rel: "noopener", href });
}

function element(tag: string, text = "", className = ""): HTMLElement {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}
