import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { paths } from "../../src/wire/paths.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";
import type { OwnWall } from "../../src/wire/wall-api.ts";
import { POST_GRAPHEMES_MAX, type PublicPost, type PublicWall, type Reaction, WALL_LOOK_SECONDS } from "../../src/wire/wall.ts";
import { type Called, call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { lang } from "../words/language.ts";
import { tallyInWords, tellWall } from "../words/wall.ts";
import { invitationHeaders } from "./invitation.ts";
import { renderNotices } from "./notices.ts";
import { type PostActs, renderPost } from "./post-view.ts";
import { renderReport } from "./report-form.ts";

/** How often one's own is asked for without a mark on the wall. Milliseconds: the mark tells at once, this only catches what was missed. */
const OWN_MS = 60_000;
const segmenter = new Intl.Segmenter(lang, { granularity: "grapheme" });

/** Where a wall is read and written. */
export interface WallPlace {
  readonly slug: string;
  /** Address of what everybody reads, and of the API, each without a slash at its end; empty: the page's own. */
  readonly readAt: string;
  readonly writeAt: string;
  /** What shows whose personal link a listener came by. */
  readonly invitation?: string | undefined;
  /** Called with each version of the wall. */
  readonly onWall?: (wall: PublicWall) => void;
  /** Called when this browser learned what is its own. */
  readonly onOwn?: () => void;
}

/** A wall where listeners write, vote and react, and are told what moderators decided about them: on a page of its own, or on the event's. */
export class WallView extends LightElement implements PostActs {
  /** To be set before the element is put on a page. */
  place: WallPlace = { slug: "", readAt: "", writeAt: "" };
  /** The first look at wall and one's own. */
  #first: Promise<void> | undefined;
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
  /** Only the invited read it at its public address; the API gives it to who has a seat, and to who shows a personal link. */
  #bySeat = false;
  /** The browser keeps no cookie of the API on this page. */
  #apart = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#first ??= this.#lookOn();
  }

  /** Puts whoever came to write where one writes. */
  async begin(): Promise<void> {
    await this.#first;
    await this.updateComplete;
    this.querySelector<HTMLElement>("#write input:not([readonly]), #write textarea, #apart")?.focus();
  }

  get #inPlace(): boolean {
    return this.place.writeAt !== "";
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Called<Answer>> {
    const { slug, writeAt, invitation } = this.place;
    const headers = invitationHeaders(invitation);
    return await call<Answer>(method, `${writeAt}/api/events/${slug}/wall/${path}`, body, { credentials: "include", headers });
  }

  async #lookOn(): Promise<void> {
    if (!document.hidden || this.#wall === undefined) await this.#look();
    setTimeout(() => void this.#lookOn(), (this.#wall?.lookAgainSeconds ?? WALL_LOOK_SECONDS) * 1_000 * (1 + Math.random() / 2));
  }

  async #read(page: number): Promise<Response> {
    const { slug, readAt, invitation } = this.place;
    if (!this.#bySeat) {
      const response = await fetch(`${readAt}${paths.wall(slug, page)}`);
      if (response.status !== 403 || this.#inPlace) return response;
      this.#bySeat = true;
    }
    return await fetch(`/api/events/${slug}/wall/pages/${page}`, { headers: invitationHeaders(invitation) });
  }

  async #look(): Promise<void> {
    try {
      const response = await this.#read(1);
      if (response.ok) {
        this.#wall = (await response.json()) as PublicWall;
        this.place.onWall?.(this.#wall);
      } else if (response.status === 403) this.#wrong = reasonOf((await response.json()) as ProblemDetails);
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
    let called = await this.#call<OwnWall>("GET", "mine");
    if (this.#inPlace && called.ok && called.answer.mark === "" && !this.#apart) {
      await this.#call("POST", "mine");
      called = await this.#call<OwnWall>("GET", "mine");
      // The two addresses of this house are two houses to this browser: nothing written here would be its own.
      this.#apart = called.ok && called.answer.mark === "";
    }
    if (!called.ok) return;
    const first = this.own === undefined;
    this.own = called.answer;
    this.#ownAt = performance.now();
    if (called.answer.named || (first && this.#name === "")) this.#name = called.answer.name;
    this.place.onOwn?.();
    this.requestUpdate();
  }

  async #act(path: string, body?: unknown, method = "POST"): Promise<boolean> {
    const called = await this.#call<{ state?: string }>(method, path, body);
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
    const called = await this.#call<{ state: string }>("POST", "posts", { kind, text: this.#written, name: this.#name, ...more });
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
    return html`${this.own === undefined ? nothing : renderNotices(this.own.statements, (act, text) => this.#act("appeals", { act, text }))}
      <section class="card">${this.#inPlace ? nothing : html`<h2>${tellWall("wall")}</h2>`}${this.#wall === undefined ? nothing : this.#renderForm(this.#wall)}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}<p role="status" id="done">${this.own?.suspended === true ? "" : this.#done}</p></section>
      ${this.#wall === undefined ? nothing : this.#renderLists(this.#wall)}${renderReport((rule, reason) => this.#sendReport(rule, reason))}`;
  }

  #renderForm({ off, opening, locked, hold, slowSeconds }: PublicWall) {
    if (off !== undefined) return html`<p id="off">${tellWall("off")}</p>`;
    const staff = this.own?.staff === true;
    if (opening === "off") return html`<p>${tellWall("closed")}</p>`;
    if (locked && !staff) return html`<p id="locked">${tellWall("locked")}</p>`;
    if (this.own?.suspended === true) return html`<p>${tellWall("readsOnly")}</p>`;
    if (this.#apart)
      return html`<p>${tellWall("apart")}</p><p><a class="button" id="apart" target="_blank" rel="noopener" href=${paths.join(this.place.slug)}>${tellWall("ownPage")}</a></p>`;
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

  #renderLists({ pinned, questions, posts, pages, off, tally }: PublicWall) {
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
      ${pages > this.#pagesShown ? html`<p><button id="older" @click=${() => this.#showOlder()}>${tellWall("older")}</button></p>` : nothing}
      ${tally === undefined ? nothing : html`<p class="quiet small">${tallyInWords(tally)}</p>`}`;
  }

  async #showOlder(): Promise<void> {
    const response = await this.#read(this.#pagesShown + 1).catch(() => undefined);
    if (response?.ok === true) {
      this.#pagesShown++;
      this.#older = [...this.#older, ...((await response.json()) as PublicWall).posts];
    } else this.#wrong = tellWall("unreachable");
    this.requestUpdate();
  }
}
customElements.define("earshot-wall-view", WallView);
