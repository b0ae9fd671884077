import { html, nothing } from "lit";
import type { PathNow } from "../../src/wire/path-record.ts";
import type { RoomSeat } from "../../src/wire/room.ts";
import { sayBackstage } from "../words/backstage.ts";

/** What the light looks at. */
export interface Incidents {
  readonly seats: readonly RoomSeat[];
  readonly paths: Readonly<Record<string, PathNow>>;
  /** Whether the disk refuses the recording. */
  readonly diskRefuses: boolean;
  /** What is wrong at the door and with the store, in words. */
  readonly doors: readonly string[];
  /** Whether this page is in the room. */
  readonly linked: boolean;
}

/** Everything that needs somebody now, in words, the worst first; empty: all is well. */
export function incidentsOf({ seats, paths, diskRefuses, doors, linked }: Incidents): readonly string[] {
  const told = seats.flatMap(({ id, name, presence, away, howl }) => {
    if (presence === "reconnecting") return [sayBackstage("troubleAway", { name })];
    if (away) return [sayBackstage("troubleCall", { name })];
    if (howl !== undefined) return [sayBackstage("troubleHowl", { name })];
    const damaged = presence === "on-stage" && paths[id]?.verdict === "path";
    return damaged ? [sayBackstage("troublePath", { name })] : [];
  });
  return [...(linked ? [] : [sayBackstage("troubleLink")]), ...(diskRefuses ? [sayBackstage("troubleDisk")] : []), ...told, ...doors];
}

/** One light for all of it: shape, word and number; what it means is one tap away. */
export function renderLight(incidents: readonly string[]) {
  const bad = incidents.length > 0;
  return html`<details id="light" class=${bad ? "bad" : ""}><summary><span class="lamp" aria-hidden="true">${bad ? "▲" : "●"}</span> <span role="status">${bad ? sayBackstage("lightBad", { number: String(incidents.length) }) : sayBackstage("lightGood")}</span></summary>
    ${bad ? html`<ul>${incidents.map((text) => html`<li>${text}</li>`)}</ul>` : nothing}</details>`;
}
