import { html, nothing } from "lit";
import type { RecordingAnswer, RecordingEdit } from "../../src/wire/recording.ts";
import { clock, readPlace } from "../listen/time.ts";
import { locale } from "../words/language.ts";
import { type RecordingWord, sayRecording as say } from "../words/recording.ts";
import { call, tell } from "./api.ts";
import { LookingElement } from "./looking-element.ts";
import { recordedSoFar } from "./recorded-so-far.ts";

/** How often it looks for the recording while there is none. Milliseconds. */
const LOOK_MS = 5_000;

/** What a host is told about where it lies. */
const STORE_WORDS: Readonly<Record<NonNullable<RecordingAnswer["store"]>, RecordingWord | undefined>> = {
  sending: "sending",
  waits: "waits",
  both: "both",
  "store-only": "storeOnly",
  deleting: "deleting",
  "deletion-waits": "deletionWaits",
  deleted: undefined,
};

const dayOf = (unixMs: number) => new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(unixMs));

/** How much there is of it. */
function length({ durationSeconds, soFar, bytes }: RecordingAnswer): string {
  const megabytes = (bytes / 1e6).toFixed(1);
  if (durationSeconds !== null) return say("there", { length: clock(durationSeconds), megabytes });
  return soFar === undefined ? say("none") : say("soFar", { length: clock(soFar.seconds), megabytes });
}

/** What becomes of the recording: where the replay begins, clips, how long it is kept, and deleting it. */
export class RecordingPanel extends LookingElement {
  static override properties = { slug: {} };
  declare slug: string;
  #recording: RecordingAnswer | undefined;
  #said = "";
  #wrong = "";
  protected readonly lookMs = LOOK_MS;

  /** Nothing changes any more once the recording is whole or deleted. */
  protected override get rests(): boolean {
    return super.rests || this.#recording?.durationSeconds != null || this.#recording?.deletedUnixMs !== undefined;
  }

  protected async look(): Promise<void> {
    const called = await call<RecordingAnswer>("GET", `/api/events/${this.slug}/recording`);
    if (called.ok) this.#recording = called.answer;
  }

  async #ask(method: "PATCH" | "DELETE", body?: RecordingEdit): Promise<void> {
    const called = await call<RecordingAnswer>(method, `/api/events/${this.slug}/recording`, body);
    this.#wrong = called.ok ? "" : tell(called.problem);
    this.#said = called.ok && method === "PATCH" ? say("saved") : "";
    if (called.ok) this.#recording = called.answer;
    this.requestUpdate();
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const trimStartSeconds = readPlace(String(form.get("begins")).trim());
    const days = String(form.get("keep")).trim();
    if (trimStartSeconds === undefined) {
      this.#wrong = say("place");
      this.#said = "";
      return this.requestUpdate();
    }
    await this.#ask("PATCH", { trimStartSeconds, clips: form.get("clips") !== null, keepDays: days === "" ? null : Number(days), ...this.#kept(form) });
  }

  /** What is kept while the event is on air is decided before it ends. */
  #kept(form: FormData): RecordingEdit {
    return this.#recording?.durationSeconds === null ? { keepTracks: form.get("tracks") !== null, keepLossless: form.get("lossless") !== null } : {};
  }

  #renderKept({ durationSeconds, keepTracks, keepLossless, tracks }: RecordingAnswer) {
    if (durationSeconds === null)
      return html`<label class="choice"><input type="checkbox" name="tracks" .checked=${keepTracks}> ${say("tracks")}</label>
        <p class="small quiet">${say("tracksInfo")}</p>
        <label class="choice"><input type="checkbox" name="lossless" .checked=${keepLossless}> ${say("lossless")}</label>`;
    if (tracks.length === 0) return nothing;
    return html`<h3>${say("ownTracks")}</h3><ul class="list" id="tracks">${tracks.map(
      ({ seat, name, bytes }) =>
        html`<li><a href="/api/events/${this.slug}/tracks/${seat}" download>${say("track", { name, megabytes: (bytes / 1e6).toFixed(1) })}</a></li>`,
    )}</ul><p class="small quiet">${say("ownTracksInfo")}</p>`;
  }

  override render() {
    const recording = this.#recording;
    if (recording === undefined) return nothing;
    const { durationSeconds, deletedUnixMs, keptUntilUnixMs, houseKeepDays, store } = recording;
    const place = store === undefined ? undefined : STORE_WORDS[store];
    const lies = place === undefined ? nothing : html`<p class="quiet" data-store=${store}>${say(place)}</p>`;
    if (deletedUnixMs !== undefined)
      return html`<section class="card"><h2>${say("recording")}</h2><p>${say("deleted", { date: dayOf(deletedUnixMs) })}</p>${lies}</section>`;
    return html`<section class="card"><h2>${say("recording")}</h2>
      <p class="quiet">${length(recording)}</p>${recording.soFar === undefined ? nothing : recordedSoFar(recording.soFar)}
      ${durationSeconds === null ? nothing : html`${lies}<p class="quiet" id="kept-until">${keptUntilUnixMs === undefined ? say("forGood") : say("until", { date: dayOf(keptUntilUnixMs) })}</p>`}
      <form @submit=${(event: SubmitEvent) => void this.#save(event)}>
        <label class="field">${say("begins")}<input name="begins" inputmode="numeric" autocomplete="off" .value=${clock(recording.trimStartSeconds)}></label>
        <p class="small quiet">${say("beginsInfo")}</p>
        <label class="field">${houseKeepDays === null ? say("keep") : say("keepHouse", { days: String(houseKeepDays) })}<input name="keep" type="number" min="1" max="36525" .value=${recording.keepDays === null ? "" : String(recording.keepDays)}></label>
        <label class="choice"><input type="checkbox" name="clips" .checked=${recording.clips}> ${say("clips")}</label>
        ${durationSeconds === null ? this.#renderKept(recording) : nothing}
        <div class="row"><button class="primary">${say("save")}</button>
        ${durationSeconds === null ? nothing : html`<button type="button" id="delete-recording" @click=${() => this.querySelector("dialog")?.showModal()}>${say("delete")}</button>`}
        <span role="status">${this.#said}</span></div>
      </form>
      ${durationSeconds === null ? nothing : this.#renderKept(recording)}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <dialog aria-labelledby="delete-sure"><h2 id="delete-sure">${say("deleteSure")}</h2><p class="quiet">${say("deleteInfo")}</p>
        <form method="dialog" class="row"><button id="delete-yes" class="end" @click=${() => void this.#ask("DELETE")}>${say("yes")}</button><button autofocus>${say("no")}</button></form></dialog></section>`;
  }
}
customElements.define("earshot-recording", RecordingPanel);
