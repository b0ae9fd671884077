import { paths } from "../../src/wire/paths.ts";
import type { ClipPageState } from "../../src/wire/recording.ts";
import { clock } from "../listen/time.ts";
import { lang } from "../words/language.ts";
import { tell } from "../words/replay.ts";

const $ = <Type extends HTMLElement>(id: string): Type => document.getElementById(id) as Type;
const { slug, from, to, chapter } = JSON.parse($("state").textContent ?? "{}") as ClipPageState;
const address = paths.clip(slug, from, to);

document.documentElement.lang = lang;
$("what").textContent = tell("clipOf", { seconds: String(Math.round(to - from)), from: clock(from), to: clock(to) });
$("chapter").textContent = chapter;
$<HTMLAudioElement>("audio").src = `${address}.mp3`;
const whole = $<HTMLAnchorElement>("whole");
whole.href = `${paths.event(slug)}?t=${Math.floor(from)}`;
whole.textContent = tell("hearWhole");
for (const kind of ["mp3", "m4a"] as const) $<HTMLAnchorElement>(kind).href = `${address}.${kind}`;
$("copy").textContent = tell("copyLink");
$("copy").addEventListener("click", () => {
  const link = location.origin + address;
  navigator.clipboard.writeText(link).then(
    () => {
      $("status").textContent = tell("copied", { link });
    },
    () => {
      $("status").textContent = tell("copyThis", { link });
    },
  );
});
