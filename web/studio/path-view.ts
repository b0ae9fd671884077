import { html, nothing, type TemplateResult } from "lit";
import type { PathFinding, PathNow } from "../../src/wire/path-record.ts";
import { say } from "../words/studio.ts";
import { sayVoice } from "../words/voices.ts";
import { figure, hopName, percent, processingOf, thousands, time, whatWas } from "./path-words.ts";

/** "Cut at 7.1 kHz, from 20:14:03 to 20:19:40 (microphone or headset)". */
function sentence(finding: PathFinding): string {
  const { hop, startUnixMs, endUnixMs } = finding;
  const values = { what: whatWas(finding), from: time(startUnixMs), hop: finding.verdict === "voice" ? say("hopVoice") : hopName(hop) };
  return endUnixMs === undefined ? say("foundSince", values) : say("foundFromTo", { ...values, to: time(endUnixMs) });
}

/** The figures of a voice in the order of its way; what is not known is left out. */
function factsOf({ microphone, rolloffHertz, sibilanceDb, mixSibilanceDb, codedHertz, line }: PathNow): readonly string[] {
  const codec = { hertz: thousands(codedHertz ?? 0), bitrate: thousands(line?.bitrate ?? 0), length: figure(line?.packetMs ?? 0, 1) };
  return [
    ...(microphone === undefined ? [] : [microphone.device, processingOf(microphone)]),
    ...(rolloffHertz === undefined ? [] : [sayVoice("sibilants", { hertz: thousands(rolloffHertz, 1) })]),
    ...(sibilanceDb === undefined || mixSibilanceDb === undefined
      ? []
      : [sayVoice("sibilance", { in: figure(sibilanceDb, 1), mix: figure(mixSibilanceDb, 1) })]),
    ...(line === undefined || codedHertz === undefined ? [] : [sayVoice("codec", codec)]),
    ...(line === undefined
      ? []
      : [sayVoice("now", { lost: percent(line.lossShare), invented: percent(line.concealedShare), rebuilt: percent(line.repairedShare) })]),
  ].filter((fact) => fact !== "");
}

/** How one voice comes in: the verdict, its figures, and what was found from when to when. */
export function renderPath(path: PathNow | undefined): TemplateResult | typeof nothing {
  if (path === undefined) return nothing;
  const now = path.findings.filter(({ endUnixMs }) => endUnixMs === undefined);
  const worst = now.find(({ verdict, hop }) => verdict === "path" && hop === path.hop) ?? now.find(({ verdict }) => verdict === "voice");
  return html`<details class="path small"><summary>${
    worst === undefined ? say(path.verdict === "voice" ? "pathWhole" : "pathUnknown") : html`<span class="bad">${whatWas(worst)}</span>`
  }</summary>
    ${factsOf(path).map((fact) => html`<p class="fact quiet">${fact}</p>`)}
    ${path.findings.map((finding) => html`<p class=${finding.endUnixMs === undefined ? "found" : "found quiet"}>${sentence(finding)}</p>`)}</details>`;
}
