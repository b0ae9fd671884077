import { languageName } from "../wire/language.ts";
import type { PublicEvent } from "../wire/public-state.ts";
import type { ReplayPage } from "../wire/recording.ts";
import { escapeXml } from "./xml.ts";

const WORDS = {
  en: {
    chapters: "Chapters",
    speakers: "Who spoke when",
    files: "Files",
    talk: "of the talk",
    interprets: "interpreter into",
    whole: "The host lets the replay begin here; the whole is in the file.",
  },
  de: {
    chapters: "Kapitel",
    speakers: "Wer wann sprach",
    files: "Dateien",
    talk: "der Redezeit",
    interprets: "dolmetscht:",
    whole: "Der Gastgeber lässt die Aufzeichnung hier beginnen; das Ganze ist in der Datei.",
  },
} as const;
const STYLE = `:root{color-scheme:light dark;--paper:#f7f5f1;--ink:#1d1b18;--quiet:#615b52;--accent:#2d4a6e;--line:#8a8378}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#f1eee8;--quiet:#aaa59b;--accent:#a9c4e6;--line:#7c828b}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:400 1rem/1.5 system-ui,sans-serif}
main{max-width:640px;margin:0 auto;padding:24px 16px;display:grid;gap:16px}h1{line-height:1.2;margin:0}h2{font-size:1.25rem;margin:8px 0 0}p{margin:0}
audio,svg{width:100%}svg{height:72px}.wave{stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke}.strip{height:14px;border:1px solid var(--line);fill:var(--accent)}
ol,ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}button{font:inherit;color:inherit;width:100%;text-align:start;min-height:44px;padding:4px 12px;background:none;border:1px solid var(--line);border-radius:10px;cursor:pointer}
a{color:var(--accent)}.quiet{color:var(--quiet)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media print{:root{--paper:#fff;--ink:#000;--quiet:#444;--accent:#000}audio{display:none}button{border:0;padding:0}}`;
const SCRIPT = `var audio=document.querySelector("audio");document.querySelectorAll("[data-at]").forEach(function(b){b.addEventListener("click",function(){audio.currentTime=Number(b.dataset.at);audio.play()})});
audio.addEventListener("loadedmetadata",function(){var t=Number(audio.dataset.begin);if(t>0&&audio.currentTime===0)audio.currentTime=t},{once:true});`;
/** Bars of the waveform. */
const BARS = 200;

/** A page that plays an exported event from a folder, without a server or a network: everything it needs stands in it or beside it. */
export function renderOfflinePage(event: PublicEvent, page: ReplayPage, files: readonly string[]): string {
  const lang = event.language.toLowerCase().startsWith("de") ? "de" : "en";
  const words = WORDS[lang];
  const { chapters, speakers, trimStartSeconds, durationSeconds } = page;
  const names = event.speakers.map(({ name }) => name).join(", ");
  const marks = chapters.map(
    ({ startTime, title }) =>
      `<li><button type="button" data-at="${startTime}">${clock(startTime)} <strong dir="auto">${escapeXml(title)}</strong></button></li>`,
  );
  const turns = speakers.map(({ name, talkSeconds, share, turns: own, interprets }) => {
    const d = own.map(([start, end]) => `M${start} 0H${end}V1H${start}z`).join("");
    return `<li><bdi><strong>${escapeXml(name)}</strong></bdi> <span class="quiet">${clock(talkSeconds)}, ${interprets === undefined ? `${Math.round(share * 100)} % ${words.talk}` : `${words.interprets} ${escapeXml(languageName(interprets, lang))}`}</span><svg class="strip" viewBox="0 0 ${Math.max(1, durationSeconds)} 1" preserveAspectRatio="none" aria-hidden="true"><path d="${d}"/></svg></li>`;
  });
  return `<!doctype html>
<html lang="${lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeXml(event.title)}</title><style>${STYLE}</style></head>
<body><main>
<h1 dir="auto">${escapeXml(event.title)}</h1>
<p class="quiet"><bdi>${escapeXml(names)}</bdi>${names === "" ? "" : " · "}<time datetime="${escapeXml(event.startDate)}">${escapeXml(event.startDate.slice(0, 10))}</time></p>
${event.description === "" ? "" : `<p dir="auto">${escapeXml(event.description)}</p>`}
<svg viewBox="0 0 ${BARS} 100" preserveAspectRatio="none" aria-hidden="true"><path class="wave" d="${outline(page.peaks)}"/></svg>
<audio controls preload="metadata" src="archive/recording.mp3" data-begin="${trimStartSeconds}"></audio>
${trimStartSeconds > 0 ? `<p class="quiet">${clock(trimStartSeconds)}: ${words.whole}</p>` : ""}
${marks.length === 0 ? "" : `<h2>${words.chapters}</h2><ol>${marks.join("")}</ol>`}
${turns.length === 0 ? "" : `<h2>${words.speakers}</h2><ul>${turns.join("")}</ul>`}
<h2>${words.files}</h2><ul>${files.map((file) => `<li><a href="${escapeXml(file)}">${escapeXml(file)}</a></li>`).join("")}</ul>
</main><script>${SCRIPT}</script></body></html>
`;
}

function outline(peaks: readonly number[]): string {
  const loudest = Math.max(1, ...peaks);
  return Array.from({ length: Math.min(BARS, peaks.length) }, (_, bar) => {
    const own = peaks.slice(
      Math.floor((bar * peaks.length) / BARS),
      Math.max(Math.floor((bar * peaks.length) / BARS) + 1, Math.floor(((bar + 1) * peaks.length) / BARS)),
    );
    const half = Math.max(1, (own.reduce((sum, peak) => sum + peak, 0) / own.length / loudest) * 45);
    return `M${bar + 0.5} ${(50 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
  }).join("");
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  return whole < 3600
    ? `${Math.floor(whole / 60)}:${two(whole % 60)}`
    : `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}
