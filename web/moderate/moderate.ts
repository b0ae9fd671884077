import { html, nothing, type TemplateResult } from "lit";
import type { BackstagePageState } from "../../src/wire/api.ts";
import type { ModerationQueue, ModerationView } from "../../src/wire/wall-api.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { ACT_WORDS, renderFacts } from "../wall/notices.ts";
import { renderHead, renderText } from "../wall/post-view.ts";
import { renderRules } from "../wall/report-form.ts";
import { lang } from "../words/language.ts";
import { tellWall, type WallWord } from "../words/wall.ts";
import "./wall-settings.ts";

/** How often the queue is read. Milliseconds. */
const LOOK_MS = 3_000;
/** Lengths of a suspension. Minutes; null: for good. */
const TERMS: readonly (readonly [WallWord, number | null])[] = [
  ["hour", 60],
  ["day", 24 * 60],
  ["week", 7 * 24 * 60],
  ["forGood", null],
];
type QueuedPost = ModerationQueue["posts"][number];

/** Everything a moderator needs on one page that works on a phone: what waits, what was reported, appeals, who is suspended, and how the wall is set. */
export class ModeratePage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #slug = /^\/moderate\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
  #queue: ModerationQueue | undefined;
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
    else this.#wrong = reasonOf(called.problem);
    this.requestUpdate();
  }

  async #act(method: string, path: string, body?: unknown): Promise<void> {
    const called = await call(method, `${this.#api}/${path}`, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#look();
  }

  override render() {
    const { title } = this.#page.event ?? { title: "Earshot" };
    return html`<main class="page"><div class="head"><h1>${tellWall("moderation")}: ${title}</h1></div>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}${this.#queue === undefined ? nothing : this.#renderQueue(this.#queue)}</main>`;
  }

  #renderQueue({ settings, held, reports, appeals, suspended, recent, posts }: ModerationQueue) {
    return html`<div class="two">
      ${this.#card(
        "appeals",
        appeals.length,
        appeals.map((act) => this.#renderAppeal(act)),
      )}
      ${this.#card(
        "waiting",
        held.length,
        held.map((post) => this.#renderPost(post, html`<p class="quiet small">${tellWall("rule")}: ${tellWall(post.rule)}</p>`, post.act)),
      )}
      ${this.#card(
        "reports",
        reports.length,
        reports.map((post) => this.#renderReported(post)),
      )}
      ${this.#card(
        "suspended",
        suspended.length,
        suspended.map((act) => this.#renderAct(act, true)),
      )}</div>
      <div class="two">${this.#card(
        "posts",
        undefined,
        posts.map((post) => this.#renderPost(post, nothing)),
      )}
      <div><earshot-wall-settings .slug=${this.#slug} .settings=${settings}></earshot-wall-settings></div></div>
      ${this.#card(
        "recent",
        undefined,
        recent.map((act) => this.#renderAct(act, act.inForce && ["hold", "remove"].includes(act.act))),
      )}`;
  }

  #card(title: WallWord, count: number | undefined, items: readonly TemplateResult[]) {
    return html`<section class="card" id=${title} aria-labelledby="${title}-title"><h2 id="${title}-title">${tellWall(title)}${count === undefined ? nothing : html` <span class="quiet">${count}</span>`}</h2>
      ${items.length === 0 ? html`<p class="quiet">${tellWall("none")}</p>` : html`<ol class="wall">${items.map((item) => html`<li>${item}</li>`)}</ol>`}</section>`;
  }

  #renderPost(post: QueuedPost, more: unknown, heldBy?: string): TemplateResult {
    const { id, name, role, account, date, pinned } = post;
    const of = `: ${name}`;
    return html`${renderHead({ name, role, atUnixMs: Date.parse(date), ...(account ? { account: true as const } : {}) })}${renderText(post)}${more}
      <div class="row">${
        heldBy === undefined
          ? html`<button data-act="pin" aria-label=${tellWall(pinned ? "unpin" : "pin") + of} @click=${() => this.#act("POST", `wall/posts/${id}/pin`, { on: !pinned })}>${tellWall(pinned ? "unpin" : "pin")}</button>`
          : html`<button class="primary" data-act="show" aria-label=${tellWall("show") + of} @click=${() => this.#act("POST", `moderation/acts/${heldBy}/undo`, {})}>${tellWall("show")}</button>`
      }</div>
      ${heldBy === undefined ? this.#renderForm(post, "hold") : nothing}${this.#renderForm(post, "remove")}${this.#renderForm(post, "suspend")}`;
  }

  /** An act with the rule and the reason that the person concerned will read. */
  #renderForm({ id, name }: QueuedPost, act: "hold" | "remove" | "suspend"): TemplateResult {
    return html`<details data-form=${act}><summary>${tellWall(act)}<span class="hidden">: ${name}</span></summary><form @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      const fields = new FormData(form);
      const minutes = String(fields.get("minutes") ?? "");
      const term = act === "suspend" ? { minutes: minutes === "" ? null : Number(minutes), hidePosts: fields.get("hide") !== null } : {};
      void this.#act("POST", "moderation/acts", { act, post: id, rule: fields.get("rule"), reason: fields.get("reason"), ...term });
      form.closest("details")?.removeAttribute("open");
    }}>${renderRules()}<label class="field">${tellWall("reason")}<textarea name="reason" required rows="2"></textarea></label>
      ${
        act === "suspend"
          ? html`<label class="field">${tellWall("minutes")}<select name="minutes">${TERMS.map(([word, minutes]) => html`<option value=${minutes ?? ""}>${tellWall(word)}</option>`)}</select></label>
            <label class="choice"><input type="checkbox" name="hide"> ${tellWall("hidePosts")}</label>`
          : nothing
      }
      <div class="row"><button class="end" data-act=${act}>${tellWall("decide")}</button></div></form></details>`;
  }

  #renderReported(post: ModerationQueue["reports"][number]): TemplateResult {
    const reasons = html`<p class="quiet small">${tellWall("reportsOf", { number: String(post.reports) })}</p><ul>${post.reasons.map(({ rule, reason }) => html`<li>${tellWall(rule)}${reason === "" ? nothing : html`: <bdi>${reason}</bdi>`}</li>`)}</ul>
      <div class="row"><button data-act="dismiss" aria-label="${tellWall("dismiss")}: ${post.name}" @click=${() => this.#act("DELETE", `moderation/reports/${post.id}`)}>${tellWall("dismiss")}</button></div>`;
    return this.#renderPost(post, reasons);
  }

  #renderAct(act: ModerationView, takesBack: boolean): TemplateResult {
    return html`<p><strong><bdi>${act.name}</bdi></strong>: ${tellWall(act.act === "suspend" ? "actSuspendMod" : ACT_WORDS[act.act])}</p>${renderFacts(act)}
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
