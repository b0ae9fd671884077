import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import type { RecordingTrouble, RoomMessage, RoomSeat } from "../../src/wire/room.ts";
import { languageName } from "../../src/wire/language.ts";
import { clock } from "../listen/time.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { lang } from "../words/language.ts";
import { sayRecording } from "../words/recording.ts";
import { say, type StudioWord } from "../words/studio.ts";
import { call, tell } from "./api.ts";
import { keyAct } from "../player/keys.ts";
import { Grant, type SeatGrant } from "./grant.ts";
import { LightElement, meter } from "./light-element.ts";
import { LastingMicrophone, pageWakes } from "./lasting-microphone.ts";
import { type Microphone, openMicrophone } from "./microphone.ts";
import { Publisher, type PublishState } from "./publisher.ts";
import { renderPath } from "./path-view.ts";
import { inWords } from "./refusals.ts";
import { RoomLink } from "./room-link.ts";
import "./green-room.ts";
import "./sound-panel.ts";

type Howl = Extract<RoomMessage, { type: "howl" }>;
type RoomState = Extract<RoomMessage, { type: "room" }>;

const PRESENCE: Readonly<Record<RoomSeat["presence"], StudioWord>> = {
  absent: "absent",
  backstage: "waiting",
  reconnecting: "reconnecting",
  "on-stage": "onStage",
};

/** Room messages after which this page is out of the room for good. */
const CLOSING: Readonly<Record<string, StudioWord>> = { "seat-taken": "seatElsewhere", removed: "refusedRemoved" };

/** A room that is away for so long may be gone for good. Milliseconds; a stage that was killed is back sooner. */
const DOUBT_MS = 4_000;

/** The stage as a person on it sees it: green room first, then seats, mute, and for the host Go live and End. */
export class StageView extends LightElement {
  static override properties = { slug: {}, own: { attribute: false } };
  declare slug: string;
  declare own: SeatGrant;
  #room: RoomState | undefined;
  #link: RoomLink | undefined;
  #publisher: Publisher | undefined;
  #microphone: LastingMicrophone | undefined;
  /** What the howl guard holds against whom. */
  readonly #howls = new Map<string, Howl>();
  #talk: Extract<RoomMessage, { type: "talk" }>["talk"] = {};
  #paths: Omit<Extract<RoomMessage, { type: "paths" }>, "type"> = { paths: {} };
  #sounds: Extract<RoomMessage, { type: "sounds" }>["sounds"] = [];
  #chapter = "";
  #trouble: RecordingTrouble | null = null;
  /** What this person said to a track of their own; undefined while they said nothing on this page. */
  #ownTrack: boolean | undefined;
  #over = false;
  #asking = false;
  #up = false;
  #sound: PublishState | undefined;
  #problem = "";
  #clockOffset = 0;
  #timer = 0;
  #grant: Grant | undefined;
  readonly #output = new Audio();
  readonly #onKey = (event: KeyboardEvent) => {
    if (keyAct(event) === "mute" && this.#publisher !== undefined && !this.#over) this.#muteSelf();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#grant = new Grant(this.slug, this.own);
    this.#link = new RoomLink({
      slug: this.slug,
      grant: this.#grant,
      pageUrl: location.href,
      onMessage: (message) => this.#hear(message),
      onLink: (up, lostForMs) => this.#setUp(up, lostForMs),
    });
    this.#timer = window.setInterval(() => this.requestUpdate(), 1_000);
    document.addEventListener("keydown", this.#onKey);
    addEventListener("pagehide", () => void this.#publisher?.close());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#grant?.close();
    this.#link?.close();
    clearInterval(this.#timer);
    document.removeEventListener("keydown", this.#onKey);
  }

  #setUp(up: boolean, lostForMs: number): void {
    this.#up = up;
    if (lostForMs > DOUBT_MS) void this.#askWhetherOver();
    this.requestUpdate();
  }

  /** The room of an event that is over never answers again, and a WebSocket cannot say why: the API can. */
  async #askWhetherOver(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const called = await call<EventView>("GET", `/api/events/${this.slug}`);
    this.#asking = false;
    if (called.ok && (called.answer.status === "ended" || called.answer.status === "cancelled")) this.#finish();
  }

  /** The event is over: the page says so and asks nothing more. */
  #finish(): void {
    this.#link?.close();
    this.#leaveStage();
    document.body.classList.remove("on-air");
    this.requestUpdate();
  }

  #hear(message: RoomMessage): void {
    if (message.type === "levels") return this.#showLevels(message.levels);
    if (message.type === "talk") this.#talk = message.talk;
    if (message.type === "sounds") this.#sounds = message.sounds;
    if (message.type === "paths") this.#paths = message;
    if (message.type === "chapter") this.#chapter = `${sayRecording("chapterSet", { time: clock(message.startTime) })} ${message.title}`;
    if (message.type === "howl") this.#hearHowl(message);
    if (message.type === "recording") this.#trouble = message.trouble;
    if (message.type === "welcome") {
      this.#clockOffset = message.serverUnixMs - Date.now();
      // The stage forgot our sound (it was restarted): nobody should have to click for that.
      if (!message.publishing) this.#publish();
      this.#tellMicrophone();
      this.#tellOwnTrack();
    } else if (message.type === "publish-again") this.#publish();
    else if (message.type === "room") {
      const before = this.#self?.role;
      this.#room = message;
      this.#tellOwnTrack();
      // Another role opens and closes parts of the page around the stage.
      if (before !== undefined && before !== this.#self?.role) this.dispatchEvent(new CustomEvent("people", { bubbles: true }));
      document.body.classList.toggle("on-air", message.phase === "live");
      if (message.phase === "ended") this.#finish();
    } else if (message.type === "error") {
      this.#problem = message.code in CLOSING ? say(CLOSING[message.code] as StudioWord) : tell(message);
      if (message.code in CLOSING) {
        this.#link?.close();
        this.#leaveStage();
      }
    }
    this.requestUpdate();
  }

  /** Lets go of connection and microphone: nobody is recorded or listened to after the end. */
  #leaveStage(): void {
    void this.#publisher?.close();
    this.#microphone?.close();
    this.#microphone = undefined;
    this.#over = true;
  }

  #hearHowl(howl: Howl): void {
    if (howl.act === "release") this.#howls.delete(howl.seat);
    else if (howl.act !== "notch") this.#howls.set(howl.seat, howl);
  }

  #forgive(seat: string): void {
    this.#link?.send({ type: "forgive", seat });
    this.#howls.delete(seat);
    this.requestUpdate();
  }

  /** Explains to the host and to the person why a microphone is turned down, and what helps. */
  #renderHowls(directs: boolean) {
    return [...this.#howls.values()].map((howl) => {
      const own = howl.seat === this.own.seat;
      if (!own && !directs) return nothing;
      const name = this.#room?.seats.find(({ id }) => id === howl.seat)?.name ?? "";
      const what = howl.kind === "delayed-copy" ? "howlCopy" : howl.act === "mute" ? "howlMuted" : "howlLoop";
      return html`<div class="card howl" role="status"><p><strong>${own ? say("howlYou") : name}</strong>: ${say(what)} ${own ? say("howlHelp") : nothing}</p>
        ${directs ? html`<div class="row"><button @click=${() => this.#forgive(howl.seat)}>${say("howlForgive")}</button></div>` : nothing}</div>`;
    });
  }

  #markChapter(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#link?.send({ type: "mark-chapter", title: String(new FormData(form).get("title")) });
    form.reset();
  }

  #showLevels(levels: Readonly<Record<string, number>>): void {
    for (const face of this.querySelectorAll<HTMLElement>(".face")) face.style.setProperty("--level", String(meter(levels[face.dataset.seat ?? ""] ?? -99)));
  }

  /** A page without a microphone has nothing to send: it publishes when it is back. */
  #publish(): void {
    if (this.#microphone?.away !== true) void this.#publisher?.publish();
  }

  #join(microphone: Microphone): void {
    this.#microphone = new LastingMicrophone(microphone, {
      open: openMicrophone,
      onChange: () => this.#followMicrophone(),
      isVisible: () => document.visibilityState === "visible",
      wakes: pageWakes,
    });
    this.#publisher = new Publisher({
      slug: this.slug,
      grant: this.#grant as Grant,
      track: microphone.track,
      output: this.#output,
      onState: (state) => {
        this.#sound = state;
        if (state.kind === "refused" && state.refusal.code === "event-ended") this.#finish();
        this.requestUpdate();
      },
    });
    void this.#publisher.publish();
    this.#tellMicrophone();
    Object.assign(window, { earshot: { output: this.#output } });
    this.requestUpdate();
  }

  #followMicrophone(): void {
    this.#tellMicrophone();
    const { away, current } = this.#microphone as LastingMicrophone;
    if (!away) void this.#publisher?.resume(current.track, this.#self?.presence === "on-stage");
    this.requestUpdate();
  }

  /** What the path report must know that only the browser can tell. */
  #tellMicrophone(): void {
    if (this.#microphone !== undefined) this.#link?.send({ type: "microphone", settings: this.#microphone.current.settings() });
  }

  /** A stage that was restarted, or only now keeps tracks, does not know what was agreed. */
  #tellOwnTrack(): void {
    const on = this.#ownTrack;
    if (on !== undefined && this.#room?.keepsTracks === true && this.#self?.ownTrack === !on) this.#link?.send({ type: "own-track", on });
  }

  #renderOwnTrack() {
    if (this.#room?.keepsTracks !== true) return nothing;
    const agree = (event: Event) => {
      this.#ownTrack = (event.target as HTMLInputElement).checked;
      this.#link?.send({ type: "own-track", on: this.#ownTrack });
    };
    return html`<label class="choice small"><input type="checkbox" id="own-track" .checked=${this.#ownTrack ?? this.#self?.ownTrack ?? false} @change=${agree}> ${sayRecording("ownTrack")}</label>`;
  }

  get #self(): RoomSeat | undefined {
    return this.#room?.seats.find((seat) => seat.id === this.own.seat);
  }

  #muteSelf(): void {
    this.#link?.send({ type: "mute", muted: !(this.#self?.muted ?? false) });
  }

  get #elapsed(): string {
    const { originUnixMs, endedUnixMs } = this.#room ?? {};
    if (originUnixMs === undefined || (this.#over && endedUnixMs === undefined)) return "";
    const seconds = Math.max(0, Math.floor(((endedUnixMs ?? Date.now() + this.#clockOffset) - originUnixMs) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  override render() {
    const phase = this.#over && this.#problem === "" ? "ended" : (this.#room?.phase ?? "backstage");
    const role = this.#self?.role ?? this.own.role;
    const host = role === "host";
    const directs = host || role === "co-host";
    return html`
      <div class="head"><span class="sign" role="status" id="phase">${say(phase)} ${this.#elapsed}</span>
        ${directs && phase === "backstage" ? html`<button class="go" id="go-live" ?disabled=${!this.#up} @click=${() => this.#link?.send({ type: "go-live" })}>${say("goLive")}</button>` : nothing}
        ${host && phase === "live" ? html`<button class="end" id="end" @click=${() => this.querySelector<HTMLDialogElement>(":scope > dialog")?.showModal()}>${say("end")}</button>` : nothing}</div>
      ${phase === "ended" ? html`<p>${say("thanks")}</p>` : nothing}
      ${directs && phase === "live" ? html`<form class="row" id="chapter" @submit=${(event: SubmitEvent) => this.#markChapter(event)}><input name="title" maxlength="80" autocomplete="off" aria-label=${sayRecording("chapterTitle")} placeholder=${sayRecording("chapterTitle")}><button>${sayRecording("chapter")}</button><span class="small quiet" role="status">${this.#chapter}</span></form>` : nothing}
      ${this.#problem === "" ? nothing : html`<p class="wrong" role="alert">${this.#problem}</p>`}
      ${this.#trouble === null ? nothing : html`<p class="wrong" role="alert">${sayRecording("trouble", { why: sayRecording(this.#trouble === "disk-full" ? "troubleFull" : "troubleFailing") })}</p>`}
      ${this.#up || this.#over ? nothing : html`<p class="wrong" role="status">${say("lost")}</p>`}
      ${this.#over ? nothing : this.#publisher === undefined ? html`<earshot-green-room .ownTrack=${this.#renderOwnTrack()} @join=${(event: CustomEvent<Microphone>) => this.#join(event.detail)}></earshot-green-room>` : this.#renderSound()}
      ${this.#renderTask()}
      ${this.#renderHowls(directs)}
      <ul class="seats">${this.#room?.seats.map((seat) => this.#renderSeat(seat, directs))}</ul>
      ${renderPath(this.#paths.programme)}
      ${directs && !this.#over ? this.#renderSounds() : nothing}
      <dialog><h2>${say("endSure")}</h2><p class="quiet">${say("endInfo")}</p>
        <form method="dialog" class="row"><button id="end-yes" class="end" @click=${() => this.#link?.send({ type: "end" })}>${say("yesEnd")}</button><button autofocus>${say("no")}</button></form></dialog>`;
  }

  #renderSounds() {
    const send = (type: "play-sound" | "stop-sound") => (event: CustomEvent<string>) => this.#link?.send({ type, sound: event.detail });
    return html`<earshot-sounds .slug=${this.slug} .playing=${this.#sounds} .languages=${(this.#room?.seats ?? []).flatMap(({ interprets = [] }) => interprets)} @play=${send("play-sound")} @stop=${send("stop-sound")}></earshot-sounds>`;
  }

  #renderSound() {
    const self = this.#self;
    const sound = this.#sound;
    const text = this.#microphone?.away
      ? say("microphoneAway")
      : sound?.kind === "retrying"
        ? say("failed", { reason: inWords(sound.refusal) })
        : sound?.kind === "refused"
          ? inWords(sound.refusal)
          : say(sound?.kind === "connected" ? "connected" : "connecting");
    return html`<section class="card"><div class="row"><button class="primary" id="mute" @click=${() => this.#muteSelf()}>${say(self?.muted ? "unmute" : "mute")}</button>
      <span id="sound" role="status">${self?.muted ? say(self.mutedBy === "host" ? "mutedByHost" : "youMuted") : text}</span>
      ${sound?.kind === "refused" ? html`<button @click=${() => void this.#publisher?.publish()}>${say("tryAgain")}</button>` : nothing}</div><p class="small quiet">${say("keys")}</p>${this.#renderOwnTrack()}</section>`;
  }

  /** Tells an interpreter what they interpret into and who hears them. */
  #renderTask() {
    const { interprets } = this.#self ?? {};
    if (interprets === undefined || this.#over) return nothing;
    return html`<p class="card" role="status" id="task">${sayInterpretation("youInterpret", { language: languageName(interprets, lang) })}</p>`;
  }

  #renderTalk(seatId: string) {
    const talk = this.#talk[seatId];
    if (talk === undefined) return nothing;
    const percent = Math.round(talk.share * 100);
    const time = `${Math.floor(talk.seconds / 60)}:${String(talk.seconds % 60).padStart(2, "0")}`;
    return html`<span class="small talk" title=${say("talkTime")}><i style="--share:${talk.share}"></i>${say("talked", { time, percent: String(percent) })}</span>`;
  }

  #renderSeat(seat: RoomSeat, directs: boolean) {
    const own = seat.id === this.own.seat;
    return html`<li class=${seat.presence === "on-stage" && !seat.away ? "" : "away"}>
      <div class="face" data-seat=${seat.id} aria-hidden="true">${[...seat.name][0]?.toUpperCase()}</div>
      <strong>${seat.name}${own ? html` <span class="quiet">(${say("you")})</span>` : nothing}</strong>
      ${seat.interprets === undefined ? nothing : html`<span class="small">${sayInterpretation("interpreter", { language: languageName(seat.interprets, lang) })}</span>`}
      <span class="small quiet">${say(seat.away ? "awayCall" : PRESENCE[seat.presence])}${seat.muted ? ` · ${say("muted")}` : ""}${seat.noiseSuppressed ? ` · ${say("noiseSuppressed")}` : ""}</span>
      ${this.#renderTalk(seat.id)}
      ${renderPath(this.#paths.paths[seat.id])}
      ${directs && !own && !seat.muted && !this.#over ? html`<button @click=${() => this.#link?.send({ type: "mute", muted: true, seat: seat.id })}>${say("muteThem", { name: seat.name })}</button>` : nothing}
      ${directs && seat.presence === "on-stage" && !this.#over ? html`<button aria-pressed=${seat.noiseSuppressed} @click=${() => this.#link?.send({ type: "suppress-noise", seat: seat.id, on: !seat.noiseSuppressed })}>${say("suppressNoise", { name: seat.name })}</button>` : nothing}</li>`;
  }
}

customElements.define("earshot-stage", StageView);
