import { html, nothing, type TemplateResult } from "lit";
import { languageName } from "../../src/wire/language.ts";
import { HOPS, type Hop, type PathFinding, type PathMinute, type SeatPathRecord } from "../../src/wire/path-record.ts";
import type { VoicesAnswer } from "../../src/wire/voices.ts";
import { clock } from "../listen/time.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { lang } from "../words/language.ts";
import { sayVoice as say, type VoiceWord } from "../words/voices.ts";
import { call } from "./api.ts";
import { LookingElement } from "./looking-element.ts";
import { figure, hopName, percent, processingOf, thousands, time, whatWas } from "./path-words.ts";
import { finished, reportsOf, type VoiceReport } from "./voice-report.ts";

/** How often it looks while the event goes on. Milliseconds; the tiles on the stage tell what is so just now. */
const LOOK_MS = 15_000;

/** The columns of a voice's minutes: what each is called, and what a minute has there. */
const COLUMNS: readonly (readonly [word: VoiceWord, value: (minute: PathMinute) => string])[] = [
  ["time", ({ atUnixMs }) => time(atUnixMs)],
  ["talkSeconds", ({ talkSeconds }) => figure(talkSeconds)],
  ["judged", ({ verdict, hop }) => (hop === undefined ? say(verdict === "voice" ? "isVoice" : "isUnknown") : hopName(hop))],
  ["upTo", ({ rolloffHertz }) => (rolloffHertz === undefined ? "" : thousands(rolloffHertz, 1))],
  ["ratioIn", ({ sibilanceDb }) => (sibilanceDb === undefined ? "" : figure(sibilanceDb, 1))],
  ["ratioMix", ({ mixSibilanceDb }) => (mixSibilanceDb === undefined ? "" : figure(mixSibilanceDb, 1))],
  ["voiceLoudness", ({ voiceLufs }) => (voiceLufs === undefined ? "" : figure(voiceLufs))],
  ["roomLoudness", ({ roomLufs }) => (roomLufs === undefined ? "" : figure(roomLufs))],
  ["rate", ({ bitrate }) => thousands(bitrate)],
  ["loss", ({ lossShare }) => percent(lossShare)],
  ["invented", ({ concealedMs }) => figure(concealedMs)],
  ["copies", ({ repairedMs }) => figure(repairedMs)],
];

/** "Voice or path?", while on air and after: what every voice went through, hop by hop, and who talked how long. */
export class VoicesPanel extends LookingElement {
  static override properties = { slug: {} };
  declare slug: string;
  #answer: VoicesAnswer | undefined;
  #settled = false;
  protected readonly lookMs = LOOK_MS;

  /** Nothing changes any more once the stage has written for the last time, as the event ends. */
  protected override get rests(): boolean {
    return super.rests || this.#settled;
  }

  protected async look(): Promise<void> {
    const called = await call<VoicesAnswer>("GET", `/api/events/${this.slug}/voices`);
    if (!called.ok) {
      if (called.problem.code === "recording-deleted") this.#answer = undefined;
      return;
    }
    this.#settled = called.answer.over && this.#answer?.over === true;
    this.#answer = finished(called.answer);
  }

  override render() {
    const answer = this.#answer;
    const reports = answer === undefined ? [] : reportsOf(answer);
    if (answer === undefined || reports.length === 0) return nothing;
    const { silences } = answer.talk ?? {};
    const told = silences === undefined ? {} : { count: String(silences.count), all: clock(silences.seconds), longest: clock(silences.longestSeconds) };
    return html`<section class="card" id="voices"><h2>${say("voices")}</h2><p class="quiet small">${say("info")}</p>
      <ul class="list">${reports.map((report) => html`<li class="person">${renderReport(report)}</li>`)}</ul>
      ${silences === undefined || silences.count === 0 ? nothing : html`<p class="small">${say("silences", told)}</p>`}
      ${answer.path === null ? nothing : renderEncoder(answer.path.programme)}</section>`;
  }
}

function renderReport(report: VoiceReport): TemplateResult {
  const { name, interprets, path, talk } = report;
  const task =
    interprets === undefined ? nothing : html` <span class="small">${sayInterpretation("interpreter", { language: languageName(interprets, lang) })}</span>`;
  return html`<details class="voice"><summary><span><strong><bdi>${name}</bdi></strong>${task}<br><span class="small">${verdictOf(report)}</span></span></summary>
    ${talk === undefined ? nothing : renderTalk(talk)}
    ${
      path === undefined
        ? nothing
        : html`<dl class="hops">${HOPS.map((hop) => renderHop(hop, report, path))}${renderPart(say("hopVoice"), [], findingsOf(path, "voice"))}</dl>
      ${path.omitted === 0 ? nothing : html`<p class="small quiet">${say("omitted", { count: String(path.omitted) })}</p>`}
      ${renderMinutes(name, path.minutes)}`
    }</details>`;
}

function verdictOf({ verdict, faultMs, hop }: VoiceReport): string {
  if (hop !== undefined) return say("verdictPath", { time: clock(Math.ceil(faultMs / 1_000)), hop: hopName(hop) });
  return say(verdict === "voice" ? "verdictVoice" : "verdictUnknown");
}

function renderTalk(talk: NonNullable<VoiceReport["talk"]>): TemplateResult {
  const { talkSeconds, share, turns, longestTurnSeconds, interruptionsMade, interruptionsSuffered, interprets } = talk;
  const figures: readonly (readonly [VoiceWord, string])[] = [
    ["talked", clock(talkSeconds)],
    // Who interprets takes nobody's part of the floor.
    ...(interprets === undefined ? [["share", `${Math.round(share * 100)} %`] as const] : []),
    ["turns", String(turns)],
    ["longestTurn", clock(longestTurnSeconds)],
    ...(interprets === undefined
      ? ([
          ["interrupted", String(interruptionsMade)],
          ["wasInterrupted", String(interruptionsSuffered)],
        ] as const)
      : []),
  ];
  return html`<dl class="figures small">${figures.map(([word, value]) => html`<div><dt class="quiet">${say(word)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function renderHop(hop: Hop, report: VoiceReport, path: SeatPathRecord) {
  return renderPart(
    hopName(hop),
    factsOf(hop, report, path),
    findingsOf(path, "path").filter((finding) => finding.hop === hop),
  );
}

/** What is known of one part of the way, and what was wrong there. */
function renderPart(name: string, facts: readonly string[], findings: readonly PathFinding[]) {
  if (facts.length === 0 && findings.length === 0) return nothing;
  return html`<div><dt>${name}</dt>${facts.map((fact) => html`<dd class="quiet"><bdi>${fact}</bdi></dd>`)}${findings.map((finding) => html`<dd class="found">${sentence(finding)}</dd>`)}</div>`;
}

function findingsOf({ findings }: SeatPathRecord, verdict: PathFinding["verdict"]): readonly PathFinding[] {
  return findings.filter((finding) => finding.verdict === verdict);
}

function factsOf(hop: Hop, { figures }: VoiceReport, { microphones }: SeatPathRecord): readonly string[] {
  const { rolloffHertz, sibilanceDb, mixSibilanceDb, codedHertz, bitrate, packetMs, lossShare, worstLossShare, concealedMs, repairedMs } = figures;
  switch (hop) {
    case "microphone":
      return [
        ...changes(microphones, ({ device, sampleRate }) => {
          const name = device === "" ? say("noName") : device;
          return (from) =>
            sampleRate === undefined ? say("device", { device: name, from }) : say("deviceRate", { device: name, rate: thousands(sampleRate, 1), from });
        }),
        ...(rolloffHertz === undefined ? [] : [say("sibilants", { hertz: thousands(rolloffHertz, 1) })]),
      ];
    case "browser":
      return changes(microphones, (settings) => {
        const flags = processingOf(settings);
        return (from) => (flags === "" ? "" : say("processing", { flags, from }));
      });
    case "codec": {
      if (codedHertz === undefined || bitrate === undefined || packetMs === undefined) return [];
      return [say("codec", { hertz: range(codedHertz, thousands), bitrate: range(bitrate, thousands), length: range(packetMs, figure) })];
    }
    case "network":
      if (lossShare === undefined) return [];
      return [
        worstLossShare === 0 ? say("lost", { share: percent(lossShare) }) : say("lostWorst", { share: percent(lossShare), worst: percent(worstLossShare) }),
      ];
    case "decoder":
      return lossShare === undefined ? [] : [say("rebuilt", { invented: figure(concealedMs / 1_000, 1), rebuilt: figure(repairedMs / 1_000, 1) })];
    case "mix":
      return sibilanceDb === undefined || mixSibilanceDb === undefined
        ? []
        : [say("sibilance", { in: figure(sibilanceDb, 1), mix: figure(mixSibilanceDb, 1) })];
    case "encoder":
      return [];
  }
}

/** What a page told of its microphone, each time that it was something new. `put`: how it is put, given since when. */
function changes(
  microphones: SeatPathRecord["microphones"],
  put: (settings: SeatPathRecord["microphones"][number]) => (from: string) => string,
): readonly string[] {
  let before: string | undefined;
  return microphones.flatMap((settings) => {
    const told = put(settings);
    const what = told("");
    if (what === before || what === "") return [];
    before = what;
    return [told(time(settings.atUnixMs))];
  });
}

function range([least, most]: readonly [number, number], put: (value: number) => string): string {
  const [one, other] = [put(least), put(most)];
  return one === other ? one : `${one}–${other}`;
}

function sentence(finding: PathFinding): string {
  const { kind, value, startUnixMs, endUnixMs } = finding;
  const from = time(startUnixMs);
  if (kind === "cut") {
    const cut = { value: thousands(value, 1), from };
    return endUnixMs === undefined ? say("cutSince", cut) : say("cutFromTo", { ...cut, to: time(endUnixMs) });
  }
  return endUnixMs === undefined ? say("since", { what: whatWas(finding), from }) : say("fromTo", { what: whatWas(finding), from, to: time(endUnixMs) });
}

function renderMinutes(name: string, minutes: readonly PathMinute[]) {
  if (minutes.length === 0) return nothing;
  return html`<details class="minutes"><summary class="small">${say("minutes")}</summary><div class="wide small" tabindex="0" role="region" aria-label=${`${say("minutes")}: ${name}`}><table>
    <thead><tr>${COLUMNS.map(([word]) => html`<th scope="col">${say(word)}</th>`)}</tr></thead>
    <tbody>${minutes.map((minute) => html`<tr>${COLUMNS.map(([, value]) => html`<td>${value(minute)}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

/** The last hop, which all voices share. */
function renderEncoder({ findings, sibilanceFallDb }: NonNullable<VoicesAnswer["path"]>["programme"]) {
  const facts = sibilanceFallDb === undefined ? [] : [say("encoderTook", { value: figure(Math.max(0, sibilanceFallDb), 1) })];
  return facts.length === 0 && findings.length === 0 ? nothing : html`<dl class="hops">${renderPart(say("encoder"), facts, findings)}</dl>`;
}

customElements.define("earshot-voices", VoicesPanel);
