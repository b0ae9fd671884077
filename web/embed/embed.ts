import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { clock } from "../listen/time.ts";
import type { Wait } from "../player/door.ts";
import { LivePlayer } from "../player/live-player.ts";
import { Patience } from "../player/pace.ts";
import { lang } from "../words/language.ts";
import { when } from "../words/listen.ts";
import { tell } from "../words/replay.ts";
import { say as sayWaiting } from "../words/waiting.ts";

/** How often it looks how the event stands. Milliseconds, plus as much at random; nobody waits in front of a frame in another page. */
const LOOK_MS = 10_000;
const TICK_MS = 500;
const SAMPLE_RATE = 48_000;

const $ = <Type extends HTMLElement>(id: string): Type => document.getElementById(id) as Type;
const audio = $<HTMLAudioElement>("audio");
const seek = $<HTMLInputElement>("seek");
let state = JSON.parse($("state").textContent ?? "{}") as PublicState;
const { slug, startDate } = state.event;
/** How long the door asks us to wait, and why. */
let queued: Wait | undefined;
const patience = new Patience();
const player = new LivePlayer(audio, slug, { onStatus: show, onMetadata: () => {}, onWait: (wait) => (queued = wait) });

function duration(): number | undefined {
  return state.status === "ended" && state.live?.durationSamples !== undefined ? state.live.durationSamples / SAMPLE_RATE : undefined;
}

function listening(): boolean {
  return player.status !== "idle" && player.status !== "over";
}

function toggle(): void {
  if (state.status === "live") {
    if (listening()) player.stop();
    else player.start(state.segments, state.door?.mode === "hold");
  } else {
    if (!audio.src) audio.src = paths.recording(slug, "mp3");
    if (audio.paused) void audio.play();
    else audio.pause();
  }
  show();
}

function show(): void {
  const live = state.status === "live";
  const length = duration();
  const on = live ? listening() : length !== undefined && !audio.paused;
  document.body.className = live ? "live" : "";
  $("mood").textContent = live
    ? tell("live")
    : state.status === "ended"
      ? tell("over")
      : state.status === "cancelled"
        ? ""
        : tell("before", { time: when(startDate) });
  $("play").hidden = !live && length === undefined;
  $("seek-box").hidden = length === undefined;
  $("label").textContent = tell(live ? (on ? "stop" : "listen") : on ? "pause" : "play");
  $("icon").setAttribute("d", on ? "M7 5h4v14H7zM13 5h4v14h-4z" : "M8 5v14l11-7z");
  if (live)
    $("status").textContent =
      player.status === "queued" && queued !== undefined ? sayWaiting(queued.why) : listening() && player.status !== "playing" ? tell("busy") : "";
  else if (length === undefined) $("status").textContent = state.status === "ended" || state.status === "cancelled" ? tell("nothing") : "";
  if (player.status === "over") void look();
}

async function look(): Promise<void> {
  if (!patience.isOver) return;
  const response = await fetch(paths.state(slug)).catch(() => undefined);
  if (response === undefined) return;
  patience.hear(response);
  if (!response.ok) return;
  const next = (await response.json()) as PublicState;
  if (next.status === "ended" && listening()) return;
  state = next;
  if (player.status !== "over" || duration() !== undefined) show();
}

function tick(): void {
  const length = duration();
  if (length === undefined) return;
  seek.max = String(length);
  if (document.activeElement !== seek || audio.paused) seek.value = String(audio.currentTime);
  const text = tell("at", { time: clock(audio.currentTime), duration: clock(length) });
  seek.setAttribute("aria-valuetext", text);
  $("status").textContent = text;
}

document.documentElement.lang = lang;
$("play").addEventListener("click", toggle);
seek.addEventListener("input", () => {
  if (!audio.src) audio.src = paths.recording(slug, "mp3");
  audio.currentTime = Number(seek.value);
});
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => show());
$("seek-label").textContent = tell("replay");
const open = $<HTMLAnchorElement>("open");
open.href = paths.event(slug);
open.textContent = tell("open");
show();
setInterval(tick, TICK_MS);
setInterval(() => {
  if (!document.hidden && !listening() && state.status !== "ended") setTimeout(() => void look(), Math.random() * LOOK_MS);
}, LOOK_MS);
Object.assign(window, { earshot: { player, audio } });
