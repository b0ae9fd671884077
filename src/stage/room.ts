import type { Clock } from "../core/clock.ts";
import { ERRORS, type ErrorCode } from "../core/errors.ts";
import { may, type SeatClaims, type SeatTokenResult } from "../event/mod-live.ts";
import type { MicrophoneSettings, PathNow } from "../wire/path-record.ts";
import {
  type HowlNow,
  ROOM_MESSAGE_BYTES,
  type RecordingTrouble,
  type RoomMessage,
  type RoomRequest,
  type RoomSeat,
  roomRequest,
  type TalkNow,
} from "../wire/room.ts";
import type { PlayingSound } from "../wire/sounds.ts";
import type { TalkRecord } from "../wire/talk-record.ts";
import { Chat } from "./chat.ts";
import { type KeptSeat, keptOf, newSeat, type OwnSeat, type RoomPage, type Seat } from "./seat.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Messages a page may send in a row and per second; a person clicks far less. */
const MESSAGES = { burst: 40, perSecond: 20 };
/** Time to say hello. Milliseconds. */
const HELLO_LIMIT_MS = 5_000;

/** An act of moderation on stage; seats by their id. */
export interface ModerationAct {
  readonly act: "mute" | "reinstate";
  readonly subject: string;
  /** Seat of whoever acted, or "howl-guard". */
  readonly by: string;
  /** What was done and why, as an event's record says it. */
  readonly facts: string;
  readonly automated: boolean;
}

/** What the room asks of the stage. */
export interface RoomOptions {
  /** The event's title now. */
  readonly title: () => string;
  readonly slug: string;
  /** How often the event was changed; absent where nobody changes it. */
  readonly revision?: () => number;
  readonly verifyToken: (token: string) => SeatTokenResult;
  readonly clock: Clock;
  readonly phase: () => {
    readonly phase: "backstage" | "live" | "ended";
    readonly originUnixMs?: number;
    readonly endedUnixMs?: number;
    readonly announcement?: string;
  };
  /** Seats as an earlier run of this stage left them. */
  readonly kept?: readonly KeptSeat[];
  /** Whether a seat has a media session, with sound or stalled. */
  readonly isConnected: (seatId: string) => boolean;
  /** What the howl guard does to a seat now. */
  readonly howlOf: (seatId: string) => HowlNow | undefined;
  readonly onMute: (seatId: string, muted: boolean) => void;
  readonly onSuppressNoise: (seatId: string, on: boolean) => void;
  readonly onGain: (seatId: string, gain: number) => void;
  /** A page tells what microphone its seat speaks into, and what the browser does to it. */
  readonly onMicrophone: (seatId: string, settings: MicrophoneSettings) => void;
  /** A host takes back what the howl guard did to a seat. */
  readonly onForgive: (seatId: string) => void;
  /** Whether the event keeps a track of each speaker who agrees; absent: it does not. */
  readonly keepsTracks?: () => boolean;
  /** Somebody agreed to a track of their own voice, or took that back. */
  readonly onTrack?: (claims: SeatClaims, agreed: boolean) => void;
  /** A host begins a new chapter; absent where nobody keeps chapters. */
  readonly onMark?: (title: string) => void;
  /** A captioner's line; `at`: seconds since going live, where they said when it was spoken. */
  readonly onCaption?: (text: string, at: number | undefined) => void;
  /** A line to all listeners; empty: it is taken away. */
  readonly onAnnounce?: (text: string) => void;
  /** A host begins a sound, or fades it out. */
  readonly onPlaySound: (seatId: string, sound: string) => void;
  readonly onStopSound: (sound: string) => void;
  readonly onGoLive: () => void;
  readonly onEnd: () => void;
  /** Somebody did something to another's voice; for the record. */
  readonly onModeration?: (act: ModerationAct) => void;
  /** Something in the roster changed. */
  readonly onChange: () => void;
}

/** One page's connection. */
export interface RoomConnection {
  receive(text: string): void;
  closed(): void;
}

/** Everyone backstage and on stage: who they are, what they may do, what they are told. Closed by the stage. */
export class Room {
  readonly #options: RoomOptions;
  readonly #seats = new Map<string, OwnSeat>();
  /** Of those who are not back yet. */
  readonly #kept: Map<string, KeptSeat>;
  readonly #ended = new AbortController();
  #sounds: readonly PlayingSound[] = [];
  readonly #chat = new Chat();
  #trouble: RecordingTrouble | null = null;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#kept = new Map(options.kept?.map((seat) => [seat.id, seat]));
  }

  /** The seat of these claims, made at first sight. */
  seat(claims: SeatClaims): Seat {
    return this.#seat(claims);
  }

  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  /** What is to outlive the process, of those who are not back since the last one too. */
  get kept(): readonly KeptSeat[] {
    return [...this.#kept.values(), ...this.seats.map(keptOf)];
  }

  /** Whether nobody has the page open and no sound arrives. */
  get empty(): boolean {
    return [...this.#seats.values()].every((seat) => seat.page === undefined && !seat.publishing);
  }

  /** Tells a seat's page to publish again. */
  askToPublish(seatId: string, reason: string): void {
    this.#seats.get(seatId)?.page?.send({ type: "publish-again", reason });
  }

  /** Tells a seat's page in words that something it asked for was not done. */
  refuse(seatId: string, code: ErrorCode): void {
    this.#seats.get(seatId)?.page?.send(inWords(code));
  }

  /** Tells everyone who may play sounds what plays. */
  sendSounds(sounds: readonly PlayingSound[]): void {
    this.#sounds = sounds;
    for (const { claims, page } of this.#seats.values()) if (may(claims.role, "play-sounds")) page?.send({ type: "sounds", sounds });
  }

  /** Notes whether sound arrives from a seat; `left`: its page ended the exchange itself. */
  setPublishing(seatId: string, publishing: boolean | "left"): void {
    const seat = this.#seats.get(seatId);
    if (seat === undefined) return;
    seat.publishing = publishing === true;
    seat.expected = publishing !== "left" && (seat.expected || seat.publishing);
    this.changed();
  }

  /** Sets how loud a seat is in the mix. Linear. */
  setGain(seatId: string, gain: number): void {
    const seat = this.#seats.get(seatId);
    if (seat === undefined) return;
    seat.gain = gain;
    this.#options.onGain(seatId, gain);
  }

  /** Says whether noise is taken out of a voice; everybody backstage sees it. */
  setNoiseSuppressed(seatId: string, on: boolean): void {
    const seat = this.#seats.get(seatId);
    if (seat === undefined) return;
    seat.noiseSuppressed = on;
    this.changed();
  }

  /** Mutes a seat that is about to be heard by others than before; its owner unmutes when they are ready. */
  hush(seatId: string): void {
    const seat = this.#seats.get(seatId);
    if (seat === undefined || seat.muted) return;
    seat.muted = true;
    seat.mutedBy = "self";
    this.#options.onMute(seatId, true);
  }

  /** Takes a seat away: its page is told and closed, and nobody sees it any more. */
  remove(seatId: string): void {
    const page = this.#seats.get(seatId)?.page;
    this.#seats.delete(seatId);
    this.#kept.delete(seatId);
    page?.send(inWords("removed"));
    page?.close();
  }

  /** Sends the roster to everyone; call after any change, of the phase too. */
  changed(): void {
    const message = this.#roster();
    for (const seat of this.#seats.values()) seat.page?.send(message);
    this.#options.onChange();
  }

  /** Sends everyone the levels of all who publish. */
  sendLevels(levelOf: (seatId: string) => number): void {
    const levels: Record<string, number> = {};
    for (const [seatId, seat] of this.#seats) if (seat.publishing) levels[seatId] = Math.round(levelOf(seatId));
    for (const seat of this.#seats.values()) seat.page?.send({ type: "levels", levels });
  }

  /** Tells everyone backstage how talk is shared so far. */
  sendTalk({ speakers }: TalkRecord): void {
    const talk = Object.fromEntries(
      speakers.map(({ id, talkSeconds, share, turns, longestTurnSeconds }): [string, TalkNow] => [
        id,
        { seconds: Math.round(talkSeconds), share, turns: turns.length, longestTurn: Math.round(longestTurnSeconds) },
      ]),
    );
    for (const seat of this.#seats.values()) seat.page?.send({ type: "talk", talk });
  }

  /** Tells those who direct that the disk refuses the recording, or that it takes it again. */
  sendTrouble(trouble: RecordingTrouble | null): void {
    this.#trouble = trouble;
    for (const { claims, page } of this.#seats.values()) if (may(claims.role, "mark-chapter")) page?.send({ type: "recording", trouble });
  }

  /** Tells everyone backstage that a chapter begins. */
  sendChapter(mark: { readonly startTime: number; readonly title: string }): void {
    for (const seat of this.#seats.values()) seat.page?.send({ type: "chapter", ...mark });
  }

  /** Tells everyone backstage which line of captions went out. Seconds since going live. */
  sendCaption(text: string, startTime: number): void {
    for (const seat of this.#seats.values()) seat.page?.send({ type: "caption", text, startTime });
  }

  /** Tells hosts how every voice comes in and the programme goes out, and everyone else how their own voice does. */
  sendPaths(pathOf: (seatId: string) => PathNow | undefined, programme: PathNow | undefined): void {
    const all: Record<string, PathNow> = {};
    for (const seatId of this.#seats.keys()) {
      const path = pathOf(seatId);
      if (path !== undefined) all[seatId] = path;
    }
    for (const [seatId, { claims, page }] of this.#seats) {
      const own = all[seatId];
      if (may(claims.role, "mute-others")) page?.send({ type: "paths", paths: all, ...(programme === undefined ? {} : { programme }) });
      else if (own !== undefined) page?.send({ type: "paths", paths: { [seatId]: own } });
    }
  }

  /** A page connected; `close` ends its connection. */
  join(send: (message: RoomMessage) => void, close: () => void): RoomConnection {
    const { clock } = this.#options;
    const page: RoomPage = { send, close };
    const bucket = new TokenBucket({ ...MESSAGES, nowMs: clock.steadyMs() });
    const hello = new AbortController();
    let seat: OwnSeat | undefined;
    let over = false;
    const refuse = (code: ErrorCode) => send(inWords(code));
    const end = (code: ErrorCode) => {
      over = true;
      refuse(code);
      close();
    };
    clock.sleep(HELLO_LIMIT_MS, AbortSignal.any([hello.signal, this.#ended.signal])).then(
      () => end("unauthorised"),
      () => {},
    );

    return {
      receive: (text) => {
        if (over) return;
        if (!bucket.take(clock.steadyMs())) return end("rate-limited");
        if (Buffer.byteLength(text) > ROOM_MESSAGE_BYTES) return end("body-too-large");
        const request = parse(text);
        if (request === undefined) return refuse("bad-request");
        if (request.type !== "hello") return seat === undefined ? refuse("unauthorised") : this.#act(seat, request, page, refuse);
        if (seat !== undefined) return refuse("bad-request");
        const checked = this.#options.verifyToken(request.token);
        if (!checked.ok) return end(checked.code === "seat-removed" ? "removed" : "unauthorised");
        hello.abort(new Error("said hello"));
        seat = this.#welcome(checked.claims, page);
      },
      closed: () => {
        over = true;
        hello.abort(new Error("left"));
        if (seat?.page !== page) return;
        seat.page = undefined;
        seat.handUp = false;
        this.changed();
      },
    };
  }

  close(): void {
    this.#ended.abort(new Error("the stage closes"));
    for (const seat of this.#seats.values()) seat.page?.close();
  }

  #seat(claims: SeatClaims): OwnSeat {
    const before = this.#seats.get(claims.seatId);
    if (before !== undefined) return Object.assign(before, { claims });
    const seat = newSeat(claims, this.#kept.get(claims.seatId));
    this.#kept.delete(claims.seatId);
    this.#seats.set(claims.seatId, seat);
    if (seat.noiseSuppressed) this.#options.onSuppressNoise(claims.seatId, true);
    return seat;
  }

  #welcome(claims: SeatClaims, page: RoomPage): OwnSeat {
    const seat = this.#seat(claims);
    const { title, slug, clock } = this.#options;
    if (seat.page !== undefined) {
      // Two pages of one seat would fight over the microphone: the newer wins.
      const { page: older } = seat;
      seat.page = undefined;
      older.send(inWords("seat-taken"));
      older.close();
    }
    seat.page = page;
    seat.away = false;
    if (this.#trouble !== null && may(claims.role, "mark-chapter")) page.send({ type: "recording", trouble: this.#trouble });
    page.send({ type: "welcome", seat: claims.seatId, role: claims.role, title: title(), slug, publishing: seat.publishing, serverUnixMs: clock.wallMs() });
    this.changed();
    if (may(claims.role, "play-sounds")) page.send({ type: "sounds", sounds: this.#sounds });
    if (this.#chat.lines.length > 0 && may(claims.role, "chat-backstage")) page.send({ type: "chat", lines: this.#chat.lines });
    return seat;
  }

  #act(seat: OwnSeat, request: Exclude<RoomRequest, { type: "hello" }>, page: RoomPage, refuse: (code: ErrorCode) => void): void {
    const { role, seatId } = seat.claims;
    if (seat.page !== page) return refuse("forbidden");
    if (request.type === "ping") return page.send({ type: "pong" });
    if (request.type === "microphone") return this.#hearOfMicrophone(seat, request.settings);
    if (request.type === "mute") return this.#mute(seat, request.seat ?? seatId, request.muted, refuse);
    if (request.type === "hand") return this.#raise(seat, request.up);
    if (request.type === "own-track") return this.#agree(seat, request.on);
    if (request.type === "forgive") return this.#forgive(seat, request.seat, refuse);
    if (request.type === "suppress-noise") return this.#suppressNoise(seat, request.seat, request.on, refuse);
    if (request.type === "play-sound" || request.type === "stop-sound") {
      if (!may(role, "play-sounds")) return refuse("forbidden");
      return request.type === "play-sound" ? this.#options.onPlaySound(seatId, request.sound) : this.#options.onStopSound(request.sound);
    }
    if (request.type === "chat") return may(role, "chat-backstage") ? this.#say(seat, request.text) : refuse("forbidden");
    if (!may(role, request.type)) return refuse("forbidden");
    if (request.type === "caption") this.#options.onCaption?.(request.text, request.at);
    else if (request.type === "announce") this.#options.onAnnounce?.(request.text);
    else if (request.type === "mark-chapter") this.#options.onMark?.(request.title);
    else if (request.type === "go-live") this.#options.onGoLive();
    else this.#options.onEnd();
  }

  #raise(seat: OwnSeat, up: boolean): void {
    if (seat.handUp === up) return;
    seat.handUp = up;
    this.changed();
  }

  #say({ claims }: Seat, text: string): void {
    const line = { from: claims.seatId, name: claims.name, text, atUnixMs: this.#options.clock.wallMs() };
    this.#chat.add(line);
    for (const seat of this.#seats.values()) if (may(seat.claims.role, "chat-backstage")) seat.page?.send({ type: "chat", lines: [line] });
  }

  #hearOfMicrophone(seat: OwnSeat, settings: MicrophoneSettings): void {
    this.#options.onMicrophone(seat.claims.seatId, settings);
    const away = settings.track === "muted" || settings.track === "ended";
    if (away === seat.away) return;
    seat.away = away;
    this.changed();
  }

  get #keepsTracks(): boolean {
    return this.#options.keepsTracks?.() ?? false;
  }

  /** Only for oneself, and only where tracks are kept: nobody agrees to what they were not asked. */
  #agree(seat: OwnSeat, agreed: boolean): void {
    if (seat.ownTrack === agreed || (agreed && !this.#keepsTracks)) return;
    seat.ownTrack = agreed;
    this.#options.onTrack?.(seat.claims, agreed);
    this.changed();
  }

  #forgive({ claims }: Seat, seatId: string, refuse: (code: ErrorCode) => void): void {
    if (!may(claims.role, "mute-others") || !this.#seats.has(seatId)) return refuse("forbidden");
    this.#options.onForgive(seatId);
    const facts = "what the howl guard did was taken back";
    this.#options.onModeration?.({ act: "reinstate", subject: seatId, by: claims.seatId, facts, automated: false });
  }

  #suppressNoise({ claims }: Seat, seatId: string, on: boolean, refuse: (code: ErrorCode) => void): void {
    const target = this.#seats.get(seatId);
    if (target === undefined || !may(claims.role, "mute-others")) return refuse("forbidden");
    this.setNoiseSuppressed(seatId, on);
    this.#options.onSuppressNoise(seatId, on);
  }

  #mute(by: Seat, seatId: string, muted: boolean, refuse: (code: ErrorCode) => void): void {
    const target = this.#seats.get(seatId);
    const self = seatId === by.claims.seatId;
    // Others may mute you; only you unmute yourself.
    if (target === undefined || (!self && (!muted || !may(by.claims.role, "mute-others")))) return refuse("forbidden");
    // A page that comes back says again that it is muted: whoever muted it, did.
    if (self && muted && target.muted) return;
    target.muted = muted;
    target.mutedBy = muted ? (self ? "self" : "host") : "none";
    this.#options.onMute(seatId, muted);
    if (!self) this.#options.onModeration?.({ act: "mute", subject: seatId, by: by.claims.seatId, facts: "muted by hand", automated: false });
    this.changed();
  }

  #roster(): RoomMessage {
    const seats = [...this.#seats.values()].map((seat): RoomSeat => {
      const presence = this.#presence(seat);
      const hasSound = presence === "on-stage" || presence === "reconnecting";
      const howl = hasSound ? this.#options.howlOf(seat.claims.seatId) : undefined;
      return {
        id: seat.claims.seatId,
        name: seat.claims.name,
        role: seat.claims.role,
        ...(seat.claims.interprets === undefined ? {} : { interprets: seat.claims.interprets }),
        presence,
        muted: seat.muted,
        mutedBy: seat.mutedBy,
        away: seat.away && hasSound,
        ...(howl === undefined ? {} : { howl }),
        noiseSuppressed: seat.noiseSuppressed,
        ownTrack: seat.ownTrack,
        ...(seat.handUp ? { handUp: true as const } : {}),
        ...(seat.claims.aside === true ? { aside: true as const } : {}),
      };
    });
    return { type: "room", seats, keepsTracks: this.#keepsTracks, revision: this.#options.revision?.() ?? 0, ...this.#options.phase() };
  }

  #presence({ claims, publishing, expected, page }: OwnSeat): RoomSeat["presence"] {
    if (publishing) return "on-stage";
    const over = this.#options.phase().phase === "ended";
    if (!over && expected && (page !== undefined || this.#options.isConnected(claims.seatId))) return "reconnecting";
    return page === undefined ? "absent" : "backstage";
  }
}

/** A refusal as a message of the room. */
function inWords(code: ErrorCode): RoomMessage {
  return { type: "error", code, title: ERRORS[code].meaning, action: ERRORS[code].action };
}

function parse(text: string): RoomRequest | undefined {
  try {
    const result = roomRequest.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
