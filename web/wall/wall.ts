import { html } from "lit";
import type { BackstagePageState } from "../../src/wire/api.ts";
import { paths } from "../../src/wire/paths.ts";
import { LightElement } from "../studio/light-element.ts";
import { lang } from "../words/language.ts";
import { tellWall } from "../words/wall.ts";
import { takeInvitation } from "./invitation.ts";
import { WallView } from "./wall-view.ts";

/** The page where listeners write. */
class WallPage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  readonly #view = new WallView();

  override connectedCallback(): void {
    document.documentElement.lang = lang;
    const slug = /^\/wall\/([a-z0-9-]+)/.exec(location.pathname)?.[1] ?? "";
    this.#view.place = { slug, readAt: this.#page.publicUrl, writeAt: "", invitation: takeInvitation(slug), onOwn: () => this.requestUpdate() };
    super.connectedCallback();
  }

  override render() {
    const { slug } = this.#view.place;
    const title = (this.#page.event ?? this.#view.own)?.title ?? "";
    return html`<main class="page reading"><div class="head"><h1 dir="auto">${title === "" ? document.title : title}</h1><a href="${this.#page.publicUrl}${paths.event(slug)}">${tellWall("toEvent")}</a></div>${this.#view}</main>`;
  }
}
customElements.define("earshot-wall", WallPage);
