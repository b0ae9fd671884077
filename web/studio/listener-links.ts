import { html, nothing } from "lit";
import type { ListenerView } from "../../src/wire/listeners.ts";
import { tellPeople } from "../words/people.ts";
import { plan } from "../words/planning.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";
import type { SuspendPerson } from "./suspend-person.ts";
import "./suspend-person.ts";

/** Personal listener links of an event by invitation: made by name, copied, taken away. */
export class ListenerLinks extends LightElement {
  static override properties = { slug: {} };
  declare slug: string;
  #listeners: readonly ListenerView[] = [];
  #copied = "";
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  get #path(): string {
    return `/api/events/${this.slug}/listeners`;
  }

  async #load(): Promise<void> {
    const called = await call<{ listeners: ListenerView[] }>("GET", this.#path);
    if (called.ok) this.#listeners = called.answer.listeners;
    this.requestUpdate();
  }

  async #make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const names = String(new FormData(form).get("names"))
      .split("\n")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    if (names.length === 0) return;
    const called = await call("POST", this.#path, { names });
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    if (called.ok) form.reset();
    await this.#load();
  }

  async #take(id: string): Promise<void> {
    const called = await call("DELETE", `${this.#path}/${id}`);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#load();
  }

  async #copy({ id, link }: ListenerView): Promise<void> {
    await navigator.clipboard.writeText(link).catch(() => {});
    this.#copied = id;
    this.requestUpdate();
  }

  override render() {
    return html`<section class="card" id="listeners"><h2>${plan("listeners")}</h2><p class="quiet small">${plan("listenersInfo")}</p>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <ul class="list">${this.#listeners.map(
        (listener) => html`<li class="person"><strong><bdi>${listener.name}</bdi></strong>
          <span class="row"><input readonly aria-label=${listener.name} .value=${listener.link}><button @click=${() => this.#copy(listener)}>${tellPeople(this.#copied === listener.id ? "copiedLink" : "copyLink")}</button><button aria-label=${`${plan("takeLink")}: ${listener.name}`} @click=${() => this.#take(listener.id)}>${plan("takeLink")}</button><button aria-label=${`${tellPeople("suspend")}: ${listener.name}`} @click=${() => this.querySelector<SuspendPerson>("earshot-suspend")?.ask({ listener: listener.id }, listener.name)}>${tellPeople("suspend")}</button></span></li>`,
      )}</ul>
      <form class="dialog" @submit=${(event: SubmitEvent) => this.#make(event)}><label class="field">${plan("listenerNames")}<textarea name="names" rows="3" required></textarea></label>
        <div class="row"><button id="make-links">${plan("makeLinks")}</button></div></form><earshot-suspend .slug=${this.slug}></earshot-suspend></section>`;
  }
}
customElements.define("earshot-listeners", ListenerLinks);
