import { html } from "lit";
import type { BackstagePageState } from "../../src/wire/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { lang } from "../words/language.ts";
import { WallView } from "./wall-view.ts";

/** The page where listeners write. */
class WallPage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #view = new WallView();

  override connectedCallback(): void {
    document.documentElement.lang = lang;
    const slug = /^\/wall\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
    this.#view.place = { slug, readAt: this.#page.publicUrl, writeAt: "" };
    super.connectedCallback();
  }

  override render() {
    return html`<main class="page reading"><h1 dir="auto">${this.#page.event?.title ?? "Earshot"}</h1>${this.#view}</main>`;
  }
}
customElements.define("earshot-wall", WallPage);
