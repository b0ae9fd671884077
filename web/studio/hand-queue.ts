import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import type { HandQueue } from "../../src/wire/hands.ts";
import { tellPeople, waitedFor } from "../words/people.ts";
import { call, reasonOf } from "./api.ts";
import { LookingElement } from "./looking-element.ts";
import type { SuspendPerson } from "./suspend-person.ts";
import "./suspend-person.ts";

/** How often the queue is read. Milliseconds. */
const LOOK_MS = 3_000;
type Waiting = HandQueue["hands"][number];

/** Who asks to speak, the longest waiting first, and the ways to the stage and back. */
export class HandQueueView extends LookingElement {
  static override properties = { slug: {}, may: { attribute: false } };
  declare slug: string;
  /** What this person may do with the event. */
  declare may: readonly string[];
  #queue: HandQueue = { open: false, hands: [] };
  #wrong = "";
  protected readonly lookMs = LOOK_MS;

  /** Who comes back to the page finds the queue as it is. */
  protected override get rests(): boolean {
    return false;
  }

  protected async look(): Promise<void> {
    const called = await call<HandQueue>("GET", `/api/events/${this.slug}/hands`);
    if (called.ok) this.#queue = called.answer;
  }

  async #act(method: string, path: string, body?: unknown): Promise<void> {
    const called = await call<EventView | undefined>(method, `/api/events/${this.slug}/${path}`, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.look();
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent("people", { bubbles: true }));
  }

  override render() {
    const { open, hands } = this.#queue;
    return html`<section class="card" id="hands"><h2>${tellPeople("hands")} <span class="quiet">${hands.filter(({ state }) => state === "waiting").length}</span></h2>
      <label class="choice"><input type="checkbox" id="hands-open" .checked=${open} @change=${(event: Event) => this.#act("POST", "hand-queue", { open: (event.target as HTMLInputElement).checked })}> ${tellPeople("handsOpen")}</label>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      ${hands.length === 0 ? html`<p class="quiet">${tellPeople("noHands")}</p>` : html`<ol class="list">${hands.map((hand) => this.#renderHand(hand))}</ol>`}<earshot-suspend .slug=${this.slug}></earshot-suspend></section>`;
  }

  #renderHand({ id, name, topic, state, waitedSeconds, person, aside }: Waiting) {
    const { may } = this;
    const button = (word: "bring" | "talkFirst" | "dismiss" | "sendBack" | "suspend", act: () => unknown) =>
      html`<button data-act=${word} aria-label=${`${tellPeople(word)}: ${name}`} @click=${() => act()}>${tellPeople(word)}</button>`;
    return html`<li class="hand"><div><strong><bdi>${name}</bdi></strong> <span class="quiet small">${state === "waiting" ? waitedFor(waitedSeconds) : tellPeople(state === "invited" ? "isInvited" : aside ? "isAside" : "isOnStage")}</span>${topic === "" ? nothing : html`<br><bdi>${topic}</bdi>`}</div>
      <div class="row">${state === "waiting" && may.includes("invite-hand") ? button("bring", () => this.#act("POST", `hands/${id}/invite`)) : nothing}
      ${state === "waiting" && may.includes("take-aside") ? button("talkFirst", () => this.#act("POST", `hands/${id}/aside`)) : nothing}
      ${aside && person !== null && may.includes("take-aside") ? button("bring", () => this.#act("POST", `people/${person}/aside`, { aside: false })) : nothing}
      ${state === "on-stage" && person !== null ? button("sendBack", () => this.#act("POST", `people/${person}/audience`)) : button("dismiss", () => this.#act("DELETE", `hands/${id}`))}
      ${may.includes("moderate") ? button("suspend", () => this.querySelector<SuspendPerson>("earshot-suspend")?.ask({ hand: id }, name)) : nothing}</div></li>`;
  }
}
customElements.define("earshot-hands", HandQueueView);
