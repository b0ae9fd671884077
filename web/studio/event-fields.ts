import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import type { SeriesView } from "../../src/wire/series.ts";
import { plan } from "../words/planning.ts";
import { say } from "../words/studio.ts";

/** The zone of this browser. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Every zone the browser knows, with `first` in any case. */
function zones(first: string): readonly string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes(first) ? known : [first, ...known];
}

/** An instant as a `datetime-local` field shows it: wall-clock time of a zone. */
export function fieldTime(iso: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return format.format(new Date(iso)).replace(" ", "T");
}

/** A start time offered at first: the next full hour here. */
export function nextHour(): string {
  const date = new Date(Date.now() + 3_600_000);
  date.setMinutes(0, 0, 0);
  return fieldTime(date.toISOString(), ownZone);
}

/** Fields for start and zone. */
export function timeFields(start: string, timeZone: string, label: string) {
  return html`<label class="field">${label}<input name="start" type="datetime-local" required .value=${start}></label>
    <label class="field">${plan("zone")}<select name="zone">${zones(timeZone).map((zone) => html`<option ?selected=${zone === timeZone}>${zone}</option>`)}</select></label>`;
}

/** Fields that creating and editing have in common; filled from an event when there is one. */
export function announcementFields(event: EventView | undefined) {
  const doors = event === undefined ? 15 : (Date.parse(event.startDate) - Date.parse(event.doorTime)) / 60_000;
  return html`<label class="field">${say("description")}<textarea name="description" dir="auto" rows="3" maxlength="4000" .value=${event?.description ?? ""}></textarea></label>
    <details ?open=${event !== undefined}><summary>${plan("moreFields")}</summary>
    <label class="field">${plan("length")}<input name="length" type="number" min="5" max="1440" required .value=${String(event?.schedule?.plannedMinutes ?? 60)}></label>
    <label class="field">${plan("doors")}<input name="doors" type="number" min="0" max="1440" required .value=${String(doors)}></label>
    <label class="field">${plan("language")} <span class="quiet small">${plan("languageHint")}</span><input name="language" maxlength="35" .value=${event?.language ?? ""}></label>
    <label class="field">${plan("visibility")} <span class="quiet small">${plan("invitedHint")}</span><select name="visibility">${(["public", "unlisted", "invited"] as const).map((value) => html`<option value=${value} ?selected=${value === (event?.visibility ?? "public")}>${plan(value)}</option>`)}</select></label>
    <label class="field">${plan("cap")}<input name="cap" type="number" min="1" .value=${String(event?.mostListeners ?? "")}></label>
    <label class="choice"><input type="checkbox" name="embed" .checked=${event?.embed ?? true}> ${plan("embed")}</label></details>`;
}

/** Choice of the series an event belongs to; nothing where the house has none, or none may be told. */
export function seriesField(series: readonly SeriesView[], chosen: string | undefined) {
  if (series.length === 0) return nothing;
  return html`<label class="field">${plan("series")}<select name="series"><option value="">${plan("noSeries")}</option>${series.map(({ slug, title }) => html`<option value=${slug} ?selected=${slug === chosen}>${title}</option>`)}</select></label>`;
}

/** What {@link announcementFields} and a title field hold, as the API takes it. */
export function readAnnouncement(form: HTMLFormElement) {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  return {
    title: text("title"),
    description: text("description"),
    language: text("language"),
    visibility: text("visibility"),
    plannedMinutes: Number(text("length")),
    doorsMinutesBefore: Number(text("doors")),
    embed: fields.has("embed"),
    ...(fields.has("series") ? { series: text("series") } : {}),
    mostListeners: text("cap") === "" ? null : Number(text("cap")),
  };
}
