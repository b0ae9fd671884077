import type { PublicSpeaker } from "../wire/public-state.ts";
import type { Role } from "../wire/room.ts";

/** A person with a seat as their stage must know them. */
export interface StageSeat extends Omit<PublicSpeaker, "role"> {
  readonly role: Role;
  /** Present while they are taken aside. */
  readonly aside?: true;
}

/** `events/<eventId>/event.json`: all a stage must know to run an event without database, control or network. */
export interface StageManifest {
  readonly eventId: string;
  readonly slug: string;
  readonly title: string;
  /** BCP 47 tag of the language spoken on the floor; absent or empty when not told. */
  readonly language?: string;
  /** People with a seat; the seat token repeats this, so a stage also takes seats that came later. Where both speak, this is newer. */
  readonly speakers: readonly StageSeat[];
  /** Seats that were taken away: their tokens are refused although they have not expired. */
  readonly removedSeats: readonly string[];
  /** How often each seat's link was renewed, by seat id, where it was: tokens of older links are refused. */
  readonly generations?: Readonly<Record<string, number>>;
  /** File of the picture that goes into the tag of the recording, below `pictures/`; absent: the drawn one. */
  readonly cover?: string;
  /** Rises with every change of the event, so that pages backstage know that there is one; absent in what an earlier version wrote. */
  readonly revision?: number;
  /** True for the Sound check: goes live at once with the bundled clip, keeps no archive, never ends. */
  readonly soundCheck: boolean;
}
