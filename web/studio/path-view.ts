import { html, nothing, type TemplateResult } from "lit";
import type { FindingKind, Hop, PathFinding, PathNow } from "../../src/wire/path-record.ts";
import { locale } from "../words/language.ts";
import { say, type StudioWord } from "../words/studio.ts";

const KHZ = 1_000;
const number = (value: number, digits = 0) => value.toLocaleString(locale, { maximumFractionDigits: digits });
const time = (unixMs: number) => new Date(unixMs).toLocaleTimeString(locale);
const percent = (share: number) => number(share * 100, 1);

/** How each finding is put, and its value for people. */
const FOUND: Readonly<Record<FindingKind, readonly [word: StudioWord, value: (value: number) => string]>> = {
  cut: ["foundCut", (hertz) => number(hertz / KHZ, 1)],
  duller: ["foundDuller", (db) => number(db)],
  "voice-duller": ["foundVoiceDuller", (db) => number(db)],
  clipping: ["foundClipping", percent],
  hum: ["foundHum", number],
  noise: ["foundNoise", number],
  dead: ["foundDead", number],
  "device-rate": ["foundDeviceRate", (hertz) => number(hertz / KHZ, 1)],
  "not-opus": ["foundNotOpus", number],
  loss: ["foundLoss", percent],
  stutter: ["foundStutter", number],
  outage: ["foundOutage", (seconds) => number(seconds, 1)],
  concealed: ["foundConcealed", percent],
  ducked: ["foundDucked", number],
};
const HOP: Readonly<Record<Hop, StudioWord>> = {
  microphone: "hopMicrophone",
  browser: "hopBrowser",
  codec: "hopCodec",
  network: "hopNetwork",
  decoder: "hopDecoder",
  mix: "hopMix",
  encoder: "hopEncoder",
};

function what({ kind, value }: PathFinding): string {
  const [word, put] = FOUND[kind];
  return say(word, { value: put(value) });
}

/** "Cut at 7.1 kHz, from 20:14:03 to 20:19:40 (microphone or headset)". */
function sentence(finding: PathFinding): string {
  const { hop, startUnixMs, endUnixMs } = finding;
  const values = { what: what(finding), from: time(startUnixMs), hop: finding.verdict === "voice" ? say("hopVoice") : say(HOP[hop]) };
  return endUnixMs === undefined ? say("foundSince", values) : say("foundFromTo", { ...values, to: time(endUnixMs) });
}

/** How one voice comes in: the verdict, and what was found from when to when. */
export function renderPath(path: PathNow | undefined): TemplateResult | typeof nothing {
  if (path === undefined) return nothing;
  const now = path.findings.filter(({ endUnixMs }) => endUnixMs === undefined);
  const worst = now.find(({ verdict, hop }) => verdict === "path" && hop === path.hop) ?? now.find(({ verdict }) => verdict === "voice");
  const facts = [
    path.device,
    path.rolloffHertz === undefined ? undefined : say("pathUpTo", { value: number(path.rolloffHertz / KHZ, 1) }),
    path.codedHertz === undefined ? undefined : say("pathCoded", { value: number(path.codedHertz / KHZ) }),
  ].filter((fact) => fact !== undefined && fact !== "");
  return html`<details class="path small"><summary>${
    worst === undefined ? say(path.verdict === "voice" ? "pathWhole" : "pathUnknown") : html`<span class="bad">${what(worst)}</span>`
  }</summary>
    ${facts.length === 0 ? nothing : html`<p class="quiet">${facts.join(" · ")}</p>`}
    ${path.findings.map((finding) => html`<p class=${finding.endUnixMs === undefined ? "found" : "found quiet"}>${sentence(finding)}</p>`)}</details>`;
}
