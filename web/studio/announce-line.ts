import { html, nothing } from "lit";
import { ANNOUNCEMENT_MAX } from "../../src/wire/room.ts";
import { sayBackstage } from "../words/backstage.ts";
import { LightElement } from "./light-element.ts";

/** The line to all listeners: what they read now, a new one, and taking it away. Fires `announce` with the text. */
export class AnnounceLine extends LightElement {
  static override properties = { text: {} };
  /** What listeners read now; empty: nothing. */
  declare text: string;

  #tell(text: string): void {
    this.dispatchEvent(new CustomEvent("announce", { detail: text }));
  }

  #send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get("announcement") ?? "").trim();
    if (text !== "") this.#tell(text);
    form.reset();
  }

  override render() {
    return html`<section class="card" id="announce"><h2>${sayBackstage("announce")}</h2>
      ${this.text === "" ? nothing : html`<p role="status">${sayBackstage("announceNow", { text: this.text })}</p>`}
      <form class="row" @submit=${(event: SubmitEvent) => this.#send(event)}><input name="announcement" dir="auto" maxlength=${ANNOUNCEMENT_MAX} autocomplete="off" aria-label=${sayBackstage("announce")}><button>${sayBackstage("announceSend")}</button>${this.text === "" ? nothing : html`<button type="button" id="announce-off" @click=${() => this.#tell("")}>${sayBackstage("announceOff")}</button>`}</form></section>`;
  }
}
customElements.define("earshot-announce", AnnounceLine);
