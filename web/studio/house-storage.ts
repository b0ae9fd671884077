import { html, nothing } from "lit";
import type { StorageAnswer } from "../../src/wire/storage.ts";
import { locale } from "../words/language.ts";
import { sayRecording as say } from "../words/recording.ts";
import { call } from "./api.ts";
import { LookingElement } from "./looking-element.ts";

/** How often it looks while something waits, and else. Milliseconds. */
const LOOK_MS = 15_000;

const timeOf = (unixMs: number) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(unixMs));

/** Where the house keeps its recordings, for how long, and what waits for a store that takes nothing. For the operator; nobody else is answered. */
export class HouseStorage extends LookingElement {
  #storage: StorageAnswer | undefined;
  protected readonly lookMs = LOOK_MS;

  protected async look(): Promise<void> {
    const called = await call<StorageAnswer>("GET", "/api/storage");
    if (called.ok) this.#storage = called.answer;
  }

  override render() {
    if (this.#storage === undefined) return nothing;
    const { place, localDays, recordingDays, files, bytes, deletions, waitingSinceUnixMs, lost } = this.#storage;
    const lies = place === null ? say("here") : localDays === null ? say("also", { place }) : say("alsoFor", { place, days: String(localDays) });
    return html`<section class="card" id="storage"><h2>${say("storage")}</h2><p>${lies}</p>
      <p class="quiet">${recordingDays === null ? say("houseForGood") : say("houseDays", { days: String(recordingDays) })}</p>
      ${lost === null ? nothing : html`<p class="wrong" role="alert">${say(lost.code === "store-away" ? "lostAway" : "lostRefused", { time: timeOf(lost.sinceUnixMs), reason: lost.reason })}</p>`}
      ${waitingSinceUnixMs === null || files === 0 ? nothing : html`<p class="quiet">${say("queue", { time: timeOf(waitingSinceUnixMs), files: String(files), megabytes: (bytes / 1e6).toFixed(1) })}</p>`}
      ${waitingSinceUnixMs === null || deletions === 0 ? nothing : html`<p class="quiet">${say("queueDeletions", { time: timeOf(waitingSinceUnixMs), deletions: String(deletions) })}</p>`}</section>`;
  }
}
customElements.define("earshot-storage", HouseStorage);
