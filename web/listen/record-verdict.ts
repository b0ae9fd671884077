import { FINDINGS, type FindingCode, type Verdict, verifyInBrowser } from "../../src/ledger/verify/browser.ts";
import { lang } from "../words/language.ts";
import { findingInWords, say } from "../words/record.ts";

const number = (value: number, digits = 0) => new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
const time = (unixMs: number) => new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium" }).format(unixMs);

/** Checks the record at an event's address and says the outcome in `box`, first without the recording, whose bytes are many. */
export async function checkRecord(box: HTMLElement, address: string, replay = false): Promise<void> {
  const status = add(box, "p", say("checking"));
  status.setAttribute("role", "status");
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", say("checking"));
  box.replaceChildren(status, bar);
  const progress = (_: string, done: number, total: number) => {
    bar.max = total;
    bar.value = done;
  };
  try {
    const verdict = await verifyInBrowser(address, { replay, progress });
    bar.remove();
    showVerdict(box, status, verdict, replay);
    if (replay || verdict.replay.segments === 0) return;
    const button = add(box, "button", say("compare", { size: number(verdict.replay.bytes / 1e6, 1) })) as HTMLButtonElement;
    button.type = "button";
    button.addEventListener("click", () => void checkRecord(box, address, true));
  } catch (cause) {
    bar.remove();
    const unknown = cause instanceof DOMException && cause.name === "NotSupportedError";
    status.textContent = unknown ? say("unsupported") : say("unreadable", { cause: cause instanceof Error ? cause.message : String(cause) });
  }
}

function showVerdict(box: HTMLElement, status: HTMLElement, verdict: Verdict, replay: boolean): void {
  const { result, entries, findings, replay: report, acts } = verdict;
  status.className = `verdict ${result}`;
  status.textContent = say(result);
  const facts = [
    say("entries", { entries: number(entries), incidents: number(acts.incidents) }),
    ...audienceOf(verdict),
    ...witnessesOf(verdict),
    say(replay ? "compared" : "notCompared", { compared: number(report.compared - report.differing), segments: number(report.segments) }),
  ];
  for (const fact of facts) add(box, "p", fact);
  const machines = machinesOf(verdict);
  if (machines.length > 1) box.append(listed(say("machines", { count: number(machines.length) }), machines));
  if (findings.length > 0) add(box, "details", "").append(...findingsOf(verdict));
  add(box, "p", say("limits")).className = "quiet";
}

/** The figures as this page has worked them out again, and what speaks for them. */
function audienceOf({ audience, uniques, bytesOverNeeded }: Verdict): string[] {
  if (audience?.peak === undefined || audience.grossSessions === 0) return [];
  const { peak, peakLow, peakHigh, listenedMs, sessions, sessionsLow, sessionsHigh, average, turnedAway, automatedPeak, bytes } = audience;
  const exact = peakLow === peakHigh && sessionsLow === sessionsHigh;
  const bounds = { low: number(peakLow), high: number(peakHigh), sessionsLow: number(sessionsLow), sessionsHigh: number(sessionsHigh) };
  return [
    say("figures", { peak: number(peak.listening), time: time(peak.t), sessions: number(sessions), hours: number(listenedMs / 3_600_000, 1) }),
    say("defined"),
    ...(exact ? [] : [say("bounded", bounds)]),
    say("further", { average: number(average, 1), turnedAway: number(turnedAway), automated: number(automatedPeak) }),
    // Twice the standard error holds nineteen times out of twenty, as in the studio.
    ...(uniques === undefined ? [] : [say("unique", { unique: number(uniques.estimate), percent: number(uniques.error * 200, 1) })]),
    ...(bytesOverNeeded === undefined ? [] : [say("bytes", { sent: number(bytes / 1e6, 1), ratio: number(bytesOverNeeded, 2) })]),
  ];
}

/** What each machine that counted said for itself. */
function machinesOf({ edges }: Verdict): string[] {
  return edges.flatMap(({ edge, operator, peak, sessions, listenedMs }) => {
    if (peak === undefined) return [];
    const name = edge === "house" ? say("house") : `${edge}${operator === "" ? "" : ` (${operator})`}`;
    return [say("machine", { name, peak: number(peak.listening), sessions: number(sessions), hours: number(listenedMs / 3_600_000, 1) })];
  });
}

function listed(title: string, texts: readonly string[]): HTMLElement {
  const details = document.createElement("details");
  add(details, "summary", title);
  const list = add(details, "ul", "");
  for (const text of texts) add(list, "li", text);
  return details;
}

function witnessesOf({ witnesses, quorum }: Verdict): string[] {
  if (witnesses.length === 0) return [];
  const signed = witnesses.filter(({ newest }) => newest).length;
  return [say("witnessed", { signed: number(signed), witnesses: number(witnesses.length), quorum: number(quorum) })];
}

function findingsOf({ findings, counts }: Verdict): HTMLElement[] {
  const summary = document.createElement("summary");
  summary.textContent = say("found", { count: number(Object.keys(counts).length) });
  const list = document.createElement("ul");
  for (const code of Object.keys(counts) as FindingCode[]) {
    const item = add(list, "li", lang === "de" ? findingInWords(code) : FINDINGS[code][1]);
    item.className = FINDINGS[code][0];
    if (FINDINGS[code][0] === "note") continue;
    for (const { where } of findings.filter((finding) => finding.code === code)) add(item, "code", where);
  }
  return [summary, list];
}

function add(to: HTMLElement, tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  to.append(element);
  return element;
}
