import { html, nothing, type TemplateResult } from "lit";
import type { Statement } from "../../src/wire/wall-api.ts";
import type { ModerationAct } from "../../src/wire/wall.ts";
import { locale } from "../words/language.ts";
import { roleInWords, tellWall, type WallWord } from "../words/wall.ts";

/** What each act is called to the person concerned. */
export const ACT_WORDS: Readonly<Record<ModerationAct, WallWord>> = {
  hold: "actHold",
  remove: "actRemove",
  suspend: "actSuspend",
  release: "actRelease",
  restore: "actRestore",
  reinstate: "actReinstate",
};

/** A date and time as the reader writes it. */
export function dateInWords(date: string): string {
  return new Date(date).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

/** Facts of an act: rule, reason, who decided, until when. @spec Regulation (EU) 2022/2065 Article 17 */
export function renderFacts({ act, rule, reason, by, automated, date, until, inForce, text }: Statement): TemplateResult {
  const when = dateInWords(date);
  const decided = automated ? tellWall("byRule", { date: when }) : tellWall("by", { role: roleInWords(by) || by, date: when });
  const end = act !== "suspend" ? "" : until === null ? tellWall("forGood") : tellWall("until", { date: dateInWords(until) });
  return html`${text === null ? nothing : html`<p class="said quiet" dir="auto">${text}</p>`}
    <p>${tellWall("rule")}: ${tellWall(rule)}. ${reason === "" ? nothing : html`${tellWall("reason")}: <bdi>${reason}</bdi> `}${end} ${inForce || !["hold", "remove", "suspend"].includes(act) ? nothing : tellWall("over")}</p>
    <p class="quiet small">${decided}</p>`;
}

/** Everything that moderators told this browser, with the way to appeal. */
export function renderNotices(statements: readonly Statement[], appeal: (act: string, text: string) => Promise<boolean>): TemplateResult | typeof nothing {
  if (statements.length === 0) return nothing;
  return html`<section class="card" id="told" role="region" aria-live="polite" aria-labelledby="told-title"><h2 id="told-title">${tellWall("yours")}</h2>
    ${statements.map((one) => html`<div class=${one.inForce ? "notice now" : "notice"} data-told=${one.act} data-appeal=${one.appeal.state}><strong>${tellWall(ACT_WORDS[one.act])}</strong>${renderFacts(one)}${renderAppeal(one, appeal)}</div>`)}</section>`;
}

function renderAppeal({ id, mayAppeal, appeal: { state, answer } }: Statement, appeal: (act: string, text: string) => Promise<boolean>) {
  if (mayAppeal)
    return html`<details><summary>${tellWall("appeal")}</summary><form @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      void appeal(id, String(new FormData(event.target as HTMLFormElement).get("appeal") ?? ""));
    }}><label class="field">${tellWall("appealText")}<textarea name="appeal" required rows="3"></textarea></label><div class="row"><button data-act="appeal">${tellWall("appealSend")}</button></div></form></details>`;
  if (state === "none") return nothing;
  return html`<p>${tellWall(state === "open" ? "appealOpen" : state === "granted" ? "appealGranted" : "appealRefused")}${answer === "" ? nothing : html` <bdi>${answer}</bdi>`}</p>`;
}
