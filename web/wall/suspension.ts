import { html, type TemplateResult } from "lit";
import { tellWall, type WallWord } from "../words/wall.ts";
import { renderRules } from "./report-form.ts";

/** Lengths of a suspension. Minutes; null: for good. */
const TERMS: readonly (readonly [WallWord, number | null])[] = [
  ["hour", 60],
  ["day", 24 * 60],
  ["week", 7 * 24 * 60],
  ["forGood", null],
];

/** Rule and reason of an act of moderation, as the person concerned will read them. */
export function renderGrounds(): TemplateResult {
  return html`${renderRules()}<label class="field">${tellWall("reason")}<textarea name="reason" required rows="2"></textarea></label>`;
}

/** How long a suspension lasts, and whether it hides what they wrote. */
export function renderTerm(): TemplateResult {
  return html`<label class="field">${tellWall("minutes")}<select name="minutes">${TERMS.map(([word, minutes]) => html`<option value=${minutes ?? ""}>${tellWall(word)}</option>`)}</select></label>
    <label class="choice"><input type="checkbox" name="hide"> ${tellWall("hidePosts")}</label>`;
}

/** What was filled in with {@link renderGrounds}. */
export function readGrounds(fields: FormData): { readonly rule: unknown; readonly reason: unknown } {
  return { rule: fields.get("rule"), reason: fields.get("reason") };
}

/** What was filled in with {@link renderTerm}. */
export function readTerm(fields: FormData): { readonly minutes: number | null; readonly hidePosts: boolean } {
  const minutes = String(fields.get("minutes") ?? "");
  return { minutes: minutes === "" ? null : Number(minutes), hidePosts: fields.get("hide") !== null };
}
