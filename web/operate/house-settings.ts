import { html, nothing } from "lit";
import { CONTRAST_MIN, contrast, lighten, looksOnAir, PAPER } from "../../src/wire/colour.ts";
import type { HouseLook } from "../../src/wire/house.ts";
import type { BackstagePageState } from "../../src/wire/api.ts";
import { call, reasonOf, sendFile } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { shrinkPicture } from "../studio/shrink.ts";
import { sayHouse } from "../words/house.ts";
import { lang } from "../words/language.ts";

/** The house's own colours (styles/tokens.css), shown while nothing else was chosen. */
const OWN = { light: "#2d4a6e", dark: "#a9c4e6" } as const;
/** A logo is shown 40 pixels high; sharp screens want four times that. Pixels and bytes. */
const LOGO_SIDE = 640;
const LOGO_BYTES = 200_000;
const LANGUAGES = ["en", "de"] as const;

/** Name, colours with their contrast, logo, links and languages of the house. */
export class HouseSettingsForm extends LightElement {
  static override properties = { look: { attribute: false } };
  declare look: HouseLook;
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  /** Colours as they are being chosen. */
  #colours: Partial<Record<"light" | "dark", string>> = {};
  #told = "";
  #wrong = "";

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim() || null;
    const languages = fields.getAll("language").map(String);
    const first = String(fields.get("first") ?? "");
    await this.#do(() =>
      call("PATCH", "/api/house", {
        name: text("name"),
        accent: fields.has("ownLight") ? null : text("light"),
        accentDark: fields.has("ownDark") ? null : text("dark"),
        imprintUrl: text("imprint"),
        privacyUrl: text("privacy"),
        languages: [...languages.filter((one) => one === first), ...languages.filter((one) => one !== first)],
      }),
    );
  }

  async #choose(change: Event): Promise<void> {
    const input = change.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file === undefined) return;
    // A small PNG keeps its transparency; only what is too large is drawn anew.
    await this.#do(async () =>
      sendFile<HouseLook>("/api/house/logo", file.size <= LOGO_BYTES ? file : ((await shrinkPicture(file, LOGO_SIDE, LOGO_BYTES)) ?? file)),
    );
    input.value = "";
  }

  async #do(act: () => ReturnType<typeof call<HouseLook>>): Promise<void> {
    const done = await act();
    this.#wrong = done.ok ? "" : reasonOf(done.problem);
    this.#told = done.ok ? sayHouse("saved") : "";
    if (done.ok) {
      this.look = done.answer;
      this.#colours = {};
    }
    this.requestUpdate();
  }

  override render() {
    const { name, logo, imprintUrl, privacyUrl, languages } = this.look;
    return html`<section class="card" id="house-settings"><h2>${sayHouse("looks")}</h2><p class="quiet small">${sayHouse("looksInfo")}</p>
      <div class="row">${logo === null ? nothing : html`<img class="logo" alt=${sayHouse("logo")} src=${new URL(`/pictures/${logo.file}`, this.#page.publicUrl).href}>`}
        <label class="button">${sayHouse("chooseLogo")}<input type="file" class="hidden" accept="image/png,image/jpeg,image/webp" @change=${(change: Event) => this.#choose(change)}></label>
        ${logo === null ? nothing : html`<button id="logo-remove" @click=${() => this.#do(() => call("DELETE", "/api/house/logo"))}>${sayHouse("removeLogo")}</button>`}</div>
      <form class="dialog" @submit=${(event: SubmitEvent) => this.#save(event)}>
        <label class="field">${sayHouse("name")}<input name="name" required maxlength="60" .value=${name}></label>
        ${this.#renderColour("light", this.look.accent)}${this.#renderColour("dark", this.look.accentDark)}
        <label class="field">${sayHouse("imprint")}<input name="imprint" type="url" placeholder="https://" .value=${imprintUrl ?? ""}></label>
        <label class="field">${sayHouse("privacy")}<input name="privacy" type="url" placeholder="https://" .value=${privacyUrl ?? ""}></label>
        <fieldset><legend>${sayHouse("languages")}</legend><div class="row">${LANGUAGES.map((one) => html`<label class="choice"><input type="checkbox" name="language" value=${one} .checked=${languages.includes(one)}> ${languageOf(one)}</label>`)}</div>
        <label class="field">${sayHouse("firstLanguage")}<select name="first">${LANGUAGES.map((one) => html`<option value=${one} ?selected=${languages[0] === one}>${languageOf(one)}</option>`)}</select></label></fieldset>
        ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
        <div class="row"><button class="primary" id="house-save">${sayHouse("save")}</button><span role="status">${this.#told}</span></div></form></section>`;
  }

  #renderColour(paper: "light" | "dark", set: string | null) {
    const light = this.#colours.light ?? this.look.accent;
    const colour = this.#colours[paper] ?? set ?? (paper === "dark" && light !== null ? lighten(light) : OWN[paper]);
    const found = contrast(colour, PAPER[paper]);
    const good = found >= CONTRAST_MIN && !looksOnAir(colour);
    const choose = (event: Event) => {
      this.#colours = { ...this.#colours, [paper]: (event.target as HTMLInputElement).value };
      this.requestUpdate();
    };
    const own = this.#colours[paper] === undefined && set === null;
    const value = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(found);
    return html`<fieldset><legend>${sayHouse(paper === "light" ? "colourLight" : "colourDark")}</legend>
      <div class="row"><label class="choice"><input type="color" name=${paper} .value=${colour} @input=${choose}> ${colour}</label>
      <span class="swatch" style="background:${PAPER[paper]};color:${colour}">${sayHouse("sample")}</span>
      <label class="choice"><input type="checkbox" name=${paper === "light" ? "ownLight" : "ownDark"} .checked=${own}> ${sayHouse(paper === "light" ? "ownColour" : "madeColour")}</label></div>
      <p role="status" class=${good ? "quiet small" : "bad small"}>${sayHouse(looksOnAir(colour) ? "isOnAir" : good ? "contrastGood" : "contrastBad", { value })}</p></fieldset>`;
  }
}
customElements.define("earshot-house-settings", HouseSettingsForm);

function languageOf(tag: string): string {
  return new Intl.DisplayNames([lang], { type: "language" }).of(tag) ?? tag;
}
