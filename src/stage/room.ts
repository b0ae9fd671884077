import type { Clock } from "../core/clock.ts";
import { ERRORS, type ErrorCode } from "../core/errors.ts";
import { may, type SeatClaims, type SeatTokenResult } from "../event/mod.ts";
import { ROOM_MESSAGE_BYTES, type RoomMessage, type RoomRequest, type RoomSeat, roomRequest } from "../wire/room.ts";

/** Messages a page may send in a row and per second. @see flood-and-evidence: 20/s, burst 40 */
const BUCKET_BURST = 40;
const BUCKET_PER_SECOND = 20;
/** Time to say hello. Milliseconds. */
const HELLO_LIMIT_MS = 5_000;

/** A seat: who someone is on this stage. It outlives every connection of theirs. */
export interface Seat {
  readonly claims: SeatClaims;
  muted: boolean;
  mutedBy: RoomSeat["mutedBy"];
  /** Whether sound arrives from it now. */
  publishing: boolean;
  /** Whether sound arrived from it before. */
  wasPublishing: boolean;
  page: RoomPage | undefined;
}

interface RoomPage {
  readonly send: (message: RoomMessage) => void;
  readonly close: () => void;
}

/** What the room asks of the stage. */
export interface RoomOptions {
  readonly title: string;
  readonly slug: string;
  readonly verifyToken: (token: string) => SeatTokenResult;
  readonly clock: Clock;
  readonly phase: () => { readonly phase: "backstage" | "live" | "ended"; readonly originUnixMs?: number; readonly endedUnixMs?: number };
  readonly onMute: (seatId: string, muted: boolean) => void;
  readonly onGoLive: () => void;
  readonly onEnd: () => void;
  /** Something in the roster changed. */
  readonly onChange: () => void;
}

/** One page's connection. */
export interface RoomConnection {
  receive(text: string): void;
  closed(): void;
}

/** Everyone backstage and on stage: who they are, what they may do, what they are told. */
export class Room {
  readonly #options: RoomOptions;
  readonly #seats = new Map<string, Seat>();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** The seat of these claims, made at first sight. */
  seat(claims: SeatClaims): Seat {
    const before = this.#seats.get(claims.seatId);
    const seat: Seat = before === undefined ? { claims, muted: false, mutedBy: "none", publishing: false, wasPublishing: false, page: undefined } : Object.assign(before, { claims });
    this.#seats.set(claims.seatId, seat);
    return seat;
  }

  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  /** Whether anybody has the page open. */
  get empty(): boolean {
    return this.seats.every((seat) => seat.page === undefined && !seat.publishing);
  }

  /** Tells a seat's page to publish again. */
  askToPublish(seatId: string, reason: string): void {
    this.#seats.get(seatId)?.page?.send({ type: "publish-again", reason });
  }

  setPublishing(seatId: string, publishing: boolean): void {
    const seat = this.#seats.get(seatId);
    if (seat === undefined || seat.publishing === publishing) return;
    seat.publishing = publishing;
    seat.wasPublishing ||= publishing;
    this.changed();
  }

  /** Sends the roster to everyone; call after any change. */
  changed(): void {
    const message = this.#roster();
    for (const seat of this.#seats.values()) seat.page?.send(message);
    this.#options.onChange();
  }

  /** Sends everyone the levels of all who publish. */
  sendLevels(levelOf: (seatId: string) => number): void {
    const levels: Record<string, number> = {};
    for (const seat of this.#seats.values()) if (seat.publishing) levels[seat.claims.seatId] = Math.round(levelOf(seat.claims.seatId));
    for (const seat of this.#seats.values()) seat.page?.send({ type: "levels", levels });
  }

  /** A page connected; `close` ends its connection. */
  join(send: (message: RoomMessage) => void, close: () => void): RoomConnection {
    const { clock } = this.#options;
    const page: RoomPage = { send, close };
    let seat: Seat | undefined;
    let tokens = BUCKET_BURST;
    let filledAt = clock.steadyMs();
    const hello = new AbortController();
    clock.sleep(HELLO_LIMIT_MS, hello.signal).then(close, () => {});
    const refuse = (code: ErrorCode) => send({ type: "error", code, title: ERRORS[code].meaning, action: ERRORS[code].action });

    return {
      receive: (text) => {
        const now = clock.steadyMs();
        tokens = Math.min(BUCKET_BURST, tokens + ((now - filledAt) / 1000) * BUCKET_PER_SECOND) - 1;
        filledAt = now;
        if (tokens < 0 || text.length > ROOM_MESSAGE_BYTES) return close();
        const request = parse(text);
        if (request === undefined) return refuse("bad-request");
        if (request.type === "hello") {
          const checked = this.#options.verifyToken(request.token);
          if (!checked.ok) {
            refuse("unauthorised");
            return close();
          }
          hello.abort(new Error("said hello"));
          seat = this.#welcome(checked.claims, page);
        } else if (seat === undefined) refuse("unauthorised");
        else this.#act(seat, request, refuse);
      },
      closed: () => {
        hello.abort(new Error("left"));
        if (seat?.page !== page) return;
        seat.page = undefined;
        this.changed();
      },
    };
  }

  #welcome(claims: SeatClaims, page: RoomPage): Seat {
    const seat = this.seat(claims);
    const { title, slug, clock } = this.#options;
    if (seat.page !== undefined && seat.page !== page) {
      // Two pages of one seat would fight over the microphone: the newer wins.
      seat.page.send({ type: "error", code: "forbidden", title: "This seat is open in another window.", action: "Go on there, or reload to take the seat back here." });
      seat.page.close();
    }
    seat.page = page;
    page.send({ type: "welcome", seat: claims.seatId, role: claims.role, title, slug, publishing: seat.publishing, serverUnixMs: clock.wallMs() });
    this.changed();
    return seat;
  }

  #act(seat: Seat, request: Exclude<RoomRequest, { type: "hello" }>, refuse: (code: ErrorCode) => void): void {
    const { role, seatId } = seat.claims;
    if (request.type === "ping") return seat.page?.send({ type: "pong" });
    if (request.type === "mute") return this.#mute(seat, request.seat ?? seatId, request.muted, refuse);
    if (!may(role, request.type)) return refuse("forbidden");
    if (request.type === "go-live") this.#options.onGoLive();
    else this.#options.onEnd();
  }

  #mute(by: Seat, seatId: string, muted: boolean, refuse: (code: ErrorCode) => void): void {
    const target = this.#seats.get(seatId);
    const self = seatId === by.claims.seatId;
    // Others may mute you; only you unmute yourself.
    if (target === undefined || (!self && (!muted || !may(by.claims.role, "mute-others")))) return refuse("forbidden");
    target.muted = muted;
    target.mutedBy = muted ? (self ? "self" : "host") : "none";
    this.#options.onMute(seatId, muted);
    this.changed();
  }

  #roster(): RoomMessage {
    const seats = this.seats.map(
      (seat): RoomSeat => ({
        id: seat.claims.seatId,
        name: seat.claims.name,
        role: seat.claims.role,
        presence: seat.publishing ? "on-stage" : seat.page === undefined ? (seat.wasPublishing ? "reconnecting" : "absent") : seat.wasPublishing ? "reconnecting" : "backstage",
        muted: seat.muted,
        mutedBy: seat.mutedBy,
      }),
    );
    return { type: "room", seats, ...this.#options.phase() };
  }
}

function parse(text: string): RoomRequest | undefined {
  try {
    const result = roomRequest.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
