import { html, nothing } from "lit";
import { SLOW_SECONDS_MAX, WALL_HOLDS, WALL_OPENINGS, type WallHold, type WallOpening } from "../../src/wire/wall.ts";
import type { WallSettings } from "../../src/wire/wall-api.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { tellWall, type WallWord } from "../words/wall.ts";

const OPENING_WORDS: Readonly<Record<WallOpening, WallWord>> = { off: "openingOff", accounts: "openingAccounts", everyone: "openingEveryone" };
const HOLD_WORDS: Readonly<Record<WallHold, WallWord>> = { none: "holdNone", guests: "holdGuests", all: "holdAll" };

/** Who may write, what moderators see first, slow mode, word list, lock. */
export class WallSettingsForm extends LightElement {
  static override properties = { slug: {}, settings: { hasChanged: (next: unknown, last: unknown) => JSON.stringify(next) !== JSON.stringify(last) } };
  declare slug: string;
  declare settings: WallSettings;
  #wrong = "";
  #done = "";

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const words = String(fields.get("words") ?? "")
      .split("\n")
      .map((word) => word.trim())
      .filter((word) => word !== "");
    const called = await call<WallSettings>("PATCH", `/api/events/${this.slug}/wall`, {
      ...{ opening: fields.get("opening"), hold: fields.get("hold"), slowSeconds: Number(fields.get("slow") ?? 0), words },
      ...{ locked: fields.get("locked") !== null, tally: fields.get("tally") !== null },
    });
    if (called.ok) this.settings = called.answer;
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.#done = called.ok ? tellWall("saved") : "";
    this.requestUpdate();
  }

  override render() {
    const { opening, hold, slowSeconds, words, locked, tally } = this.settings;
    return html`<section class="card"><h2>${tellWall("settings")}</h2><form id="wall-settings" @submit=${(event: SubmitEvent) => this.#save(event)}>
      <fieldset><legend>${tellWall("mayWrite")}</legend>${WALL_OPENINGS.map((one) => html`<label class="choice"><input type="radio" name="opening" value=${one} .checked=${one === opening}> ${tellWall(OPENING_WORDS[one])}</label>`)}</fieldset>
      <label class="field">${tellWall("holdLabel")}<select name="hold">${WALL_HOLDS.map((one) => html`<option value=${one} .selected=${one === hold}>${tellWall(HOLD_WORDS[one])}</option>`)}</select></label>
      <label class="field">${tellWall("slowLabel")}<input type="number" name="slow" min="0" max=${SLOW_SECONDS_MAX} .value=${String(slowSeconds)}></label>
      <label class="field">${tellWall("words")}<textarea name="words" rows="3" .value=${words.join("\n")}></textarea></label>
      <label class="choice"><input type="checkbox" name="locked" .checked=${locked}> ${tellWall("lock")}</label>
      <label class="choice"><input type="checkbox" name="tally" .checked=${tally}> ${tellWall("publicTally")}</label>
      <div class="row"><button class="primary" id="save-wall">${tellWall("save")}</button><span role="status">${this.#done}</span></div>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}</form></section>`;
  }
}
customElements.define("earshot-wall-settings", WallSettingsForm);
