import { html } from "lit";
import { CHAT_LINE_MAX, type ChatLine } from "../../src/wire/room.ts";
import { sayBackstage } from "../words/backstage.ts";
import { lang } from "../words/language.ts";
import { LightElement } from "./light-element.ts";

const atTime = (unixMs: number) => new Intl.DateTimeFormat(lang, { timeStyle: "short" }).format(unixMs);

/** What those backstage write to each other. Fires `say` with a line; the lines come from the room. */
export class BackstageChat extends LightElement {
  static override properties = { lines: { attribute: false } };
  declare lines: readonly ChatLine[];

  #send(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get("line") ?? "").trim();
    if (text !== "") this.dispatchEvent(new CustomEvent("say", { detail: text }));
    form.reset();
  }

  /** The newest line is in sight, also for those who did not scroll. */
  override updated(): void {
    const log = this.querySelector('[role="log"]');
    if (log !== null) log.scrollTop = log.scrollHeight;
  }

  override render() {
    const { lines } = this;
    return html`<section class="card" id="chat"><h2>${sayBackstage("chat")}</h2><p class="small quiet">${sayBackstage("chatInfo")}</p>
      <div class="log" role="log" aria-label=${sayBackstage("chat")} tabindex="0">${
        lines.length === 0
          ? html`<p class="quiet">${sayBackstage("chatEmpty")}</p>`
          : lines.map(
              ({ name, text, atUnixMs }) =>
                html`<p><strong><bdi>${name}</bdi></strong> <span class="quiet small">${atTime(atUnixMs)}</span> <bdi>${text}</bdi></p>`,
            )
      }</div>
      <form class="row" @submit=${(event: SubmitEvent) => this.#send(event)}><input name="line" dir="auto" maxlength=${CHAT_LINE_MAX} autocomplete="off" aria-label=${sayBackstage("chatLine")}><button>${sayBackstage("chatSend")}</button></form></section>`;
  }
}
customElements.define("earshot-chat", BackstageChat);
