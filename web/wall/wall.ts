import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { BackstagePageState } from "../../src/wire/api.ts";
import { paths } from "../../src/wire/paths.ts";
import type { OwnWall } from "../../src/wire/wall-api.ts";
import { POST_GRAPHEMES_MAX, type PublicPost, type PublicWall, type Reaction, WALL_LOOK_SECONDS } from "../../src/wire/wall.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { lang } from "../words/language.ts";
import { tellWall } from "../words/wall.ts";
import { renderNotices } from "./notices.ts";
import { type PostActs, renderPost } from "./post-view.ts";
import { renderReport } from "./report-form.ts";

/** How often one's own is asked for without a mark on the wall. Milliseconds: the mark tells at once, this only catches what was missed. */
const OWN_MS = 60_000;
const segmenter = new Intl.Segmenter(lang, { granularity: "grapheme" });

/** The page where listeners write, vote and react, and are told what moderators decided about them. */
export class WallPage extends LightElement implements PostActs {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #slug = /^\/wall\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
  #wall: PublicWall | undefined;
  own: OwnWall | undefined;
  #ownAt = Number.NEGATIVE_INFINITY;
  /** Marks of ours that were told already. */
  #told = "";
  /** Pages of what is older, as far as they were asked for. */
  #older: readonly PublicPost[] = [];
  #pagesShown = 1;
  #wrong = "";
  #done = "";
  #name = "";
  #written = "";
  #kind: "post" | "question" = "post";
  #replyTo: PublicPost | undefined;
  #reporting: PublicPost | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void this.#lookOn();
  }

  get #api(): string {
    return `/api/events/${this.#slug}/wall`;
  }

  async #lookOn(): Promise<void> {
    if (!document.hidden || this.#wall === undefined) await this.#look();
    setTimeout(() => void this.#lookOn(), (this.#wall?.lookAgainSeconds ?? WALL_LOOK_SECONDS) * 1_000 * (1 + Math.random() / 2));
  }

  async #look(): Promise<void> {
    try {
      const response = await fetch(`${this.#page.publicUrl}${paths.wall(this.#slug)}`);
      if (response.ok) this.#wall = (await response.json()) as PublicWall;
      if (this.#wrong === tellWall("unreachable")) this.#wrong = "";
    } catch {
      this.#wrong = tellWall("unreachable");
    }
    const mark = this.own?.mark ?? "";
    const told = mark === "" ? "" : (this.#wall?.told ?? []).filter((one) => one.startsWith(`${mark}.`)).join(" ");
    if (told !== this.#told || performance.now() - this.#ownAt > OWN_MS) await this.#lookAtOwn();
    this.#told = told;
    this.requestUpdate();
  }

  async #lookAtOwn(): Promise<void> {
    const called = await call<OwnWall>("GET", `${this.#api}/mine`);
    if (!called.ok) return;
    this.own = called.answer;
    this.#ownAt = performance.now();
    if (called.answer.named) this.#name = called.answer.name;
    this.requestUpdate();
  }

  async #act(path: string, body?: unknown, method = "POST"): Promise<boolean> {
    const called = await call<{ state?: string }>(method, `${this.#api}/${path}`, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.#done = "";
    await this.#lookAtOwn();
    this.requestUpdate();
    return called.ok;
  }

  async #write(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const kind = this.#replyTo === undefined ? this.#kind : "reply";
    const more = this.#replyTo === undefined ? {} : { parent: this.#replyTo.id };
    const called = await call<{ state: string }>("POST", `${this.#api}/posts`, { kind, text: this.#written, name: this.#name, ...more });
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.#done = called.ok ? tellWall(called.answer.state === "visible" ? "sent" : "waits") : "";
    if (called.ok) {
      this.#written = "";
      this.#kind = "post";
      this.#replyTo = undefined;
    }
    await this.#lookAtOwn();
    await this.#look();
  }

  vote = async ({ id }: PublicPost, on: boolean): Promise<void> => void (await this.#act(`posts/${id}/vote`, { on }));
  react = async ({ id }: PublicPost, reaction: Reaction, on: boolean): Promise<void> => void (await this.#act(`posts/${id}/reaction`, { reaction, on }));
  repost = async ({ id }: PublicPost): Promise<void> => void (await this.#act("posts", { kind: "repost", parent: id, name: this.#name }));
  withdraw = async ({ id }: PublicPost): Promise<void> => {
    await this.#act(`posts/${id}`, undefined, "DELETE");
    await this.#look();
  };
  reply = (post: PublicPost): void => {
    this.#replyTo = post;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLTextAreaElement>("#text")?.focus());
  };
  report = (post: PublicPost): void => {
    this.#reporting = post;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLDialogElement>("#report")?.showModal());
  };

  async #sendReport(rule: string, reason: string): Promise<void> {
    const ok = await this.#act(`posts/${this.#reporting?.id ?? ""}/report`, { rule, reason });
    if (ok) this.#done = tellWall("reported");
    this.requestUpdate();
  }

  override render() {
    const { title } = this.#page.event ?? { title: "Earshot" };
    return html`<main class="page reading"><h1>${title}</h1>
      ${this.own === undefined ? nothing : renderNotices(this.own.statements, (act, text) => this.#act("appeals", { act, text }))}
      <section class="card"><h2>${tellWall("wall")}</h2>${this.#wall === undefined ? nothing : this.#renderForm(this.#wall)}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}<p role="status" id="done">${this.own?.suspended === true ? "" : this.#done}</p></section>
      ${this.#wall === undefined ? nothing : this.#renderLists(this.#wall)}${renderReport((rule, reason) => this.#sendReport(rule, reason))}</main>`;
  }

  #renderForm({ off, opening, locked, hold, slowSeconds }: PublicWall) {
    if (off !== undefined) return html`<p id="off">${tellWall("off")}</p>`;
    const staff = this.own?.staff === true;
    if (opening === "off") return html`<p>${tellWall("closed")}</p>`;
    if (locked && !staff) return html`<p id="locked">${tellWall("locked")}</p>`;
    if (this.own?.suspended === true) return html`<p>${tellWall("readsOnly")}</p>`;
    const choose = ({ target }: Event) => {
      this.#kind = (target as HTMLInputElement).value === "question" ? "question" : "post";
    };
    const left = POST_GRAPHEMES_MAX - [...segmenter.segment(this.#written.trim())].length;
    return html`<form id="write" @submit=${(event: SubmitEvent) => this.#write(event)}>
      ${opening === "accounts" ? html`<p>${tellWall("accountsOnly")}</p>` : nothing}${hold === "none" || staff ? nothing : html`<p>${tellWall("held")}</p>`}
      ${slowSeconds > 0 && !staff ? html`<p>${tellWall("slow", { seconds: String(slowSeconds) })}</p>` : nothing}
      <label class="field">${tellWall("name")}<input name="name" required autocomplete="nickname" .value=${this.#name} ?readonly=${this.own?.named === true} @input=${(
        event: Event,
      ) => {
        this.#name = (event.target as HTMLInputElement).value;
      }}></label>
      ${
        this.#replyTo === undefined
          ? html`<div class="row"><label class="choice"><input type="radio" name="kind" value="post" .checked=${this.#kind === "post"} @change=${choose}> ${tellWall("kindPost")}</label>
            <label class="choice"><input type="radio" name="kind" value="question" .checked=${this.#kind === "question"} @change=${choose}> ${tellWall("kindQuestion")}</label></div>`
          : html`<div class="row"><p class="to">${tellWall("replyTo", { name: this.#replyTo.name })}</p><button type="button" @click=${() => {
              this.#replyTo = undefined;
              this.requestUpdate();
            }}>${tellWall("cancel")}</button></div>`
      }
      <label class="field">${tellWall("text")}<textarea id="text" name="text" required rows="3" dir="auto" .value=${this.#written} @input=${(event: Event) => {
        this.#written = (event.target as HTMLTextAreaElement).value;
        this.#done = "";
        this.requestUpdate();
      }}></textarea></label>
      <div class="row"><button class="primary" id="send" ?disabled=${left < 0 || left === POST_GRAPHEMES_MAX}>${tellWall("send")}</button><span class=${left < 0 ? "wrong" : "quiet small"}>${tellWall("left", { number: String(left) })}</span></div></form>`;
  }

  #renderLists({ pinned, questions, posts, pages, off }: PublicWall) {
    if (off !== undefined) return nothing;
    const isPinned = ({ id }: PublicPost) => pinned.some((post) => post.id === id);
    const shown = new Set([...pinned, ...questions].map(({ id }) => id));
    const list = (title: "pinned" | "questions" | "posts", some: readonly PublicPost[]) =>
      some.length === 0
        ? nothing
        : html`<section class="card"><h2>${tellWall(title)}</h2><ol class="wall">${repeat(
            some,
            ({ id }) => id,
            (post) => html`<li data-post=${post.id}>${renderPost(post, this)}</li>`,
          )}</ol></section>`;
    const rest = [...posts, ...this.#older.filter(({ id }) => !posts.some((post) => post.id === id))].filter(({ id }) => !shown.has(id));
    return html`${list("pinned", pinned)}${list(
      "questions",
      questions.filter((post) => !isPinned(post)),
    )}${list("posts", rest)}
      ${posts.length + pinned.length === 0 ? html`<p class="quiet">${tellWall("nothing")}</p>` : nothing}
      ${pages > this.#pagesShown ? html`<p><button id="older" @click=${() => this.#showOlder()}>${tellWall("older")}</button></p>` : nothing}`;
  }

  async #showOlder(): Promise<void> {
    const response = await fetch(`${this.#page.publicUrl}${paths.wall(this.#slug, this.#pagesShown + 1)}`).catch(() => undefined);
    if (response?.ok === true) {
      this.#pagesShown++;
      this.#older = [...this.#older, ...((await response.json()) as PublicWall).posts];
    } else this.#wrong = tellWall("unreachable");
    this.requestUpdate();
  }
}
customElements.define("earshot-wall", WallPage);
