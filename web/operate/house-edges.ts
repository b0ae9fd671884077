import { html, nothing } from "lit";
import type { HouseHealth } from "../../src/wire/house.ts";
import { LightElement } from "../studio/light-element.ts";
import { sayHouse } from "../words/house.ts";
import { lang } from "../words/language.ts";

/** Age from which a time is told with its day. Milliseconds; within it nobody takes it for another day's. */
const WITH_DAY_MS = 12 * 3_600_000;

const inWords = (value: number) => new Intl.NumberFormat(lang).format(value);
const atTime = (unixMs: number) =>
  new Intl.DateTimeFormat(lang, { timeStyle: "short", ...(Date.now() - unixMs < WITH_DAY_MS ? {} : { dateStyle: "short" }) }).format(unixMs);

/** The servers elsewhere that hand this house's audio on: which are connected, since when, and who listens there. Nothing where there are none. */
export class HouseEdges extends LightElement {
  static override properties = { edges: { attribute: false } };
  declare edges: HouseHealth["edges"];

  override render() {
    if (this.edges.length === 0) return nothing;
    return html`<section class="card" id="house-edges"><h2>${sayHouse("edges")}</h2>
      <ul class="list">${this.edges.map((edge) => html`<li><strong><bdi>${edge.name}</bdi></strong><br>${stateOf(edge)}${edge.listeningNow === null ? nothing : html` · ${sayHouse("edgeListening", { number: inWords(edge.listeningNow) })}`}</li>`)}</ul>
      <p class="quiet small">${sayHouse("edgesInfo")}</p></section>`;
  }
}

function stateOf({ connected, sinceUnixMs }: HouseHealth["edges"][number]): string {
  if (sinceUnixMs === null) return sayHouse("edgeNever");
  return sayHouse(connected ? "edgeSince" : "edgeAwaySince", { time: atTime(sinceUnixMs) });
}
customElements.define("earshot-edges", HouseEdges);
