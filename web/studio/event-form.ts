import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import { errorInWords } from "../../src/wire/error-words.ts";
import { lang } from "../words/language.ts";
import { say } from "../words/studio.ts";
import { call } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** A start time offered at first: the next full hour. */
function nextHour(): string {
  const date = new Date(Date.now() + 3_600_000);
  date.setMinutes(0, 0, 0);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The form that makes an event. Opens its studio when made. */
export class EventForm extends LightElement {
  #speakers = [""];
  #wrong = "";
  #busy = false;
  readonly #zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    const speakers = fields
      .getAll("speaker")
      .map(String)
      .filter((name) => name.trim() !== "")
      .map((name) => ({ name, role: "speaker" }));
    const hostName = text("host");
    this.#busy = true;
    this.requestUpdate();
    const made = await call<EventView>("POST", "/api/events", {
      title: text("title"),
      startDate: text("start"),
      timeZone: this.#zone,
      description: text("description"),
      speakers: [...(hostName === "" ? [] : [{ name: hostName, role: "host" }]), ...speakers],
    });
    this.#busy = false;
    if (made.ok) location.href = `/studio/${made.answer.slug}`;
    else {
      const { title, action } = errorInWords(made.problem, lang);
      const { details } = made.problem;
      this.#wrong = say("wrong", { reason: `${title} ${details.field === undefined ? "" : `${details.field}: ${details.rule}. `}${action}` });
      this.requestUpdate();
    }
  }

  override render() {
    return html`<form class="card" @submit=${(event: SubmitEvent) => this.#submit(event)}>
      <h2>${say("create")}</h2>
      <label class="field">${say("title")}<input name="title" required maxlength="120"></label>
      <label class="field">${say("start", { zone: this.#zone })}<input name="start" type="datetime-local" required value=${nextHour()}></label>
      <label class="field">${say("description")}<textarea name="description" rows="2"></textarea></label>
      <label class="field">${say("hostName")}<input name="host" maxlength="80"></label>
      ${this.#speakers.map((_, index) => html`<label class="field">${say("speakerName")} ${index + 1}<input name="speaker" maxlength="80"></label>`)}
      <div class="row"><button type="button" @click=${() => {
        this.#speakers.push("");
        this.requestUpdate();
      }}>${say("addSpeaker")}</button></div>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert" id="wrong">${this.#wrong}</p>`}
      <div class="row"><button class="primary" id="make" ?disabled=${this.#busy}>${say("make")}</button></div>
    </form>`;
  }
}
customElements.define("earshot-event-form", EventForm);
