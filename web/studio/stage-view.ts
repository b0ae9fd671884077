import { html, nothing } from "lit";
import type { AudienceAnswer, EventView } from "../../src/wire/api.ts";
import type { RecordingTrouble, RoomMessage, RoomRequest, RoomSeat } from "../../src/wire/room.ts";
import { languageName } from "../../src/wire/language.ts";
import { clock } from "../listen/time.ts";
import { sayBackstage } from "../words/backstage.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { isolated, lang } from "../words/language.ts";
import { sayRecording } from "../words/recording.ts";
import { say, type StudioWord } from "../words/studio.ts";
import { call, tell } from "./api.ts";
import { DoorIncidents } from "./door-incidents.ts";
import { EventClock } from "./event-clock.ts";
import { Grant, type SeatGrant } from "./grant.ts";
import { renderHowls } from "./howl-cards.ts";
import { incidentsOf, renderLight } from "./incident-light.ts";
import { type KeysDialog, keysWanted } from "./keys-dialog.ts";
import { Levels } from "./levels.ts";
import { LightElement } from "./light-element.ts";
import { RoundTrip } from "./line-test.ts";
import { LastingMicrophone, pageWakes } from "./lasting-microphone.ts";
import { type Microphone, openMicrophone } from "./microphone.ts";
import { Publisher, type PublishState } from "./publisher.ts";
import { renderPath } from "./path-view.ts";
import { inWords } from "./refusals.ts";
import { RoomLink } from "./room-link.ts";
import { renderSeat } from "./seat-tile.ts";
import { StageKeys } from "./stage-keys.ts";
import { Together } from "./together.ts";
import "./green-room.ts";
import "./sound-panel.ts";

type RoomState = Extract<RoomMessage, { type: "room" }>;

/** Room messages after which this page is out of the room for good. */
const CLOSING: Readonly<Record<string, StudioWord>> = { "seat-taken": "seatElsewhere", removed: "refusedRemoved" };

/** A room that is away for so long may be gone for good. Milliseconds; a stage that was killed is back sooner. */
const DOUBT_MS = 4_000;

/** The stage as a person on it sees it: green room first, then seats, mute, and for the host Go live and End. */
export class StageView extends LightElement {
  static override properties = {
    slug: {},
    own: { attribute: false },
    may: { attribute: false },
    plannedMinutes: { attribute: false },
    account: { attribute: false },
    invited: { attribute: false },
  };
  declare slug: string;
  declare own: SeatGrant;
  /** What this person may do with the event. */
  declare may: readonly string[];
  /** Whether only the invited hear the event. */
  declare invited: boolean;
  /** How long the event is meant to last; undefined while not known. */
  declare plannedMinutes: number | undefined;
  /** The newest account of the audience; undefined while there is none, and for those who cannot direct the doors. */
  declare account: AudienceAnswer | undefined;
  #room: RoomState | undefined;
  #link: RoomLink | undefined;
  #publisher: Publisher | undefined;
  #microphone: LastingMicrophone | undefined;
  readonly #together = new Together();
  readonly #doors = new DoorIncidents();
  readonly #levels = new Levels(this);
  readonly #time = new EventClock();
  readonly #roundTrip = new RoundTrip();
  #talk: Extract<RoomMessage, { type: "talk" }>["talk"] = {};
  #paths: Omit<Extract<RoomMessage, { type: "paths" }>, "type"> = { paths: {} };
  #sounds: Extract<RoomMessage, { type: "sounds" }>["sounds"] = [];
  #chapter = "";
  #trouble: RecordingTrouble | null = null;
  /** What this person said to a track of their own; undefined while they said nothing on this page. */
  #ownTrack: boolean | undefined;
  #over = false;
  /** The room closed on this page alone: the event goes on without it. */
  #out = false;
  #asking = false;
  #up = false;
  /** Before the first welcome nothing is lost: the stage may still be starting. */
  #wasUp = false;
  #sound: PublishState | undefined;
  #problem = "";
  #timer = 0;
  #grant: Grant | undefined;
  readonly #output = new Audio();
  readonly #keys = new StageKeys({
    isMuted: () => this.#self?.muted === true,
    mute: (muted) => {
      if (this.#publisher !== undefined && !this.#over) this.#send({ type: "mute", muted });
      this.requestUpdate();
    },
    hand: () => this.#handKey(),
    help: () => this.querySelector<KeysDialog>("earshot-keys")?.open(),
    on: keysWanted,
  });
  readonly #onKey = (event: KeyboardEvent) => {
    if (this.#keys.down(event)) event.preventDefault();
  };
  readonly #onKeyUp = ({ key }: KeyboardEvent) => this.#keys.up(key);
  readonly #onBlur = () => this.#keys.release();

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
    document.addEventListener("keyup", this.#onKeyUp);
    addEventListener("blur", this.#onBlur);
    addEventListener("pagehide", () => void this.#publisher?.close());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#grant?.close();
    this.#link?.close();
    clearInterval(this.#timer);
    document.removeEventListener("keydown", this.#onKey);
    document.removeEventListener("keyup", this.#onKeyUp);
    removeEventListener("blur", this.#onBlur);
  }

  override willUpdate(changed: ReadonlyMap<PropertyKey, unknown>): void {
    if (changed.has("account") && this.account !== undefined) this.#doors.take(this.account, Date.now() + this.#time.offsetMs);
  }

  #send(request: RoomRequest): void {
    this.#link?.send(request);
  }

  /** Who takes questions goes to the hands; everybody else asks for the floor. */
  #handKey(): void {
    if (this.#over) return;
    if (!this.may.includes("see-hands")) return this.#send({ type: "hand", up: this.#self?.handUp !== true });
    const target = document.querySelector<HTMLElement>("#hands .hand button") ?? document.querySelector<HTMLElement>("#hands-open");
    target?.focus();
  }

  #setUp(up: boolean, lostForMs: number): void {
    this.#up = up;
    this.#wasUp ||= up;
    if (lostForMs > DOUBT_MS) void this.#askWhetherOver();
    this.requestUpdate();
  }

  /** The room of an event that is over never answers again, and a WebSocket cannot say why: the API can. */
  async #askWhetherOver(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const called = await call<EventView>("GET", `/api/events/${this.slug}`);
    this.#asking = false;
    if (!called.ok || (called.answer.status !== "ended" && called.answer.status !== "cancelled")) return;
    this.#finish();
    this.#tellPage();
  }

  /** The event is over: the page says so and asks nothing more. */
  #finish(): void {
    this.#link?.close();
    this.#leaveStage();
    document.body.classList.remove("on-air");
    this.requestUpdate();
  }

  #hear(message: RoomMessage): void {
    if (message.type === "levels") return this.#levels.show(message.levels, this.own.seat);
    if (message.type === "talk") this.#talk = message.talk;
    if (message.type === "sounds") this.#sounds = message.sounds;
    if (message.type === "paths") this.#paths = message;
    if (message.type === "chapter") this.#chapter = `${sayRecording("chapterSet", { time: clock(message.startTime) })} ${isolated(message.title)}`;
    this.#together.hear(message);
    if (message.type === "pong") this.#roundTrip.answered();
    if (message.type === "recording") this.#trouble = message.trouble;
    if (message.type === "welcome") {
      this.#time.offsetMs = message.serverUnixMs - Date.now();
      // The stage forgot our sound (it was restarted): nobody should have to click for that.
      if (!message.publishing) {
        // Nor should anybody be heard who was muted when the stage went away.
        if (this.#self?.muted === true) this.#send({ type: "mute", muted: true });
        this.#publish();
      }
      this.#tellMicrophone();
      this.#tellOwnTrack();
    } else if (message.type === "publish-again") this.#publish();
    else if (message.type === "room") {
      const before = this.#howItStands();
      this.#room = message;
      this.#tellOwnTrack();
      // Another role opens and closes parts of the page around the stage; who came from the audience stands in the list of people too, and what another host decided in the plan.
      if (before !== undefined && before !== this.#howItStands()) this.#tellPage();
      document.body.classList.toggle("on-air", message.phase === "live");
      if (message.phase === "ended") this.#finish();
    } else if (message.type === "error") {
      this.#problem = message.code in CLOSING ? say(CLOSING[message.code] as StudioWord) : tell(message);
      if (message.code in CLOSING) {
        this.#link?.close();
        this.#leaveStage();
        // What this page knew of the room holds no longer: least of all that one is on stage.
        this.#out = true;
        document.body.classList.remove("on-air");
        this.dispatchEvent(new CustomEvent("out", { bubbles: true }));
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

  #markChapter(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#link?.send({ type: "mark-chapter", title: String(new FormData(form).get("title")) });
    form.reset();
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

  /** The phase, the event's last change, one's own role and, for who may see them, everybody in the room; undefined while there is no room. */
  #howItStands(): string | undefined {
    if (this.#room === undefined) return undefined;
    const { phase, revision, seats } = this.#room;
    const others = this.may.includes("see-people") ? seats.map(({ id }) => id).sort() : [];
    return [phase, revision, this.#self?.role, ...others].join(" ");
  }

  /** Has the page around the stage look again; it is told the phase, which the stage knows a moment before everybody else. */
  #tellPage(): void {
    this.dispatchEvent(new CustomEvent("people", { bubbles: true, detail: this.#room?.phase }));
  }

  #muteSelf(): void {
    this.#link?.send({ type: "mute", muted: !(this.#self?.muted ?? false) });
  }

  async #takeAside(seat: string, aside: boolean): Promise<void> {
    const called = await call("POST", `/api/events/${this.slug}/people/${seat}/aside`, { aside });
    this.#problem = called.ok ? "" : tell(called.problem);
    this.requestUpdate();
  }

  override render() {
    const phase = this.#over && this.#problem === "" ? "ended" : (this.#room?.phase ?? "backstage");
    const role = this.#self?.role ?? this.own.role;
    const host = role === "host";
    const directs = host || role === "co-host";
    const mayMark = directs || role === "producer";
    const remaining = this.#time.remaining(this.#room, this.plannedMinutes);
    const hasSound = role !== "moderator" && role !== "captioner";
    const seats = this.#out ? [] : (this.#room?.seats ?? []);
    const incidents = incidentsOf({
      seats,
      paths: this.#paths.paths,
      diskRefuses: this.#trouble !== null,
      doors: this.#doors.told(Date.now() + this.#time.offsetMs),
      linked: this.#up || this.#over || !this.#wasUp,
    });
    return html`
      <div class="head">${this.#out ? nothing : html`<span class="sign" role="status" id="phase">${say(phase)} ${this.#time.elapsed(this.#room, this.#over)}</span>`}${this.#out || remaining === "" ? nothing : html`<span id="remaining" class="small">${remaining}</span>`}
        ${this.#over ? nothing : renderLight(incidents)}<earshot-keys></earshot-keys>
        ${directs && phase === "backstage" && !this.#out ? html`<button class="go" id="go-live" ?disabled=${!this.#up} @click=${() => this.#link?.send({ type: "go-live" })}>${say("goLive")}</button>` : nothing}
        ${host && phase === "live" && !this.#out ? html`<button class="end" id="end" @click=${() => this.querySelector<HTMLDialogElement>(":scope > dialog")?.showModal()}>${say("end")}</button>` : nothing}</div>
      ${phase === "ended" ? html`<p>${say("thanks")}</p>` : nothing}
      ${mayMark && phase === "live" ? html`<form class="row" id="chapter" @submit=${(event: SubmitEvent) => this.#markChapter(event)}><input name="title" dir="auto" maxlength="80" autocomplete="off" aria-label=${sayRecording("chapterTitle")} placeholder=${sayRecording("chapterTitle")}><button>${sayRecording("chapter")}</button><span class="small quiet" role="status">${this.#chapter}</span></form>` : nothing}
      ${this.#problem === "" ? nothing : html`<p class="wrong" role="alert">${this.#problem}</p>`}
      ${this.#trouble === null ? nothing : html`<p class="wrong" role="alert">${sayRecording("trouble", { why: sayRecording(this.#trouble === "disk-full" ? "troubleFull" : "troubleFailing") })}</p>`}
      ${this.#up || this.#over ? nothing : html`<p class=${this.#wasUp ? "wrong" : "quiet"} role="status">${say(this.#wasUp ? "lost" : "opening")}</p>`}
      ${this.#renderPlace(role, hasSound)}
      ${this.#over || !hasSound ? nothing : this.#publisher === undefined ? html`<earshot-green-room .invited=${this.invited} .ping=${() => this.#roundTrip.ask(() => this.#send({ type: "ping" }))} .ownTrack=${this.#renderOwnTrack()} @join=${(event: CustomEvent<Microphone>) => this.#join(event.detail)}></earshot-green-room>` : this.#renderSound()}
      ${this.#renderTask()}
      ${renderHowls({ own: this.own.seat, mayForgive: this.may.includes("mute-others") && !this.#over, seats, onForgive: (seat) => this.#send({ type: "forgive", seat }) })}
      <ul class="seats">${seats.map((seat) => this.#renderTile(seat))}</ul>
      ${renderPath(this.#paths.programme)}
      ${mayMark && !this.#over ? this.#renderSounds() : nothing}
      ${this.#over ? nothing : this.#together.render({ slug: this.slug, may: this.may, live: phase === "live", announcement: this.#room?.announcement ?? "", seconds: () => this.#time.seconds(this.#room), send: (request) => this.#send(request) })}
      <dialog><h2>${say("endSure")}</h2><p class="quiet">${say("endInfo")}</p>
        <form method="dialog" class="row"><button id="end-yes" class="end" @click=${() => this.#link?.send({ type: "end" })}>${say("yesEnd")}</button><button autofocus>${say("no")}</button></form></dialog>`;
  }

  /** Says to those who are not on the air that they are not, and to those without sound that they have none. */
  #renderPlace(role: RoomSeat["role"], hasSound: boolean) {
    if (this.#over) return nothing;
    const word = !hasSound ? "noSound" : role === "producer" ? "producerSound" : this.#self?.aside === true ? "asideOwn" : undefined;
    return word === undefined ? nothing : html`<p class="card" role="status" id="place">${sayBackstage(word)}</p>`;
  }

  #renderTile(seat: RoomSeat) {
    const { may } = this;
    return renderSeat({
      seat,
      own: seat.id === this.own.seat,
      over: this.#over,
      talk: this.#talk[seat.id],
      path: this.#paths.paths[seat.id],
      mayMute: may.includes("mute-others"),
      mayTakeAside: may.includes("take-aside"),
      send: (request) => this.#send(request),
      onAside: (id, aside) => void this.#takeAside(id, aside),
    });
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
          : sound?.kind !== "connected"
            ? say("connecting")
            : self?.howl?.act === "mute"
              ? say("howlSilent")
              : self?.aside === true || self?.role === "producer"
                ? sayBackstage("soundOffAir")
                : say("connected");
    return html`<section class="card"><div class="row"><button class="primary" id="mute" @click=${() => this.#muteSelf()}>${say(self?.muted ? "unmute" : "mute")}</button>
      <span id="sound" role="status">${self?.muted ? say(self.mutedBy === "host" ? "mutedByHost" : "youMuted") : text}</span>
      ${sound?.kind === "refused" ? html`<button @click=${() => void this.#publisher?.publish()}>${say("tryAgain")}</button>` : nothing}</div>${this.may.includes("see-hands") ? nothing : html`<button id="hand" aria-pressed=${self?.handUp === true} @click=${() => this.#handKey()}>${sayBackstage(self?.handUp === true ? "handDown" : "hand")}</button>`}${this.#keys.holding ? html`<p class="small" role="status">${sayBackstage("holding")}</p>` : nothing}${self?.muted ? nothing : html`<div class="meter" data-level=${this.own.seat} aria-hidden="true"><i></i></div><p class="small quiet" id="own-level"><span class="hidden">${sayBackstage("ownLevel")}: </span>${this.#levels.inWords()}</p>`}${this.#renderOwnTrack()}</section>`;
  }

  /** Tells an interpreter what they interpret into and who hears them. */
  #renderTask() {
    const { interprets } = this.#self ?? {};
    if (interprets === undefined || this.#over) return nothing;
    return html`<p class="card" role="status" id="task">${sayInterpretation("youInterpret", { language: languageName(interprets, lang) })}</p>`;
  }
}

customElements.define("earshot-stage", StageView);
