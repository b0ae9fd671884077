import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Statement } from "../../src/wire/wall-api.ts";
import type { ModerationAct } from "../../src/wire/wall.ts";
import { locale } from "../words/language.ts";
import { roleInWords, tellWall, type WallWord } from "../words/wall.ts";

/** Sends an appeal against an act; false when it was refused. */
type Appeal = (act: string, text: string) => Promise<boolean>;

/** What each act is called to the person concerned. */
const ACT_WORDS: Readonly<Record<ModerationAct, WallWord>> = {
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
    <p>${tellWall("ruleBroken")}: ${tellWall(rule)}. ${reason === "" ? nothing : html`${tellWall("reasonGiven")}: <bdi>${reason}</bdi> `}${end} ${inForce || !["hold", "remove", "suspend"].includes(act) ? nothing : tellWall("over")}</p>
    <p class="quiet small">${decided}</p>`;
}

/** Everything that moderators told this browser, with the way to appeal. */
export function renderNotices(statements: readonly Statement[], appeal: Appeal): TemplateResult | typeof nothing {
  if (statements.length === 0) return nothing;
  return html`<section class="card" id="told" role="region" aria-live="polite" aria-labelledby="told-title"><h2 id="told-title">${tellWall("yours")}</h2>
    ${repeat(
      statements,
      ({ id }) => id,
      (one, index) => renderNotice(one, index === 0, appeal),
    )}</section>`;
}

/** What holds, what came last and what was appealed against is told in full; of what is over, the first line, and the rest behind it. */
function renderNotice(one: Statement, last: boolean, appeal: Appeal): TemplateResult {
  const title = tellWall(ACT_WORDS[one.act]);
  const holds = one.inForce && ["hold", "remove", "suspend"].includes(one.act);
  const inFull = holds || last || one.appeal.state !== "none";
  return html`<div class=${holds ? "notice holds" : "notice"} data-told=${one.act} data-appeal=${one.appeal.state}>
    ${inFull ? html`<h3>${title}</h3>${renderFacts(one)}${renderAppeal(one, appeal)}` : html`<details><summary>${title}</summary><div class="facts">${renderFacts(one)}</div></details>`}</div>`;
}

function renderAppeal({ id, mayAppeal, appeal: { state, answer } }: Statement, appeal: Appeal) {
  if (mayAppeal)
    return html`<details><summary>${tellWall("appeal")}</summary><form @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      void appeal(id, String(new FormData(event.target as HTMLFormElement).get("appeal") ?? ""));
    }}><label class="field">${tellWall("appealText")}<textarea name="appeal" required rows="3"></textarea></label><div class="row"><button data-act="appeal">${tellWall("appealSend")}</button></div></form></details>`;
  if (state === "none") return nothing;
  return html`<p>${tellWall(state === "open" ? "appealOpen" : state === "granted" ? "appealGranted" : "appealRefused")}${answer === "" ? nothing : html` <bdi>${answer}</bdi>`}</p>`;
}
