import { html, nothing } from "lit";
import type { PersonView } from "../../src/wire/api.ts";
import { say } from "../words/studio.ts";
import { call } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** Everybody's personal link, for the host to hand out. */
export class PeopleLinks extends LightElement {
  static override properties = { slug: {} };
  declare slug: string;
  #people: readonly PersonView[] = [];
  #copied = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    const called = await call<{ people: PersonView[] }>("GET", `/api/events/${this.slug}/people`);
    this.#people = called.ok ? called.answer.people : [];
    this.requestUpdate();
  }

  async #invite(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const name = String(new FormData(form).get("name") ?? "").trim();
    if (name === "") return;
    await call("POST", `/api/events/${this.slug}/people`, { name, role: "speaker" });
    form.reset();
    await this.#load();
  }

  async #copy(person: PersonView): Promise<void> {
    await navigator.clipboard.writeText(person.link ?? "").catch(() => {});
    this.#copied = person.id;
    this.requestUpdate();
  }

  override render() {
    return html`<section class="card"><h2>${say("links")}</h2>
      ${this.#people.map((person) =>
        person.link === null
          ? nothing
          : html`<label class="field">${person.name}<span class="row"><input readonly .value=${person.link} data-person=${person.name} @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}><button @click=${() => this.#copy(person)}>${say(this.#copied === person.id ? "copied" : "copy")}</button></span></label>`,
      )}
      <form class="row" @submit=${(event: SubmitEvent) => this.#invite(event)}><input name="name" aria-label=${say("speakerName")} placeholder=${say("speakerName")} maxlength="80"><button>${say("invite")}</button></form></section>`;
  }
}
customElements.define("earshot-people", PeopleLinks);
