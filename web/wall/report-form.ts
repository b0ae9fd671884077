import { html, type TemplateResult } from "lit";
import { MODERATION_RULES, type ModerationRule } from "../../src/wire/wall.ts";
import { tellWall } from "../words/wall.ts";

/** Rules that a person names; the others are the house's own. */
const NAMED: readonly ModerationRule[] = MODERATION_RULES.filter((rule) => rule !== "word-list" && rule !== "pre-moderation");

/** A choice among the rules. */
export function renderRules(): TemplateResult {
  return html`<label class="field">${tellWall("rule")}<select name="rule">${NAMED.map((rule) => html`<option value=${rule}>${tellWall(rule)}</option>`)}</select></label>`;
}

/** The dialog in which a listener tells the moderators of a post. */
export function renderReport(send: (rule: string, reason: string) => Promise<void>): TemplateResult {
  return html`<dialog id="report" aria-labelledby="report-title"><h2 id="report-title">${tellWall("reportTitle")}</h2><form class="dialog" method="dialog" @submit=${(
    event: SubmitEvent,
  ) => {
    const fields = new FormData(event.target as HTMLFormElement);
    if ((event.submitter as HTMLButtonElement | null)?.value === "send") void send(String(fields.get("rule")), String(fields.get("reason") ?? ""));
  }}>${renderRules()}<label class="field">${tellWall("reason")}<textarea name="reason" rows="2"></textarea></label>
    <div class="row"><button value="send" class="primary" data-act="send-report">${tellWall("reportSend")}</button><button value="cancel">${tellWall("cancel")}</button></div></form></dialog>`;
}
