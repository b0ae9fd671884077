import { html, nothing } from "lit";
import type { SeriesView } from "../../src/wire/series.ts";
import { call, reasonOf } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { sayHouse } from "../words/house.ts";
import { plan } from "../words/planning.ts";
import { say } from "../words/studio.ts";

/** The series of the house: where each is, what it is called and about, and a new one. Fires `changed` when something was. */
export class HouseSeries extends LightElement {
  static override properties = { series: { attribute: false } };
  declare series: readonly SeriesView[];
  /** What became of the last change, and of which series; the empty slug is the new one. */
  #said: { readonly slug: string; readonly text: string; readonly wrong: boolean } | undefined;

  async #save(event: SubmitEvent, slug: string): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const texts = { title: String(fields.get("title") ?? ""), description: String(fields.get("description") ?? "") };
    const called = slug === "" ? await call("POST", "/api/series", texts) : await call("PATCH", `/api/series/${slug}`, texts);
    this.#said = { slug, text: called.ok ? plan("saved") : reasonOf(called.problem), wrong: !called.ok };
    if (called.ok && slug === "") form.reset();
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent("changed"));
  }

  #renderForm({ slug, title, description }: Pick<SeriesView, "slug" | "title" | "description">) {
    const said = this.#said?.slug === slug ? this.#said : undefined;
    return html`<form class="dialog" data-series=${slug} @submit=${(event: SubmitEvent) => this.#save(event, slug)}>
      <label class="field">${plan("seriesName")}<input name="title" dir="auto" required maxlength="120" .value=${title}></label>
      <label class="field">${say("description")}<textarea name="description" dir="auto" rows="3" maxlength="4000" .value=${description}></textarea></label>
      <div class="row"><button>${slug === "" ? plan("doDuplicate") : plan("save")}</button><span role="status" class=${said?.wrong ? "wrong" : "quiet"}>${said?.text}</span></div></form>`;
  }

  override render() {
    return html`<section class="card" id="house-series"><h2>${sayHouse("series")}</h2>
      ${
        this.series.length === 0
          ? nothing
          : html`<ul class="list">${this.series.map(
              (one) =>
                html`<li><a href=${one.publicUrl}><bdi>${one.title}</bdi></a> <span class="quiet small">${sayHouse("eventCount", { number: String(one.events) })}</span> <a class="small" href=${one.feedUrl} aria-label=${`${sayHouse("feed")}: ${one.title}`}>${sayHouse("feed")}</a>
        <details><summary>${plan("edit")}<span class="hidden">: <bdi>${one.title}</bdi></span></summary>${this.#renderForm(one)}</details></li>`,
            )}</ul>`
      }
      <details id="new-series"><summary>${sayHouse("newSeries")}</summary>${this.#renderForm({ slug: "", title: "", description: "" })}</details></section>`;
  }
}
customElements.define("earshot-series", HouseSeries);
