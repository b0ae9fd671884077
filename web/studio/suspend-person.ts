import { html, nothing } from "lit";
import { readGrounds, readTerm, renderGrounds, renderTerm } from "../wall/suspension.ts";
import { tellPeople } from "../words/people.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** Whom to suspend: by a raised hand, a seat or a personal listener link. */
type Whom = { readonly hand: string } | { readonly person: string } | { readonly listener: string };

/** Asks for rule, reason and length before somebody is suspended; fires `people` when it is done. */
export class SuspendPerson extends LightElement {
  static override properties = { slug: {} };
  declare slug: string;
  #whom: Whom | undefined;
  #name = "";
  #wrong = "";

  /** Shows the question about somebody. */
  ask(whom: Whom, name: string): void {
    this.#whom = whom;
    this.#name = name;
    this.#wrong = "";
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const called = await call("POST", `/api/events/${this.slug}/moderation/acts`, {
      act: "suspend",
      ...this.#whom,
      ...readGrounds(fields),
      ...readTerm(fields),
    });
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.requestUpdate();
    if (!called.ok) return;
    form.reset();
    this.querySelector("dialog")?.close();
    this.dispatchEvent(new CustomEvent("people", { bubbles: true }));
  }

  override render() {
    return html`<dialog aria-labelledby="suspend-title"><form class="dialog" @submit=${(event: SubmitEvent) => this.#submit(event)}>
      <h2 id="suspend-title">${tellPeople("sureSuspend", { name: this.#name })}</h2><p class="quiet">${tellPeople("sureSuspendInfo")}</p>${renderGrounds()}${renderTerm()}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <div class="row"><button class="end" data-suspend="yes">${tellPeople("suspend")}</button><button type="button" autofocus @click=${() => this.querySelector("dialog")?.close()}>${tellPeople("keep")}</button></div></form></dialog>`;
  }
}
customElements.define("earshot-suspend", SuspendPerson);
