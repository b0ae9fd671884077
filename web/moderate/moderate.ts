import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { BackstagePageState } from "../../src/wire/api.ts";
import type { ModerationAct } from "../../src/wire/wall.ts";
import type { ModerationQueue, ModerationView } from "../../src/wire/wall-api.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { renderFacts } from "../wall/notices.ts";
import { renderHead, renderText } from "../wall/post-view.ts";
import { readGrounds, readTerm, renderGrounds, renderTerm } from "../wall/suspension.ts";
import { lang } from "../words/language.ts";
import { tellWall, type WallWord } from "../words/wall.ts";
import "./wall-settings.ts";

/** How often the queue is read. Milliseconds. */
const LOOK_MS = 3_000;
/** What each act is called to moderators. */
const DONE_WORDS: Readonly<Record<ModerationAct, WallWord>> = {
  hold: "doneHold",
  remove: "doneRemove",
  suspend: "doneSuspend",
  release: "doneRelease",
  restore: "doneRestore",
  reinstate: "doneReinstate",
};
type QueuedPost = ModerationQueue["posts"][number];

/** Everything a moderator needs on one page that works on a phone: what waits, what was reported, appeals, who is suspended, and how the wall is set. */
export class ModeratePage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #slug = /^\/moderate\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
  #queue: ModerationQueue | undefined;
  /** Why the queue could not be read; gone with the next that can. */
  #unread = "";
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void this.#lookOn();
  }

  get #api(): string {
    return `/api/events/${this.#slug}`;
  }

  async #lookOn(): Promise<void> {
    await this.#look();
    setTimeout(() => void this.#lookOn(), LOOK_MS);
  }

  async #look(): Promise<void> {
    const called = await call<ModerationQueue>("GET", `${this.#api}/moderation`);
    if (called.ok) this.#queue = called.answer;
    this.#unread = called.ok ? "" : reasonOf(called.problem);
    this.requestUpdate();
  }

  async #act(method: string, path: string, body?: unknown): Promise<boolean> {
    const called = await call(method, `${this.#api}/${path}`, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#look();
    return called.ok;
  }

  override render() {
    const { title } = this.#page.event ?? document;
    return html`<main class="page"><div class="head"><h1>${tellWall("moderation")}: <bdi>${title}</bdi></h1></div>
      ${[...new Set([this.#wrong, this.#unread])].map((wrong) => (wrong === "" ? nothing : html`<p class="wrong" role="alert">${wrong}</p>`))}${this.#queue === undefined ? nothing : this.#renderQueue(this.#queue)}</main>`;
  }

  #renderQueue({ settings, held, reports, appeals, suspended, recent, posts }: ModerationQueue) {
    return html`<div class="desk"><div>
      ${this.#card("appeals", appeals, (act) => this.#renderAppeal(act), true)}
      ${this.#card("waiting", held, (post) => this.#renderPost(post, html`<p class="quiet small">${tellWall("ruleBroken")}: ${tellWall(post.rule)}</p>`, post.act), true)}
      ${this.#card("reports", reports, (post) => this.#renderReported(post), true)}
      ${this.#card("posts", posts, (post) => this.#renderPost(post, nothing))}</div>
      <div>${this.#card("suspended", suspended, (act) => this.#renderAct(act, true), true)}
      <earshot-wall-settings .slug=${this.#slug} .settings=${settings}></earshot-wall-settings>
      ${this.#card("recent", recent, (act) => this.#renderAct(act, act.inForce && ["hold", "remove"].includes(act.act)))}</div></div>`;
  }

  /** A list whose entries keep their place by id: a form that is being filled in stays with the post it was opened at, whatever arrives above it. */
  #card<Item extends { readonly id: string }>(title: WallWord, items: readonly Item[], render: (item: Item) => TemplateResult, counted = false) {
    return html`<section class=${items.length === 0 ? "card empty" : "card"} id=${title} aria-labelledby="${title}-title"><h2 id="${title}-title">${tellWall(title)}${counted ? html` <span class="quiet">${items.length}</span>` : nothing}</h2>
      ${
        items.length === 0
          ? html`<p class="quiet small">${tellWall("none")}</p>`
          : html`<ol class="wall">${repeat(
              items,
              ({ id }) => id,
              (item) => html`<li>${render(item)}</li>`,
            )}</ol>`
      }</section>`;
  }

  #renderPost(post: QueuedPost, more: unknown, heldBy?: string): TemplateResult {
    const { id, name, role, account, date, pinned } = post;
    const of = `: ${name}`;
    return html`${renderHead({ name, role, atUnixMs: Date.parse(date), ...(account ? { account: true as const } : {}) })}${renderText(post)}${more}
      <div class="row acts">${
        heldBy === undefined
          ? html`<button data-act="pin" aria-label=${tellWall(pinned ? "unpin" : "pin") + of} @click=${() => this.#act("POST", `wall/posts/${id}/pin`, { on: !pinned })}>${tellWall(pinned ? "unpin" : "pin")}</button>`
          : html`<button class="primary" data-act="show" aria-label=${tellWall("show") + of} @click=${() => this.#act("POST", `moderation/acts/${heldBy}/undo`, {})}>${tellWall("show")}</button>`
      }${heldBy === undefined ? this.#renderForm(post, "hold") : nothing}${this.#renderForm(post, "remove")}${this.#renderForm(post, "suspend")}</div>`;
  }

  /** An act with the rule and the reason that the person concerned will read. */
  #renderForm({ id, name }: QueuedPost, act: "hold" | "remove" | "suspend"): TemplateResult {
    return html`<details data-form=${act}><summary>${tellWall(act)}<span class="hidden">: <bdi>${name}</bdi></span></summary><form @submit=${async (
      event: SubmitEvent,
    ) => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      const fields = new FormData(form);
      const term = act === "suspend" ? readTerm(fields) : {};
      if (!(await this.#act("POST", "moderation/acts", { act, post: id, ...readGrounds(fields), ...term }))) return;
      form.reset();
      form.closest("details")?.removeAttribute("open");
    }}>${renderGrounds()}${act === "suspend" ? renderTerm() : nothing}
      <div class="row"><button class="primary" data-act=${act}>${tellWall(act)}</button></div></form></details>`;
  }

  #renderReported(post: ModerationQueue["reports"][number]): TemplateResult {
    const reasons = html`<p class="quiet small">${tellWall("reportsOf", { number: String(post.reports) })}</p><ul class="reasons">${post.reasons.map(({ rule, reason }) => html`<li>${tellWall(rule)}${reason === "" ? nothing : html`: <bdi>${reason}</bdi>`}</li>`)}</ul>
      <div class="row"><button data-act="dismiss" aria-label="${tellWall("dismiss")}: ${post.name}" @click=${() => this.#act("DELETE", `moderation/reports/${post.id}`)}>${tellWall("dismiss")}</button></div>`;
    return this.#renderPost(post, reasons);
  }

  #renderAct(act: ModerationView, takesBack: boolean): TemplateResult {
    return html`<p><strong><bdi>${act.name}</bdi></strong>: ${tellWall(DONE_WORDS[act.act])}</p>${renderFacts(act)}
      ${takesBack ? html`<div class="row"><button data-act="undo" aria-label="${tellWall("undo")}: ${act.name}" @click=${() => this.#act("POST", `moderation/acts/${act.id}/undo`, {})}>${tellWall("undo")}</button></div>` : nothing}`;
  }

  #renderAppeal(act: ModerationView): TemplateResult {
    return html`${this.#renderAct(act, false)}<p class="said" dir="auto">${act.appeal.text}</p><form @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const grant = (event.submitter as HTMLButtonElement | null)?.value === "grant";
      void this.#act("POST", `moderation/appeals/${act.id}`, { grant, answer: String(new FormData(event.target as HTMLFormElement).get("answer") ?? "") });
    }}><label class="field">${tellWall("answer")}<textarea name="answer" rows="2"></textarea></label>
      <div class="row"><button class="primary" value="grant" data-act="grant">${tellWall("grant")}</button><button value="refuse" data-act="refuse">${tellWall("refuse")}</button></div></form>`;
  }
}
customElements.define("earshot-moderate", ModeratePage);
