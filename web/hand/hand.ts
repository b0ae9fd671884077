import { html, nothing } from "lit";
import type { BackstagePageState } from "../../src/wire/api.ts";
import type { OwnHandAnswer } from "../../src/wire/hands.ts";
import { paths } from "../../src/wire/paths.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { invitationHeaders, takeInvitation } from "../wall/invitation.ts";
import { lang } from "../words/language.ts";
import { tellPeople, waitedFor } from "../words/people.ts";

/** How often the page asks how its hand stands. Milliseconds, plus as much jitter: five hundred hands are then at most a hundred requests a second. */
const LOOK_MS = 3_000;

/** Where a listener asks to speak, waits, and goes to the stage. */
export class HandPage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #slug = /^\/hand\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
  readonly #invitation = takeInvitation(this.#slug);
  #answer: OwnHandAnswer | undefined;
  #lookedAt = 0;
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void this.#lookOn();
    setInterval(() => this.requestUpdate(), 1_000);
  }

  get #api(): string {
    return `/api/events/${this.#slug}/hands`;
  }

  async #call<Answer>(method: string, path: string, body?: unknown) {
    return await call<Answer>(method, this.#api + path, body, { headers: invitationHeaders(this.#invitation) });
  }

  async #lookOn(): Promise<void> {
    await this.#look();
    setTimeout(() => void this.#lookOn(), LOOK_MS + Math.random() * LOOK_MS);
  }

  async #look(): Promise<void> {
    const called = await this.#call<OwnHandAnswer>("GET", "/mine");
    if (called.ok) this.#take(called.answer);
    else this.#wrong = called.problem.code === "unreachable" ? tellPeople("unreachable") : reasonOf(called.problem);
    this.requestUpdate();
  }

  #take(answer: OwnHandAnswer): void {
    this.#answer = answer;
    this.#lookedAt = performance.now();
    this.#wrong = "";
    this.requestUpdate();
  }

  async #raise(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const called = await this.#call<OwnHandAnswer>("POST", "", { name: String(fields.get("name") ?? ""), topic: String(fields.get("topic") ?? "") });
    if (called.ok) return this.#take(called.answer);
    this.#wrong = reasonOf(called.problem);
    this.requestUpdate();
  }

  async #lower(): Promise<void> {
    await this.#call("DELETE", "/mine");
    await this.#look();
  }

  async #accept(): Promise<void> {
    const called = await this.#call<{ studio: string }>("POST", "/mine/accept");
    if (called.ok) {
      location.href = called.answer.studio;
      return;
    }
    this.#wrong = reasonOf(called.problem);
    await this.#look();
  }

  override render() {
    const { title } = this.#answer ?? this.#page.event ?? document;
    return html`<main class="page"><h1 dir="auto">${title}</h1><section class="card">${this.#answer === undefined ? nothing : this.#renderHand(this.#answer)}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}</section></main>`;
  }

  #renderHand({ hand, handsOpen, suspended }: OwnHandAnswer) {
    if (suspended)
      return html`<h2 role="status" id="place">${tellPeople("suspendedHere")}</h2><div class="row"><a class="button" id="why" href="${paths.wallPage(this.#slug)}${this.#invitation === undefined ? "" : `#${this.#invitation}`}">${tellPeople("whySuspended")}</a></div>`;
    if (hand === null) return handsOpen ? this.#renderForm() : html`<h2>${tellPeople("askTitle")}</h2><p role="status">${tellPeople("closed")}</p>`;
    const lower = html`<button id="lower" @click=${() => this.#lower()}>${tellPeople(hand.state === "on-stage" ? "leave" : "lower")}</button>`;
    if (hand.state === "waiting") {
      const waited = hand.waitedSeconds + (performance.now() - this.#lookedAt) / 1000;
      return html`<h2 role="status" id="place">${hand.position === 1 ? tellPeople("next") : tellPeople("position", { position: String(hand.position) })}</h2>
        <p class="quiet">${tellPeople("waited", { time: waitedFor(waited) })}</p>${hand.topic === "" ? nothing : html`<p dir="auto">${hand.topic}</p>`}
        <p class="quiet">${tellPeople("microphoneTip")}</p><div class="row">${lower}</div>`;
    }
    const invited = hand.state === "invited";
    return html`<h2 role="status" id="place">${tellPeople(hand.aside ? (invited ? "invitedAside" : "onAside") : invited ? "invited" : "onStage")}</h2><p class="quiet">${tellPeople("microphoneTip")}</p>
      <div class="row"><button class="primary" id="accept" @click=${() => this.#accept()}>${tellPeople(invited ? "join" : "backToStage")}</button>${lower}</div>`;
  }

  #renderForm() {
    return html`<h2>${tellPeople("askTitle")}</h2><p class="quiet">${tellPeople("askInfo")}</p><form class="dialog" @submit=${(event: SubmitEvent) => this.#raise(event)}>
      <label class="field">${tellPeople("name")}<input name="name" dir="auto" required maxlength="80" autocomplete="name"></label>
      <label class="field">${tellPeople("topic")}<input name="topic" dir="auto" maxlength="140"></label>
      <div class="row"><button class="primary" id="raise">${tellPeople("raise")}</button></div></form>`;
  }
}
customElements.define("earshot-hand", HandPage);
