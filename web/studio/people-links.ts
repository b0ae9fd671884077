import { html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import type { EventView, PersonView } from "../../src/wire/api.ts";
import { languageName } from "../../src/wire/language.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { isStageRole } from "../../src/wire/room.ts";
import { lang } from "../words/language.ts";
import { type PeopleWord, tellPeople } from "../words/people.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";
import type { Sure } from "./sure.ts";
import type { SuspendPerson } from "./suspend-person.ts";
import { taskField } from "./task-field.ts";
import "./encoder-seat.ts";
import "./sure.ts";
import "./suspend-person.ts";

/** Roles one is invited with, the usual one first; a host is made by handing over. */
const INVITED_ROLES = ["speaker", "co-host", "producer", "moderator", "captioner"] as const;
const ROLE_WORDS: Readonly<Record<PersonView["role"], PeopleWord>> = {
  host: "host",
  "co-host": "coHost",
  speaker: "speaker",
  producer: "producer",
  moderator: "moderator",
  captioner: "captioner",
};

/** Everybody with a seat: their link to hand out, their role, and the ways to change both. */
export class PeopleLinks extends LightElement {
  static override properties = { event: { attribute: false } };
  declare event: EventView;
  #people: readonly PersonView[] = [];
  #copied = "";
  /** Who is about to get another name. */
  #renamed: PersonView | undefined;
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.reload();
  }

  /** Reads the list again; somebody was brought on stage or left it. */
  async reload(): Promise<void> {
    const called = await call<{ people: PersonView[] }>("GET", this.#path("people"));
    this.#people = called.ok ? called.answer.people : [];
    this.requestUpdate();
  }

  #path(rest: string): string {
    return `/api/events/${this.event.slug}/${rest}`;
  }

  async #act(method: string, rest: string, body?: unknown): Promise<void> {
    const called = await call(method, this.#path(rest), body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.reload();
    this.dispatchEvent(new CustomEvent("people", { bubbles: true }));
  }

  async #invite(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const name = String(fields.get("name") ?? "").trim();
    if (name === "") return;
    const interprets = String(fields.get("task"));
    await this.#act("POST", "people", { name, role: String(fields.get("role")), ...(interprets === "" ? {} : { interprets }) });
    form.reset();
  }

  async #copy(person: PersonView): Promise<void> {
    await navigator.clipboard.writeText(person.link ?? "").catch(() => {});
    this.#copied = person.id;
    this.requestUpdate();
  }

  #ask(title: PeopleWord, info: PeopleWord, name: string, act: () => Promise<void>): void {
    this.querySelector<Sure>("earshot-sure")?.ask({ title: tellPeople(title, { name }), info: tellPeople(info), act });
  }

  override render() {
    const { may } = this.event;
    return html`<section class="card" id="people"><h2>${tellPeople("people")}</h2>
      ${may.includes("see-links") ? html`<p class="quiet small">${tellPeople("linkInfo")}</p>` : nothing}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <ul class="list">${this.#people.map((person) => this.#renderPerson(person))}</ul>
      ${
        may.includes("invite")
          ? html`<form class="row" @submit=${(event: SubmitEvent) => this.#invite(event)}><input name="name" required aria-label=${tellPeople("inviteName")} placeholder=${tellPeople("inviteName")} maxlength="80">
        <select name="role" aria-label=${tellPeople("role")}>${INVITED_ROLES.map((role) => html`<option value=${role}>${tellPeople(ROLE_WORDS[role])}</option>`)}</select>${taskField({ name: "task", label: sayInterpretation("task"), value: "" })}<button>${tellPeople("invite")}</button></form>`
          : nothing
      }<earshot-sure></earshot-sure><earshot-suspend .slug=${this.event.slug}></earshot-suspend>${this.#renderRename()}</section>`;
  }

  #renderPerson(person: PersonView) {
    const { may, slug, status } = this.event;
    const { id, name, role, link, interprets } = person;
    const over = status === "ended" || status === "cancelled";
    const guest = role !== "host";
    // Whom only the host may remove, only the host suspends.
    const suspends = may.includes("moderate") && guest && person.came && (role === "speaker" || may.includes("revoke"));
    const button = (act: string, word: PeopleWord, onClick: () => void) =>
      html`<button data-act=${act} aria-label=${`${tellPeople(word)}: ${name}`} @click=${onClick}>${tellPeople(word)}</button>`;
    return html`<li class="person"><p><strong><bdi>${name}</bdi></strong> <span class="quiet small">${interprets === "" ? tellPeople(ROLE_WORDS[role]) : sayInterpretation("interpreter", { language: languageName(interprets, lang) })}</span></p>
      ${may.includes("see-links") ? this.#renderLink(person, link) : nothing}
      <div class="row">
        ${may.includes("invite") && guest ? this.#renderRole(person) : nothing}
        ${may.includes("invite") && role === "speaker" ? taskField({ name: `task-${id}`, label: sayInterpretation("taskOf", { name }), value: interprets, onChoose: (language) => void this.#act("PATCH", `people/${id}`, { interprets: language }) }) : nothing}
        ${may.includes("invite") ? button("rename", "rename", () => this.#askName(person)) : nothing}
        ${may.includes("invite") ? button("link", "newLink", () => this.#ask("sureLink", "sureLinkInfo", name, () => this.#act("POST", `people/${id}/link`))) : nothing}
        ${may.includes("hand-over") && guest ? button("hand-over", "handOver", () => this.#ask("sureHandOver", "sureHandOverInfo", name, () => this.#act("POST", "hand-over", { person: id }))) : nothing}
        ${may.includes("send-back") && role === "speaker" ? button("audience", "sendBack", () => this.#ask("sureBack", "sureBackInfo", name, () => this.#act("POST", `people/${id}/audience`))) : nothing}
        ${suspends ? button("suspend", "suspend", () => this.querySelector<SuspendPerson>("earshot-suspend")?.ask({ person: id }, name)) : nothing}
        ${may.includes("revoke") && guest ? button("remove", "removePerson", () => this.#ask("sureRemove", "sureRemoveInfo", name, () => this.#act("DELETE", `people/${id}`))) : nothing}
        ${may.includes("invite") && isStageRole(role) && !over ? html`<earshot-encoder .slug=${slug} .person=${person}></earshot-encoder>` : nothing}
      </div></li>`;
  }

  #renderRole({ id, name, role }: PersonView) {
    const change = ({ target }: Event) => {
      const select = target as HTMLSelectElement;
      const wanted = select.value as PersonView["role"];
      // Until the answer it stays what it is.
      select.value = role;
      const title = tellPeople("sureRole", { name, role: tellPeople(ROLE_WORDS[wanted]) });
      this.querySelector<Sure>("earshot-sure")?.ask({
        title,
        info: tellPeople("sureRoleInfo"),
        act: () => this.#act("PATCH", `people/${id}`, { role: wanted }),
      });
    };
    return html`<select name="role-${id}" aria-label=${tellPeople("roleOf", { name })} .value=${live(role)} @change=${change}>${INVITED_ROLES.map((one) => html`<option value=${one} ?selected=${one === role}>${tellPeople(ROLE_WORDS[one])}</option>`)}</select>`;
  }

  #askName(person: PersonView): void {
    this.#renamed = person;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const dialog = this.querySelector<HTMLDialogElement>("dialog.rename");
      const input = dialog?.querySelector("input");
      // Once and not with every look at the people: what is being typed stays.
      if (input) input.value = person.name;
      dialog?.showModal();
    });
  }

  async #rename(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get("name") ?? "").trim();
    this.querySelector<HTMLDialogElement>("dialog.rename")?.close();
    if (this.#renamed !== undefined && name !== "" && name !== this.#renamed.name) await this.#act("PATCH", `people/${this.#renamed.id}`, { name });
  }

  #renderRename() {
    const { name = "" } = this.#renamed ?? {};
    const keep = () => this.querySelector<HTMLDialogElement>("dialog.rename")?.close();
    return html`<dialog class="rename" aria-labelledby="rename-title"><form class="dialog" @submit=${(event: SubmitEvent) => this.#rename(event)}>
      <h2 id="rename-title">${tellPeople("renamePerson", { name })}</h2><label class="field">${tellPeople("inviteName")}<input name="name" required maxlength="80"></label>
      <div class="row"><button class="primary" data-rename="yes">${tellPeople("rename")}</button><button type="button" @click=${keep}>${tellPeople("keep")}</button></div></form></dialog>`;
  }

  #renderLink(person: PersonView, link: string | null) {
    if (link === null) return html`<p class="quiet small">${tellPeople("linkLost")}</p>`;
    return html`<span class="row"><input readonly aria-label=${person.name} .value=${link} data-person=${person.name} @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}><button @click=${() => this.#copy(person)}>${tellPeople(this.#copied === person.id ? "copiedLink" : "copyLink")}</button></span>`;
  }
}
customElements.define("earshot-people", PeopleLinks);
