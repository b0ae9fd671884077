import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import { COVER_BYTES_MAX, COVER_SIDE, PICTURE_BYTES_MAX, PICTURE_SIDE_MAX } from "../../src/wire/picture-limits.ts";
import { plan } from "../words/planning.ts";
import { call, reasonOf, sendFile } from "./api.ts";
import { LightElement } from "./light-element.ts";
import { shrinkPicture } from "./shrink.ts";

/** Side a picture that is too large is drawn at. Pixels; the most podcast directories ask for. */
const DRAWN_SIDE = 3_000;

/** The event's picture: shown, chosen, taken away. A file that is too large is made smaller here. */
export class ArtworkPanel extends LightElement {
  static override properties = { event: { attribute: false } };
  declare event: EventView;
  #wrong = "";
  #busy = false;

  async #choose(change: Event): Promise<void> {
    const input = change.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file === undefined) return;
    await this.#do(async () => {
      const size = await createImageBitmap(file).catch(() => undefined);
      const large = size !== undefined && (file.size > PICTURE_BYTES_MAX || Math.max(size.width, size.height) > PICTURE_SIDE_MAX);
      size?.close();
      const sent = large ? ((await shrinkPicture(file, DRAWN_SIDE, PICTURE_BYTES_MAX)) ?? file) : file;
      const done = await sendFile<EventView>(this.#path, sent);
      const cover = done.ok ? await shrinkPicture(file, COVER_SIDE, COVER_BYTES_MAX) : undefined;
      // Without the small copy the recording shows the drawn picture: nothing to bother anybody with.
      return cover === undefined ? done : await sendFile<EventView>(`${this.#path}?as=cover`, cover);
    });
    input.value = "";
  }

  get #path(): string {
    return `/api/events/${this.event.slug}/artwork`;
  }

  async #do(act: () => ReturnType<typeof call<EventView>>): Promise<void> {
    this.#busy = true;
    this.requestUpdate();
    const done = await act();
    this.#busy = false;
    this.#wrong = done.ok ? "" : reasonOf(done.problem);
    if (done.ok) {
      this.event = done.answer;
      this.dispatchEvent(new CustomEvent("planned", { detail: done.answer }));
    }
    this.requestUpdate();
  }

  override render() {
    const { artwork, publicUrl } = this.event;
    return html`<section class="card" id="artwork"><h2>${plan("artwork")}</h2><p class="quiet small">${plan("artworkInfo")}</p>
      ${artwork === undefined ? nothing : html`<img class="artwork" alt="" src=${new URL(`/pictures/${artwork.file}`, publicUrl).href} width=${artwork.width} height=${artwork.height}>`}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <div class="row"><label class="button">${plan("chooseArtwork")}<input type="file" class="hidden" accept="image/png,image/jpeg,image/webp" ?disabled=${this.#busy} @change=${(change: Event) => this.#choose(change)}></label>
      ${artwork === undefined ? nothing : html`<button id="artwork-remove" ?disabled=${this.#busy} @click=${() => this.#do(() => call("DELETE", this.#path))}>${plan("removeArtwork")}</button>`}</div></section>`;
  }
}
customElements.define("earshot-artwork", ArtworkPanel);
