import { html, nothing } from "lit";
import type { ReminderView } from "../../src/wire/reminders.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { lang } from "../words/language.ts";
import { sayReminder } from "../words/reminders.ts";

/** What the link in a reminder opens: a question with buttons, because mail programs follow links by themselves. */
export class ReminderPage extends LightElement {
  readonly #token = /^\/reminder\/([\w-]+)/.exec(location.pathname)?.[1] ?? "";
  #view: ReminderView | undefined;
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void this.#take(call<ReminderView>("GET", `/api/reminders/${this.#token}`));
  }

  async #take(asked: ReturnType<typeof call<ReminderView>>): Promise<void> {
    const called = await asked;
    if (called.ok) this.#view = called.answer;
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.requestUpdate();
  }

  async #end(): Promise<void> {
    const called = await call("POST", `/api/reminders/${this.#token}/end`);
    if (called.ok) this.#view = { ...this.#view, state: "ended" };
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.requestUpdate();
  }

  override render() {
    return html`<main class="page"><h1 dir="auto">${this.#view?.title ?? sayReminder("title")}</h1><section class="card">
      ${this.#view === undefined ? nothing : this.#renderState(this.#view)}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}</section></main>`;
  }

  #renderState({ state, url }: ReminderView) {
    const end = (word: "notMe" | "stop") => html`<button id="end" @click=${() => this.#end()}>${sayReminder(word)}</button>`;
    const confirm = () => this.#take(call<ReminderView>("POST", `/api/reminders/${this.#token}/confirm`));
    return html`<p role="status" id="reminder-state">${sayReminder(state)}</p>
      <div class="row">${state === "asked" ? html`<button class="primary" id="confirm" @click=${confirm}>${sayReminder("confirm")}</button>${end("notMe")}` : nothing}
      ${state === "confirmed" ? end("stop") : nothing}
      ${url === undefined ? nothing : html`<a class="button" href=${url}>${sayReminder("page")}</a>`}</div>`;
  }
}
customElements.define("earshot-reminder", ReminderPage);
