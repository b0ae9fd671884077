import { html, nothing } from "lit";
import type { AudienceAnswer, BackstagePageState, EventView } from "../../src/wire/api.ts";
import { paths } from "../../src/wire/paths.ts";
import type { RoomMessage } from "../../src/wire/room.ts";
import { lang, locale } from "../words/language.ts";
import { tellPeople } from "../words/people.ts";
import { plan } from "../words/planning.ts";
import { say } from "../words/studio.ts";
import { tellWall } from "../words/wall.ts";
import { call, takeSecret, tell } from "./api.ts";
import type { SeatGrant } from "./grant.ts";
import { LightElement } from "./light-element.ts";
import "./account-hint.ts";
import "./artwork-panel.ts";
import "./audience-panel.ts";
import "./reminder-panel.ts";
import "./event-form.ts";
import "./event-plan.ts";
import "./event-start.ts";
import "./hand-queue.ts";
import "./house-access.ts";
import "./house-accounts.ts";
import "./house-storage.ts";
import "./leave-stage.ts";
import "./listener-links.ts";
import type { PeopleLinks } from "./people-links.ts";
import "./people-links.ts";
import "./recording-panel.ts";
import "./stage-view.ts";
import "./voices-panel.ts";
import { EVENT_STATUS_WORDS } from "./status-words.ts";

type StagePhase = Extract<RoomMessage, { type: "room" }>["phase"];

/** The backstage page: the host's events, or one event's stage. */
export class Studio extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #slug = /^\/studio\/([a-z0-9-]+)/.exec(location.pathname)?.[1];
  #events: readonly EventView[] | undefined;
  #event: EventView | undefined;
  #seat: SeatGrant | undefined;
  /** The newest account of the audience, for the light. */
  #account: AudienceAnswer | undefined;
  #wrong = "";
  /** This page is out of the room for good: there is no stage to leave. */
  #out = false;
  /** What the stage last said: the house follows it within a second. */
  #phase: StagePhase | undefined;
  /** Whether this person is suspended at the event. */
  #suspended = false;
  /** Nobody is signed in here: the page leads to where one signs in. */
  #signIn = false;
  /** The operator sees every event and makes new ones; others see theirs. */
  #operator = true;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void (this.#slug === undefined ? this.#loadEvents() : this.#enter(this.#slug));
  }

  async #loadEvents(): Promise<void> {
    let called = await call<{ events: EventView[] }>("GET", "/api/events");
    if (!called.ok && called.problem.code === "forbidden") {
      this.#operator = false;
      called = await call<{ events: EventView[] }>("GET", "/api/account/events");
    }
    if (called.ok) this.#events = called.answer.events;
    else this.#refuse(called.problem);
    this.requestUpdate();
  }

  #refuse(problem: Parameters<typeof tell>[0] & { readonly status: number }): void {
    this.#suspended = problem.code === "suspended";
    this.#signIn = problem.status === 401;
    this.#wrong = this.#signIn ? say("signIn") : tell(problem);
  }

  async #enter(slug: string): Promise<void> {
    const secret = takeSecret();
    if (secret !== undefined) {
      const entered = await call<{ seat?: SeatGrant }>("POST", "/api/enter", { secret });
      if (entered.ok) this.#seat = entered.answer.seat;
      else if (entered.problem.code === "suspended") this.#refuse(entered.problem);
      else this.#wrong = entered.problem.code === "link-used" ? tell(entered.problem) : say("badLink");
    }
    if (this.#seat === undefined && this.#wrong === "") {
      const taken = await call<SeatGrant>("POST", `/api/events/${slug}/seat`);
      if (taken.ok) this.#seat = taken.answer;
      else this.#refuse(taken.problem);
    }
    const found = await call<EventView>("GET", `/api/events/${slug}`);
    if (found.ok) this.#take(found.answer);
    this.requestUpdate();
  }

  /** Somebody came, went or has another role, or the event was changed: what this page may show can have changed with it. */
  async #reload(slug: string, phase?: StagePhase | null): Promise<void> {
    this.#phase = phase ?? this.#phase;
    const found = await call<EventView>("GET", `/api/events/${slug}`);
    if (found.ok) this.#take(found.answer);
    await this.querySelector<PeopleLinks>("earshot-people")?.reload();
  }

  /** Out of the room for good; whoever is suspended is told that it was for that. */
  async #leave(slug: string): Promise<void> {
    this.#out = true;
    this.requestUpdate();
    const found = await call<EventView>("GET", `/api/events/${slug}`);
    if (!found.ok && found.problem.code === "suspended") this.#refuse(found.problem);
    this.requestUpdate();
  }

  #take(event: EventView): void {
    this.#event = this.#phase === "live" || this.#phase === "ended" ? { ...event, status: this.#phase } : event;
    document.title = event.title;
    this.requestUpdate();
  }

  #showAccount(account: AudienceAnswer): void {
    this.#account = account;
    this.requestUpdate();
  }

  override render() {
    return this.#slug === undefined ? this.#renderList() : this.#renderStage(this.#slug);
  }

  #renderWrong() {
    if (this.#wrong === "") return nothing;
    return html`<p class="wrong" role="alert">${this.#wrong}</p>${this.#signIn ? html`<div class="row"><a class="button" id="sign-in" href="/sign-in">${say("toSignIn")}</a></div>` : nothing}${this.#suspended ? html`<div class="row"><a class="button" id="why" href=${paths.wallPage(this.#slug ?? "")}>${tellPeople("whySuspended")}</a></div>` : nothing}`;
  }

  #renderList() {
    return html`<main class="page"><h1>${say("studio")}</h1>${this.#renderWrong()}
      ${this.#events === undefined ? nothing : html`<earshot-account-hint></earshot-account-hint>`}
      ${
        this.#events === undefined
          ? nothing
          : html`${this.#operator ? html`<p><a href="/operate">${say("operate")}</a></p>` : nothing}<div class="two"><section class="card"><h2>${say("events")}</h2>${this.#events.length === 0 ? html`<p class="quiet">${say("noEvents")}</p>` : nothing}
            <ul class="list">${this.#events.map((event) => html`<li><a class="item" href="/studio/${event.slug}"><strong dir="auto">${event.title}</strong><span class="quiet small">${new Date(event.startDate).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" })} · ${plan(EVENT_STATUS_WORDS[event.status])}</span></a></li>`)}</ul></section>
            ${this.#operator ? html`<earshot-event-form></earshot-event-form>` : nothing}</div>
            ${this.#operator ? html`<earshot-storage></earshot-storage><earshot-accounts></earshot-accounts><earshot-access></earshot-access>` : nothing}`
      }</main>`;
  }

  #renderStage(slug: string) {
    const title = this.#event?.title ?? this.#page.event?.title ?? slug;
    const { publicUrl, may = [] } = this.#event ?? {};
    return html`<main class="page desk" @people=${({ detail }: CustomEvent<StagePhase | null>) => this.#reload(slug, detail)} @out=${() => this.#leave(slug)}><div class="head"><h1 dir="auto">${title}</h1><a href=${this.#event?.publicUrl ?? `${this.#page.publicUrl}/e/${slug}`} target="_blank" rel="noopener">${say("listenerLink")}</a></div>
      ${this.#renderWrong()}
      ${this.#event === undefined ? nothing : html`<earshot-start .event=${this.#event} @planned=${(planned: CustomEvent<EventView>) => this.#take(planned.detail)}></earshot-start>`}
      <div class="side">${this.#seat === undefined ? nothing : html`<earshot-stage .slug=${slug} .own=${this.#seat} .may=${may} .plannedMinutes=${this.#event?.schedule?.plannedMinutes} .invited=${this.#event?.visibility === "invited"} .account=${may.includes("direct-doors") ? this.#account : undefined}></earshot-stage>`}
      ${this.#out || this.#seat === undefined || publicUrl === undefined || !may.includes("step-down") || may.includes("hand-over") ? nothing : html`<earshot-leave .slug=${slug} .publicUrl=${publicUrl}></earshot-leave>`}</div>
      <div class="side">${may.includes("see-hands") ? html`<earshot-hands .slug=${slug} .may=${may}></earshot-hands>` : nothing}
      ${may.includes("moderate") ? html`<p><a class="button" id="to-moderation" href=${paths.moderate(slug)} target="_blank" rel="noopener">${tellWall("toModeration")}</a></p>` : nothing}
      ${this.#event === undefined ? nothing : html`<earshot-audience .slug=${slug} .directs=${may.includes("direct-doors")} @account=${(told: CustomEvent<AudienceAnswer>) => this.#showAccount(told.detail)}></earshot-audience>`}
      ${this.#event?.may.includes("see-people") ? html`<earshot-people .event=${this.#event}></earshot-people>` : nothing}
      ${this.#event?.visibility === "invited" && may.includes("invite-listeners") ? html`<earshot-listeners .slug=${slug}></earshot-listeners>` : nothing}
      ${this.#event?.may.includes("see-history") ? html`<earshot-plan .event=${this.#event} @planned=${(planned: CustomEvent<EventView>) => this.#take(planned.detail)}></earshot-plan>` : nothing}
      ${may.includes("see-reminders") && this.#event !== undefined ? html`<earshot-reminders .slug=${slug}></earshot-reminders>` : nothing}
      ${may.includes("edit-recording") ? html`<earshot-recording .slug=${slug}></earshot-recording>` : nothing}
      ${may.includes("see-voices") ? html`<earshot-voices .slug=${slug}></earshot-voices>` : nothing}
      ${this.#event === undefined || !may.includes("edit-event") ? nothing : html`<earshot-artwork .event=${this.#event} @planned=${(planned: CustomEvent<EventView>) => this.#take(planned.detail)}></earshot-artwork>`}
      ${this.#event?.may.includes("see-people") ? html`<earshot-account-hint></earshot-account-hint>` : nothing}</div></main>`;
  }
}
customElements.define("earshot-studio", Studio);
