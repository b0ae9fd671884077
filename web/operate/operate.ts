import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import type { HouseHealth, HouseLook } from "../../src/wire/house.ts";
import type { SeriesView } from "../../src/wire/series.ts";
import { call, tell } from "../studio/api.ts";
import "../studio/audience-panel.ts";
import "../studio/house-access.ts";
import "../studio/house-accounts.ts";
import "../studio/house-storage.ts";
import { LightElement } from "../studio/light-element.ts";
import { EVENT_STATUS_WORDS } from "../studio/status-words.ts";
import { timeIn } from "../words/before.ts";
import { type HouseWord, sayHouse } from "../words/house.ts";
import { lang } from "../words/language.ts";
import { plan } from "../words/planning.ts";
import { say } from "../words/studio.ts";
import "./house-edges.ts";
import "./house-health.ts";
import "./house-log.ts";
import "./house-series.ts";
import "./house-settings.ts";

/** How often the page asks how the house stands. Milliseconds; a person at a desk looks a few times a minute. */
const LOOK_MS = 5_000;

const VISIBILITY_WORDS: Readonly<Record<EventView["visibility"], HouseWord>> = { public: "public", unlisted: "unlisted", invited: "invited" };

/** The operator's page: how the house stands, its events, storage, programs, log and looks. */
export class OperatePage extends LightElement {
  #health: HouseHealth | undefined;
  #look: HouseLook | undefined;
  #events: readonly EventView[] = [];
  #series: readonly SeriesView[] = [];
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    void this.#load();
    setInterval(() => document.hidden || void this.#load(), LOOK_MS);
  }

  async #load(): Promise<void> {
    const [health, look, events, series] = await Promise.all([
      call<HouseHealth>("GET", "/api/house/health"),
      this.#look === undefined ? call<HouseLook>("GET", "/api/house") : undefined,
      call<{ events: EventView[] }>("GET", "/api/events"),
      call<{ series: SeriesView[] }>("GET", "/api/series"),
    ]);
    if (health.ok) this.#health = health.answer;
    if (look?.ok === true) this.#look = look.answer;
    if (events.ok) this.#events = events.answer.events;
    if (series.ok) this.#series = series.answer.series;
    this.#wrong = health.ok ? "" : health.problem.status === 401 ? say("signIn") : tell(health.problem);
    this.requestUpdate();
  }

  override render() {
    if (this.#health === undefined && this.#wrong === "") return html`<main class="page"><h1>${sayHouse("title")}</h1></main>`;
    return html`<main class="page"><div class="head"><h1>${sayHouse("title")}</h1><a href="/studio">${say("studio")}</a></div>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      ${
        this.#health === undefined
          ? nothing
          : html`<earshot-health .health=${this.#health}></earshot-health><earshot-edges .edges=${this.#health.edges}></earshot-edges>${this.#renderAudiences(this.#health)}${this.#renderEvents()}<earshot-series .series=${this.#series} @changed=${() => this.#load()}></earshot-series>
      <earshot-storage></earshot-storage><earshot-accounts></earshot-accounts><earshot-access></earshot-access><earshot-log></earshot-log>
      ${this.#look === undefined ? nothing : html`<earshot-house-settings .look=${this.#look}></earshot-house-settings>`}`
      }</main>`;
  }

  /** The same account as in the studio: the figure with its age, its course and its definition. */
  #renderAudiences({ live }: HouseHealth) {
    return live.map(
      ({ slug, title }) => html`<section aria-label=${title}><h2><bdi>${title}</bdi></h2><earshot-audience .slug=${slug}></earshot-audience></section>`,
    );
  }

  #renderEvents() {
    return html`<section class="card" id="house-events"><h2>${say("events")}</h2>
      ${this.#events.length === 0 ? html`<p class="quiet">${say("noEvents")}</p>` : nothing}
      <div class="wide" tabindex="0" role="region" aria-label=${say("events")}><table><thead><tr><th scope="col">${say("title")}</th><th scope="col">${say("start")}</th><th scope="col">${sayHouse("state")}</th><th scope="col">${plan("visibility")}</th></tr></thead>
      <tbody>${this.#events.map(
        ({ slug, title, startDate, status, visibility, schedule }) =>
          html`<tr><th scope="row"><a href="/studio/${slug}"><bdi>${title}</bdi></a></th><td>${timeIn(startDate, schedule?.timeZone)}</td><td>${plan(EVENT_STATUS_WORDS[status])}</td><td>${sayHouse(VISIBILITY_WORDS[visibility])}</td></tr>`,
      )}</tbody></table></div></section>`;
  }
}
customElements.define("earshot-operate", OperatePage);
