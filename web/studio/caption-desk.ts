import { html } from "lit";
import { CAPTION_MAX, type RoomMessage } from "../../src/wire/room.ts";
import { clock } from "../listen/time.ts";
import { sayBackstage } from "../words/backstage.ts";
import { LightElement } from "./light-element.ts";

/** A line that went out, as the room tells it. */
export type SentCaption = Omit<Extract<RoomMessage, { type: "caption" }>, "type">;
/** Lines shown again to whoever types. */
const SHOWN = 6;

/** Where what is said is typed. Fires `caption` with a line and when its first letter was typed. */
export class CaptionDesk extends LightElement {
  static override properties = { sent: { attribute: false }, live: { type: Boolean }, seconds: { attribute: false } };
  declare sent: readonly SentCaption[];
  declare live: boolean;
  /** Where the event is now. Seconds since going live. */
  declare seconds: () => number;
  #begun: number | undefined;

  /** A line belongs to the moment it was begun: what was said comes before what is typed. */
  #type(event: Event): void {
    if ((event.target as HTMLInputElement).value === "") this.#begun = undefined;
    else this.#begun ??= this.seconds();
  }

  #send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get("caption") ?? "").trim();
    if (text !== "" && this.live) this.dispatchEvent(new CustomEvent("caption", { detail: { text, at: Math.max(0, this.#begun ?? this.seconds()) } }));
    this.#begun = undefined;
    form.reset();
  }

  override render() {
    return html`<section class="card" id="captions"><h2>${sayBackstage("captions")}</h2><p class="small quiet">${sayBackstage(this.live ? "captionsInfo" : "captionsLater")}</p>
      <div class="log" tabindex="0" role="group" aria-label=${sayBackstage("captions")}>${this.sent.slice(-SHOWN).map(({ text, startTime }) => html`<p><span class="quiet small">${clock(startTime)}</span> <bdi>${text}</bdi></p>`)}</div>
      <form class="row" @submit=${(event: SubmitEvent) => this.#send(event)}><input name="caption" dir="auto" maxlength=${CAPTION_MAX} autocomplete="off" ?disabled=${!this.live} aria-label=${sayBackstage("captionLine")} @input=${(event: Event) => this.#type(event)}><button ?disabled=${!this.live}>${sayBackstage("captionSend")}</button></form></section>`;
  }
}
customElements.define("earshot-captions", CaptionDesk);
