import { html, nothing } from "lit";
import type { AudienceAnswer } from "../../src/wire/api.ts";
import { DOOR_MESSAGE_MAX, DOOR_MODES, type DoorMode, type DoorOrders } from "../../src/wire/door.ts";
import { type AudienceWord, say } from "../words/audience.ts";
import { call, tell } from "./api.ts";
import { LightElement } from "./light-element.ts";

const WORDS: Readonly<Record<DoorMode, readonly [name: AudienceWord, info: AudienceWord]>> = {
  auto: ["doorsAuto", "doorsAutoInfo"],
  open: ["doorsOpen", "doorsOpenInfo"],
  hold: ["doorsHold", "doorsHoldInfo"],
};

/** The doors as the host directs them: how they stand, and open, hold, rate, cap and a word to those who wait. */
export class DoorPanel extends LightElement {
  static override properties = { slug: {}, account: { attribute: false } };
  declare slug: string;
  declare account: AudienceAnswer | undefined;
  #answer = "";
  /** Chosen here and not yet applied. */
  #chosen: DoorMode | undefined;

  async #apply(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const number = (name: string) => {
      const value = Number(form.get(name));
      return value > 0 ? { [name]: value } : {};
    };
    const message = String(form.get("message") ?? "").trim();
    const orders: DoorOrders = {
      mode: String(form.get("mode")) as DoorMode,
      ...number("joinsPerSecond"),
      ...number("mostListeners"),
      ...(message === "" ? {} : { message }),
    };
    const called = await call("POST", `/api/events/${this.slug}/doors`, orders);
    this.#answer = called.ok ? say("doorsDone") : tell(called.problem);
    if (called.ok) this.#chosen = undefined;
    this.requestUpdate();
  }

  #choose(mode: DoorMode): void {
    this.#chosen = mode;
    this.requestUpdate();
  }

  override render() {
    const { orders, audience } = this.account ?? {};
    if (orders === undefined) return nothing;
    const mode = this.#chosen ?? orders.mode;
    const { door } = audience ?? {};
    const number = (name: "joinsPerSecond" | "mostListeners", label: AudienceWord) =>
      html`<label class="field">${say(label)}<input type="number" min="1" name=${name} .defaultValue=${String(orders[name] ?? "")}></label>`;
    return html`<form class="doors" @submit=${(event: SubmitEvent) => void this.#apply(event)}>
      <fieldset><legend>${say("doors")}</legend>
        ${door === undefined ? nothing : html`<p class="small quiet" role="status">${say("doorsState", { pressure: String(Math.round(door.pressure * 100)), rate: String(Math.round(door.joinsPerSecond)), wait: String(door.waitSeconds) })}</p>`}
        <div class="row">${DOOR_MODES.map((each) => html`<label class="choice"><input type="radio" name="mode" value=${each} .checked=${each === mode} @change=${() => this.#choose(each)}> ${say(WORDS[each][0])}</label>`)}</div>
        <p class="small quiet">${say(WORDS[mode][1])}</p>
        <div class="two">${number("joinsPerSecond", "doorsRate")}${number("mostListeners", "doorsCap")}</div>
        <label class="field">${say("doorsMessage")}<input name="message" maxlength=${DOOR_MESSAGE_MAX} .defaultValue=${orders.message ?? ""}></label>
        <div class="row"><button>${say("doorsSet")}</button><span role="status">${this.#answer}</span></div>
      </fieldset></form>`;
  }
}
customElements.define("earshot-doors", DoorPanel);
