import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import type { TimedMetadata } from "../../src/wire/timed-metadata.ts";
import { keepTicket, type Wait } from "../player/door.ts";
import { type KeyAct, keyAct } from "../player/keys.ts";
import { LivePlayer, type PlayerStatus } from "../player/live-player.ts";
import { Patience } from "../player/pace.ts";
import { lang } from "../words/language.ts";
import { type ListenWord, say, when } from "../words/listen.ts";
import type { AfterSound } from "./after-sound.ts";
import { AudienceFigure } from "./audience-figure.ts";
import type { BeforePart } from "./before.ts";
import type { LanguageChoice } from "./language-choice.ts";
import { RecordSection } from "./record.ts";
import type { ReplayView } from "./replay.ts";
import type { WaitingBox } from "./waiting-box.ts";
import { type SpeakerEntry, SpeakerTiles } from "./speakers.ts";
import { clock } from "./time.ts";

/** How often the page asks how things stand while nobody listens. Milliseconds, plus as much jitter. */
const LOOK_MS = 2_500;
const TICK_MS = 250;
/** Until when an event that has just begun has a segment on disk that one can go back to. Milliseconds; a segment is four seconds. */
const FIRST_PAST_MS = 10_000;
/** How long a notice such as "copied" stays. Milliseconds; twice the time it takes to read. */
const NOTICE_MS = 8_000;
/** What one press of an arrow key changes: loudness as a part of all, place in the replay in seconds. */
const VOLUME_STEP = 0.1;
const JUMP_SECONDS = 15;

const $ = <Type extends HTMLElement>(id: string): Type => document.getElementById(id) as Type;
const audio = $<HTMLAudioElement>("audio");
const playButton = $<HTMLButtonElement>("play");
const seek = $<HTMLInputElement>("seek");
const volume = $<HTMLInputElement>("volume");
/** Single keys can be switched off: speech input presses them by accident. @spec WCAG 2.2 §2.1.4 */
const keysOn = $<HTMLInputElement>("keys-on");
const tiles = new SpeakerTiles($("speakers"));
const record = new RecordSection($("record"));
const figure = new AudienceFigure($("count"), $("count-now"), $("count-how"));

let state = JSON.parse($("state").textContent ?? "{}") as PublicState;
document.documentElement.lang = lang;
const { slug } = state.event;
/** Server clock minus ours. Milliseconds; good enough to say how late the sound is. */
let clockOffset = state.serverUnixMs - Date.now();
let originUnixMs = state.live?.originUnixMs;
/** The number the sound last told for what only `state.json` says; undefined before it told one. */
let revision: number | undefined;
let announced = "";
let endSaid = "";
/** Until when a notice stays. By `performance.now()`. */
let noticeUntil = 0;
/** How long the door asks us to wait, and why. */
let queued: Wait | undefined;
/** What an ended event shows beside the player; asked for once. */
let replay: ReplayView | undefined;
let replayAsked = false;
/** The recording was deleted. */
let gone = false;
/** What is said while nobody listens. */
let atRest: ListenWord = "tap";
/** Comes only where it is needed: who joins a live event does not wait for it. */
let beforePart: Promise<BeforePart> | undefined;
/** Comes only where there is something to hear or to read while one waits. */
let waitingBox: Promise<WaitingBox> | undefined;
/** Comes only to those who wait, for the start or at the door. */
let waits: Promise<typeof import("./countdown.ts")> | undefined;
/** Comes only where an event is interpreted. */
let languageChoice: Promise<LanguageChoice> | undefined;
/** Until when the server wants to be left alone. */
const patience = new Patience();
/** Language that was chosen; undefined: the floor. */
let language: string | undefined;
/** Comes once there is sound: going back, sleep timer, lock screen. */
let after: AfterSound | undefined;
let afterAsked = false;
/** Where listening goes on for somebody who stopped in the past. Seconds since going live. */
let heldAt: number | undefined;

const player = new LivePlayer(audio, slug, {
  onStatus: showStatus,
  onMetadata: hear,
  onWait: (wait) => (queued = wait),
  onCloseness: (why) => after?.movedBack(why),
  onSparing: () => after?.show(),
});
player.originUnixMs = originUnixMs;

/** Speaks to people and screen readers only when something changed. */
function tell(text: string): void {
  if (text === announced) return;
  announced = text;
  $("status").textContent = text;
}

/** Says something that stays for a while although nothing is wrong. */
function notice(text: string): void {
  noticeUntil = performance.now() + NOTICE_MS;
  tell(text);
}

/** Says once how the end stands: the page looks again and again, and what was said since, such as "copied", stays. */
function tellEnd(text: string): void {
  if (text === endSaid) return;
  endSaid = text;
  tell(text);
}

function showStatus(status: PlayerStatus): void {
  const busy = status === "queued" || status === "connecting" || status === "waiting" || status === "reconnecting";
  playButton.classList.toggle("busy", busy);
  if (status === "over") {
    state = { ...state, status: "ended" };
    void look();
  } else if (status === "waiting" || status === "reconnecting") tell(navigator.onLine ? say(state.interrupted ? "interrupted" : status) : say("offline"));
  else if (status === "blocked") {
    atRest = "blocked";
    player.stop("idle");
  } else if (status === "connecting") {
    atRest = "tap";
    tell(say("connecting"));
  } else if (status === "idle") tell(restText());
  else if (status === "playing") void bringAfter();
  showButtons();
}

/** What is said while nobody listens. */
function restText(): string {
  return heldAt !== undefined && after !== undefined ? after.held(heldAt) : say(atRest);
}

/** Loads what nobody should wait for before the first sound. */
async function bringAfter(): Promise<void> {
  if (afterAsked) return;
  afterAsked = true;
  try {
    const { AfterSound: After } = await import("./after-sound.ts");
    after = new After({
      audio,
      player,
      element: $,
      state: () => state,
      isPlaying: () => (replaying() ? !audio.paused : listening()),
      stop: () => (replaying() ? audio.pause() : toggle()),
      toggle,
      jump,
      hold: (seconds) => {
        heldAt = seconds;
        tell(restText());
        tick();
      },
      say: notice,
      storage: storage(),
    });
    showMood();
    // Who was there from the first second finds the way back when there is something to go back to.
    if (state.rewind !== true) setTimeout(() => void look(), FIRST_PAST_MS + figure.spread());
  } catch {
    // The network was away: the next sound asks again.
    afterAsked = false;
  }
}

/** Position of what is said at this moment. Seconds since going live. */
function liveSeconds(): number {
  return originUnixMs === undefined ? 0 : Math.max(0, (Date.now() + clockOffset - originUnixMs) / 1000);
}

/** Place, time and why, for those who wait at the door; the time moves without being spoken again and again. */
function showQueue(wait: Wait): void {
  void bringWaits().then(({ placeInLine, whyWaiting }) => {
    if (player.status !== "queued") return;
    tell(whyWaiting(wait, state.door?.message ?? ""));
    $("late").textContent = placeInLine(wait, performance.now());
  });
}

/** Words for those who wait; most never do. */
function bringWaits(): Promise<typeof import("./countdown.ts")> {
  waits ??= import("./countdown.ts");
  return waits;
}

function hear(metadata: TimedMetadata): void {
  if (metadata.o !== undefined) player.originUnixMs = originUnixMs = metadata.o;
  if (metadata.t !== undefined && !player.rewound) rename(metadata.t);
  if (metadata.n !== undefined) figure.hear(metadata.n);
  if (metadata.v !== undefined && !player.rewound) follow(metadata.v);
  if (metadata.c !== undefined) after?.caption(metadata.c);
  if (metadata.a !== undefined) after?.announce(metadata.a);
  if (metadata.s !== undefined) tiles.show(metadata.s.map(([id, name, role, muted]): SpeakerEntry => ({ id, name, role, muted: muted === 1 })));
  if (metadata.l !== undefined) tiles.play(metadata.l);
}

/** The host gave the event another title. */
function rename(title: string): void {
  if (title === state.event.title) return;
  state = { ...state, event: { ...state.event, title } };
  showTitle();
  after?.show();
}

function showTitle(): void {
  const { title } = state.event;
  if (document.title === title) return;
  document.title = title;
  $("title").textContent = title;
}

/** Asks how things stand once the sound says that they are others, at a moment of each listener's own. */
function follow(told: number): void {
  if (revision !== undefined && revision !== told) setTimeout(() => void look(), figure.spread());
  revision = told;
}

function hasRecording(): boolean {
  return replaying() && state.live?.durationSamples !== undefined && !gone;
}

/** Where the recording in the chosen language is. */
function recording(): string {
  return paths.recording(slug, "mp3", language);
}

function choose(chosen: string | undefined): void {
  if (chosen === language) return;
  language = chosen;
  player.setLanguage(chosen);
  if (replaying() && audio.src) {
    const { currentTime, paused, playbackRate } = audio;
    audio.src = recording();
    audio.currentTime = currentTime;
    audio.playbackRate = playbackRate;
    if (!paused) void audio.play();
  }
  showMood();
}

/** The languages, where there is a choice; nothing of it is loaded where there is none. */
function showLanguages(): void {
  const root = $("languages");
  const { interpretation } = state.live ?? {};
  root.hidden = interpretation === undefined || $("controls").hidden;
  if (interpretation === undefined) return;
  languageChoice ??= import("./language-choice.ts").then(({ LanguageChoice }) => new LanguageChoice(root, storage(), choose));
  void languageChoice.then((choice) => choice.show(interpretation));
}

/** Brings waveform, chapters and the rest to the page; those who listen live never load them. */
async function showReplay(): Promise<void> {
  if (replayAsked || !hasRecording()) return;
  replayAsked = true;
  const { ReplayView: View } = await import("./replay.ts");
  const onGone = () => {
    gone = true;
    showMood();
  };
  replay = await View.open({
    slug,
    audio,
    seek,
    wave: $("wave"),
    section: $("replay"),
    speed: $("speed"),
    say: tell,
    onGone,
    recording,
    interpretation: state.live?.interpretation,
  }).catch(() => undefined);
  // It may not be on disk yet, or the network was away: the next look asks again.
  replayAsked = replay !== undefined || gone;
}

function listening(): boolean {
  return player.status !== "idle" && player.status !== "over";
}

function replaying(): boolean {
  return state.status === "ended";
}

function toggle(): void {
  if (replaying()) {
    if (!audio.src) audio.src = recording();
    if (audio.paused) void audio.play();
    else audio.pause();
    void bringAfter();
  } else if (listening()) {
    // Who has gone back keeps the place; who listens live comes back live.
    heldAt = player.rewound ? player.position : undefined;
    player.stop();
  } else {
    if (heldAt !== undefined) player.rewind(heldAt);
    heldAt = undefined;
    player.cheaper = state.cheaper === true;
    player.start(state.segments, state.door?.mode === "hold");
  }
  showButtons();
}

function showButtons(): void {
  const { status } = state;
  const on = replaying() ? !audio.paused : listening();
  playButton.hidden = status !== "live" && !hasRecording();
  const label = say(replaying() ? (on ? "pause" : "play") : on ? "stop" : "listen");
  $("play-label").textContent = label;
  playButton.title = label;
  $("icon").setAttribute("d", on ? (replaying() ? "M7 5h4v14H7zM13 5h4v14h-4z" : "M7 7h10v10H7z") : "M8 5v14l11-7z");
  $("mute").textContent = say(audio.muted ? "unmute" : "mute");
}

/** Puts the whole page into the mood of the event: before, live, after. */
function showMood(): void {
  const { status, event } = state;
  document.body.className = status === "live" ? "live" : "";
  showTitle();
  $("mood").textContent = say(status === "live" || status === "ended" || status === "postponed" || status === "cancelled" ? status : "before");
  const before = status === "scheduled" || status === "doors";
  $("start").hidden = !before;
  if (beforePart !== undefined || (status !== "live" && (status !== "ended" || event.artwork !== undefined))) {
    beforePart ??= import("./before.ts").then(({ BeforePart }) => new BeforePart($("before")));
    void beforePart.then((part) => part.show(state));
  }
  if (waitingBox !== undefined || (state.waiting !== undefined && !listening())) {
    waitingBox ??= import("./waiting-box.ts").then((box) => new box.WaitingBox($("before"), audio, () => listening() || toggle()));
    void waitingBox.then((box) => box.show(state));
  }
  $("ask").hidden = event.handsOpen !== true || (status !== "live" && status !== "doors");
  $("controls").hidden = status !== "live" && status !== "ended";
  $("about").textContent = event.description;
  record.show(state);
  after?.show();
  for (const id of ["wave", "time", "speed-box"]) $(id).hidden = !(hasRecording() || (id !== "speed-box" && after?.rewinds === true));
  if (!listening()) {
    const people = state.live?.onStage.length ? state.live.onStage : event.speakers.map((speaker) => ({ ...speaker, muted: false }));
    tiles.show(people.filter(({ interprets }) => interprets === undefined || interprets === language));
  }
  figure.show(state.audience);
  showLanguages();
  showButtons();
  void showReplay();
  if (before) tell(Date.parse(event.startDate) > state.serverUnixMs ? say("starts", { time: when(event.startDate) }) : "");
  else if (gone) tell("");
  else if (status === "ended") tellEnd(say(playButton.hidden ? "finishing" : "over"));
  else if (status === "postponed" || status === "cancelled") tell(say(status));
  else if (state.interrupted) tell(say("interrupted"));
  else if (!listening()) tell(restText());
  // What has just come, a slider say, knows where the event is before anybody can use it.
  tick();
}

/** Asks how things stand; the answer is the same for everybody and comes from caches. */
async function look(): Promise<void> {
  if (!patience.isOver) return;
  try {
    const response = await fetch(paths.state(slug));
    patience.hear(response);
    // The personal link was taken away, or its owner suspended: the page itself says what to do.
    if (response.status === 403 && state.event.visibility === "invited") return location.reload();
    if (!response.ok) return;
    const next = (await response.json()) as PublicState;
    clockOffset = Math.max(clockOffset, next.serverUnixMs - Date.now());
    if (next.status === "ended" && listening()) return;
    state = next;
    player.cheaper = next.cheaper === true;
    player.originUnixMs = originUnixMs = next.live?.originUnixMs ?? originUnixMs;
    showMood();
  } catch {
    if (!navigator.onLine) tell(say("offline"));
  }
}

/** Not all in the same moment. */
function lookSoon(): void {
  setTimeout(() => void look(), Math.random() * LOOK_MS);
}

function jump(seconds: number): void {
  if (replaying()) audio.currentTime = Math.max(0, audio.currentTime + seconds);
  else after?.jump(seconds);
}

/** How far behind the stage somebody hears it; empty where the browser plays by itself and does not say. */
function lateness(): string {
  if (player.position === undefined) return "";
  const late = liveSeconds() - player.position;
  if (player.rewound && after !== undefined) return after.behind(late);
  return say("playing", { seconds: new Intl.NumberFormat(lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(Math.max(0, late)) });
}

function tick(): void {
  if (!$("start").hidden) {
    const left = Date.parse(state.event.startDate) - (Date.now() + clockOffset);
    void bringWaits().then(({ countdown }) => ($("start").textContent = countdown(left)));
  }
  if (hasRecording()) {
    const duration = (state.live?.durationSamples ?? 0) / 48_000;
    seek.max = String(duration);
    if (document.activeElement !== seek || audio.paused) seek.value = String(audio.currentTime);
    seek.setAttribute("aria-valuetext", clock(audio.currentTime));
    $("time").textContent = `${clock(audio.currentTime)} / ${clock(duration)}`;
    replay?.tick();
  } else if (player.status === "playing" && originUnixMs !== undefined) {
    // The figure moves all the time: it is shown, but not spoken again and again.
    $("late").textContent = lateness();
    if (performance.now() > noticeUntil) tell("");
  }
  if (player.status === "queued" && queued !== undefined) showQueue(queued);
  else if (player.status !== "playing") $("late").textContent = "";
  after?.tick(liveSeconds(), heldAt);
  figure.tick(Date.now() + clockOffset);
  tiles.tick(listening() && player.status === "playing");
}

const ACTS: Readonly<Record<KeyAct, () => void>> = {
  toggle: () => playButton.hidden || toggle(),
  mute: () => $("controls").hidden || $("mute").click(),
  help: () => void showKeys(),
  louder: () => setVolume(audio.volume + VOLUME_STEP),
  quieter: () => setVolume(audio.volume - VOLUME_STEP),
  back: () => jump(-JUMP_SECONDS),
  on: () => jump(JUMP_SECONDS),
  nextChapter: () => (replay ?? after)?.step(1),
  lastChapter: () => (replay ?? after)?.step(-1),
  slower: () => replay?.tempo(-1),
  faster: () => replay?.tempo(1),
  link: () => (replaying() ? void replay?.link() : after?.goLive()),
};

async function showKeys(): Promise<void> {
  const { listKeys } = await import("./keys-box.ts");
  listKeys($("keys-list"));
  $<HTMLDialogElement>("keys").showModal();
}

function onKey(event: KeyboardEvent): void {
  const act = keyAct(event);
  if (act === undefined || !(keysOn.checked || act === "help")) return;
  event.preventDefault();
  ACTS[act]();
}

/** What the browser keeps for us, where it may. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function setVolume(value: number): void {
  audio.volume = Math.min(1, Math.max(0, value));
  volume.value = String(audio.volume);
}

playButton.addEventListener("click", toggle);
$("mute").addEventListener("click", () => {
  audio.muted = !audio.muted;
  showButtons();
});
volume.addEventListener("input", () => setVolume(Number(volume.value)));
seek.addEventListener("input", () => {
  if (!replaying()) return;
  if (!audio.src) audio.src = recording();
  audio.currentTime = Number(seek.value);
});
$<HTMLSelectElement>("speed").addEventListener("change", (event) => {
  audio.playbackRate = Number((event.target as HTMLSelectElement).value);
});
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, showButtons);
$("help").addEventListener("click", () => void showKeys());
document.addEventListener("keydown", onKey);
/** The network or the machine is back. */
function wake(): void {
  player.wake();
  void look();
}
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => document.hidden || wake());

$<HTMLAnchorElement>("ask").href = paths.ask(slug);
$("ask").textContent = say("ask");
$("help").setAttribute("aria-label", say("keys"));
$("volume-label").textContent = say("volume");
$("speed-label").textContent = say("speed");
seek.setAttribute("aria-label", say("seek"));
$("keys-title").textContent = say("keys");
$("keys-close").textContent = say("close");
for (const option of $<HTMLSelectElement>("speed").options) option.textContent = `${new Intl.NumberFormat(lang).format(Number(option.value))}×`;

$("keys-on-label").textContent = say("singleKeys");
// A choice once made counts; until then what the browser was told.
const saves = storage()?.getItem("less-data") ?? ((navigator as { readonly connection?: { readonly saveData?: boolean } }).connection?.saveData ? "on" : "");
if (saves === "on") player.mode = "thrifty";

keysOn.checked = storage()?.getItem("keys") !== "off";
keysOn.addEventListener("change", () => storage()?.setItem("keys", keysOn.checked ? "on" : "off"));

// The waiting page hands over by the address; nobody should share it by accident.
const handedOver = new URLSearchParams(location.search).get("ticket");
if (handedOver !== null) {
  keepTicket(slug, handedOver);
  history.replaceState(null, "", location.pathname);
}

showMood();
setInterval(tick, TICK_MS);
setInterval(() => {
  // While listening everything comes with the sound, and that there is more to know. Who hears of nothing, in the past or in a player that keeps it to itself, asks as often as the server can bear.
  if (player.status !== "playing" || (!document.hidden && figure.wantsLook(Date.now() + clockOffset))) lookSoon();
}, LOOK_MS);
Object.assign(window, { earshot: { player, audio } });
