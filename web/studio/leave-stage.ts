import { html } from "lit";
import { tellPeople } from "../words/people.ts";
import { call } from "./api.ts";
import { LightElement } from "./light-element.ts";
import type { Sure } from "./sure.ts";
import "./sure.ts";

/** The way back to the audience, which nobody has to allow. */
export class LeaveStage extends LightElement {
  static override properties = { slug: {}, publicUrl: { attribute: false } };
  declare slug: string;
  declare publicUrl: string;

  #ask(): void {
    const act = async () => {
      const left = await call("POST", `/api/events/${this.slug}/step-down`);
      if (left.ok) location.href = this.publicUrl;
    };
    this.querySelector<Sure>("earshot-sure")?.ask({ title: tellPeople("sureLeave"), info: tellPeople("sureLeaveInfo"), act });
  }

  override render() {
    return html`<button id="leave" @click=${() => this.#ask()}>${tellPeople("leave")}</button><earshot-sure></earshot-sure>`;
  }
}
customElements.define("earshot-leave", LeaveStage);
