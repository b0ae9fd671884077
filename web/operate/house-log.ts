import { html, nothing } from "lit";
import type { LogLine } from "../../src/wire/house.ts";
import { call } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { sayHouse } from "../words/house.ts";
import { lang } from "../words/language.ts";

const KINDS = ["all", "warn", "error"] as const;
const RANK: Readonly<Record<string, number>> = { info: 0, warn: 1, error: 2 };

/** The log of all processes, the newest first; all of it, or only what went wrong. */
export class HouseLog extends LightElement {
  #lines: readonly LogLine[] = [];
  #kind: (typeof KINDS)[number] = "all";
  #open = false;

  async #load(): Promise<void> {
    const called = await call<{ lines: LogLine[] }>("GET", "/api/house/log");
    if (called.ok) this.#lines = called.answer.lines;
    this.requestUpdate();
  }

  #toggle(event: Event): void {
    this.#open = (event.target as HTMLDetailsElement).open;
    if (this.#open) void this.#load();
  }

  override render() {
    const least = this.#kind === "all" ? 0 : (RANK[this.#kind] ?? 0);
    const shown = this.#lines.filter(({ level }) => (RANK[level] ?? 0) >= least).toReversed();
    const time = new Intl.DateTimeFormat(lang, { dateStyle: "short", timeStyle: "medium" });
    return html`<section class="card" id="log"><h2>${sayHouse("log")}</h2><p class="quiet small">${sayHouse("logInfo")}</p>
      <details @toggle=${(event: Event) => this.#toggle(event)}><summary>${sayHouse("showLog")}</summary>
      <div class="row"><label>${sayHouse("level")} <select @change=${(event: Event) => {
        this.#kind = (event.target as HTMLSelectElement).value as (typeof KINDS)[number];
        this.requestUpdate();
      }}>${KINDS.map((kind) => html`<option value=${kind}>${sayHouse(kind)}</option>`)}</select></label><button id="log-again" @click=${() => this.#load()}>${sayHouse("again")}</button></div>
      ${this.#open && shown.length === 0 ? html`<p class="quiet">${sayHouse("noLines")}</p>` : nothing}
      <ul class="log" tabindex="0" aria-label=${sayHouse("log")}>${shown.map(
        ({ at, level, process, message, more }) =>
          html`<li class=${level}><span class="quiet">${at === "" ? "" : time.format(new Date(at))} ${process}</span> ${level === "info" ? nothing : html`<strong>${sayHouse(level === "warn" ? "warning" : "fault")}</strong> `}<bdi>${message}</bdi>${more === "" ? nothing : html` <code>${more}</code>`}</li>`,
      )}</ul></details></section>`;
  }
}
customElements.define("earshot-log", HouseLog);
