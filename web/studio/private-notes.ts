import { html, nothing } from "lit";
import { NOTES_MAX } from "../../src/wire/api.ts";
import { sayBackstage } from "../words/backstage.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** Pause in the typing after which notes are kept. Milliseconds. */
const PAUSE_MS = 800;

/** What a person writes down for themselves: read by nobody else, kept on the server as they type. */
export class PrivateNotes extends LightElement {
  static override properties = { slug: {} };
  declare slug: string;
  /** Undefined until the server told what is there: nothing is written over before. */
  #text: string | undefined;
  #state: "idle" | "writing" | "kept" = "idle";
  #wrong = "";
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#state === "writing") void this.#keep();
  }

  async #load(): Promise<void> {
    const called = await call<{ text: string }>("GET", `/api/events/${this.slug}/notes`);
    if (called.ok) this.#text = called.answer.text;
    this.requestUpdate();
  }

  #type(event: Event): void {
    this.#text = (event.target as HTMLTextAreaElement).value;
    this.#state = "writing";
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#keep(), PAUSE_MS);
    this.requestUpdate();
  }

  async #keep(): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.#text ?? "";
    const called = await call("POST", `/api/events/${this.slug}/notes`, { text });
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    if (called.ok && this.#text === text) this.#state = "kept";
    this.requestUpdate();
  }

  override render() {
    if (this.#text === undefined) return nothing;
    return html`<section class="card" id="notes"><label class="field"><h2>${sayBackstage("notes")}</h2>
      <textarea dir="auto" rows="5" maxlength=${NOTES_MAX} .value=${this.#text} @input=${(event: Event) => this.#type(event)} @change=${() => this.#keep()}></textarea></label>
      <p class="small quiet">${sayBackstage("notesInfo")} <span role="status">${this.#state === "idle" ? "" : sayBackstage(this.#state === "kept" ? "notesKept" : "notesWriting")}</span></p>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}</section>`;
  }
}
customElements.define("earshot-notes", PrivateNotes);
