import { may, type SeatClaims } from "../event/mod-live.ts";
import type { RoomMessage, RoomSeat } from "../wire/room.ts";
import type { Place } from "./mixer.ts";

/** A seat: who someone is on this stage. It outlives every connection of theirs. */
export interface Seat {
  readonly claims: SeatClaims;
  readonly muted: boolean;
  readonly mutedBy: RoomSeat["mutedBy"];
  /** Linear; 1 leaves the voice as it came. */
  readonly gain: number;
  readonly noiseSuppressed: boolean;
  /** Whether whoever has the seat agreed that their voice is kept as a track of its own. */
  readonly ownTrack: boolean;
  /** Whether sound arrives from it now. */
  readonly publishing: boolean;
}

/** A seat as the room itself holds it. */
export interface OwnSeat extends Seat {
  claims: SeatClaims;
  muted: boolean;
  mutedBy: RoomSeat["mutedBy"];
  gain: number;
  noiseSuppressed: boolean;
  ownTrack: boolean;
  publishing: boolean;
  /** Whether sound is expected back: it was there, and nobody ended it. */
  expected: boolean;
  /** Whether the page last said that its microphone was taken from it; kept while the page itself sleeps. */
  away: boolean;
  /** Whether they ask for the floor. */
  handUp: boolean;
  page: RoomPage | undefined;
}

/** The page of whoever has a seat. */
export interface RoomPage {
  readonly send: (message: RoomMessage) => void;
  readonly close: () => void;
}

/** What outlives the stage's process of a seat: what was decided about its voice. */
export interface KeptSeat extends Pick<Seat, "muted" | "mutedBy" | "noiseSuppressed"> {
  readonly id: string;
  /** Whether it was heard on stage, once it had sound. */
  readonly onFloor: boolean;
}

/** A seat nobody has been in yet, or not since the stage was killed: `kept` is what was decided until then. */
export function newSeat(claims: SeatClaims, kept?: KeptSeat): OwnSeat {
  const { noiseSuppressed = false } = kept ?? {};
  const voice = { ...(kept === undefined ? asTheyArrive(claims) : asTheyWere(claims, kept)), gain: 1, noiseSuppressed, ownTrack: false };
  return { claims, ...voice, publishing: false, expected: false, away: false, handUp: false, page: undefined };
}

/** What is to outlive the stage's process of a seat. */
export function keptOf({ claims, muted, mutedBy, noiseSuppressed }: Seat): KeptSeat {
  return { id: claims.seatId, muted, mutedBy, noiseSuppressed, onFloor: placeOf(claims) === "floor" };
}

/** Where somebody is heard; undefined: nowhere, their role has no sound. */
export function placeOf({ role, aside }: SeatClaims): Place | undefined {
  if (may(role, "speak")) return aside === true ? "aside" : "floor";
  return may(role, "talk-off-air") ? "off-air" : undefined;
}

type Mute = Pick<Seat, "muted" | "mutedBy">;
const OPEN: Mute = { muted: false, mutedBy: "none" };
/** Muted until whoever has the seat is ready. */
const HUSHED: Mute = { muted: true, mutedBy: "self" };

/** Taken aside they talk with the producer at once: nobody else hears them. */
function asTheyArrive({ arrivesMuted, aside }: SeatClaims): Mute {
  return arrivesMuted === true && aside !== true ? HUSHED : OPEN;
}

/** Who was brought on stage while the stage was away is as muted as if it had seen it. */
function asTheyWere(claims: SeatClaims, { muted, mutedBy, onFloor }: KeptSeat): Mute {
  return !muted && !onFloor && placeOf(claims) === "floor" ? HUSHED : { muted, mutedBy };
}
