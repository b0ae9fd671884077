import { html, nothing } from "lit";
import type { HouseHealth } from "../../src/wire/house.ts";
import { LightElement } from "../studio/light-element.ts";
import { sayHouse } from "../words/house.ts";
import { lang } from "../words/language.ts";

const HOUR_SECONDS = 3_600;
const DAY_HOURS = 24;

/** How the house stands, to be read at a glance: one sentence, then what it is made of. */
export class HouseHealthPanel extends LightElement {
  static override properties = { health: { attribute: false } };
  declare health: HouseHealth;

  override render() {
    const { processes, edges, disk, failures, upSeconds, version } = this.health;
    const away = processes.filter(({ ready }) => !ready);
    const edgesAway = edges.filter(({ connected }) => !connected);
    const low = disk.freeBytes < 2 * disk.reserveBytes;
    const failed = failures.files + failures.rounds;
    const well = away.length + edgesAway.length === 0 && !low && failed === 0;
    const number = (value: number) => new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(value);
    const hours = upSeconds / HOUR_SECONDS;
    const restarted = processes.filter(({ restarts }) => restarts > 0);
    return html`<section class="card" id="health"><h2>${sayHouse("health")}</h2>
      <p role="status" class=${well ? "" : "bad"}>${
        well
          ? sayHouse("well")
          : [
              ...away.map(({ name }) => sayHouse("away", { name })),
              ...edgesAway.map(({ name }) => sayHouse("edgeAway", { name })),
              ...(low ? [sayHouse("diskLow")] : []),
              ...(failed > 0 ? [sayHouse("failed", { number: String(failed) })] : []),
            ].join(" ")
      }</p>
      <dl class="figures">
        <div><dt class="quiet small">${sayHouse("processes")}</dt><dd>${processes.length - away.length} / ${processes.length}</dd></div>
        <div><dt class="quiet small">${sayHouse("disk")}</dt><dd>${sayHouse("gigabytes", { free: number(disk.freeBytes / 1e9), total: number(disk.totalBytes / 1e9) })}</dd></div>
        <div><dt class="quiet small">${sayHouse("up")}</dt><dd>${hours < DAY_HOURS ? sayHouse("hours", { number: number(hours) }) : sayHouse("days", { number: number(hours / DAY_HOURS) })}</dd></div>
        <div><dt class="quiet small">${sayHouse("version")}</dt><dd>${version}</dd></div>
      </dl>
      ${restarted.length === 0 ? nothing : html`<ul class="list small">${restarted.map(({ name, restarts }) => html`<li>${sayHouse("restarts", { name, number: String(restarts) })}</li>`)}</ul>`}</section>`;
  }
}
customElements.define("earshot-health", HouseHealthPanel);
