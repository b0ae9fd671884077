import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import type { SeriesView } from "../../src/wire/series.ts";
import { say } from "../words/studio.ts";
import { call, reasonOf } from "./api.ts";
import { announcementFields, nextHour, ownZone, readAnnouncement, seriesField, timeFields } from "./event-fields.ts";
import { LightElement } from "./light-element.ts";

/** The form that makes an event. Opens its studio when made. */
export class EventForm extends LightElement {
  #speakers = [""];
  #wrong = "";
  #busy = false;
  #series: readonly SeriesView[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#loadSeries();
  }

  async #loadSeries(): Promise<void> {
    const called = await call<{ series: SeriesView[] }>("GET", "/api/series");
    if (called.ok) this.#series = called.answer.series;
    this.requestUpdate();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
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
      ...readAnnouncement(form),
      startDate: text("start"),
      timeZone: text("zone"),
      speakers: [...(hostName === "" ? [] : [{ name: hostName, role: "host" }]), ...speakers],
    });
    this.#busy = false;
    if (made.ok) location.href = `/studio/${made.answer.slug}`;
    else {
      this.#wrong = say("wrong", { reason: reasonOf(made.problem) });
      this.requestUpdate();
    }
  }

  override render() {
    return html`<form class="card" @submit=${(event: SubmitEvent) => this.#submit(event)}>
      <h2>${say("create")}</h2>
      <label class="field">${say("title")}<input name="title" dir="auto" required maxlength="120"></label>
      ${timeFields(nextHour(), ownZone, say("start"))}
      ${announcementFields(undefined)}
      ${seriesField(this.#series, undefined)}
      <label class="field">${say("hostName")}<input name="host" dir="auto" maxlength="80"></label>
      ${this.#speakers.map((_, index) => html`<label class="field">${say("speakerName")} ${index + 1}<input name="speaker" dir="auto" maxlength="80"></label>`)}
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
