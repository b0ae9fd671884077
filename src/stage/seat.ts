import type { SeatClaims } from "../event/mod-live.ts";
import type { RoomMessage, RoomSeat } from "../wire/room.ts";

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

/** A seat nobody has been in yet. */
export function newSeat(claims: SeatClaims): OwnSeat {
  // Taken aside they talk with the producer at once: nobody else hears them.
  const muted = claims.arrivesMuted === true && claims.aside !== true;
  const voice = { muted, mutedBy: muted ? "self" : "none", gain: 1, noiseSuppressed: false, ownTrack: false } as const;
  return { claims, ...voice, publishing: false, expected: false, away: false, handUp: false, page: undefined };
}
