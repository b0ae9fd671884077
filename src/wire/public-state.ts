import type { PublicAudience } from "./audience.ts";
import type { PublicDoor } from "./door.ts";
import type { StageRole } from "./room.ts";
import type { PublicPicture } from "./picture.ts";
import type { ReminderOffer } from "./reminders.ts";
import type { WritingOffer } from "./wall.ts";

/** States of a live event: scheduled → doors → live → ended; `postponed` waits for a new time, `cancelled` does not. */
export const EVENT_STATUSES = ["scheduled", "doors", "live", "ended", "postponed", "cancelled"] as const;
/** State of a live event as the public sees it. */
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Who finds an event: everybody, only those who were sent its address, or only those who have a personal listener link. */
export const VISIBILITIES = ["public", "unlisted", "invited"] as const;
/** Who finds an event. */
export type EventVisibility = (typeof VISIBILITIES)[number];

/** A move or cancellation as the public may know it. Dates are ISO 8601 with offset. */
export interface PublicScheduleAct {
  readonly act: "postpone" | "reschedule" | "cancel";
  /** When it was done. */
  readonly date: string;
  /** In the host's words; empty when none was given. */
  readonly reason: string;
  /** The start announced until then. */
  readonly from: string;
  /** The new start; absent when none was given. */
  readonly to?: string;
  /** When it was taken back. */
  readonly undoneDate?: string;
}

/** How an event came to its present time. */
export interface PublicSchedule {
  /** IANA name of the zone the event is announced in. */
  readonly timeZone: string;
  /** How long it is meant to last. Minutes. */
  readonly plannedMinutes: number;
  /** Rises with every change that a calendar must take over. @spec RFC 5545 §3.8.7.4 */
  readonly sequence: number;
  /** Last change of what is announced. */
  readonly updatedDate: string;
  /** The start that was announced before the present one. @spec schema.org previousStartDate */
  readonly previousStartDate?: string;
  /** Why it was moved or cancelled, in the host's words. */
  readonly reason?: string;
  /** The latest moves and cancellations, oldest first. */
  readonly history: readonly PublicScheduleAct[];
}

/** A person on stage, as listeners may know them. */
export interface PublicSpeaker {
  /** The seat's id: stable for the event, says nothing about the person. */
  readonly id: string;
  readonly name: string;
  readonly role: StageRole;
  /** BCP 47 tag of the language they interpret into; absent for those who speak on the floor. */
  readonly interprets?: string;
}

/** What the host tells those who wait for the start. */
export interface PublicNotice {
  /** In the host's words, one line. */
  readonly message: string;
  /** When the host now expects to begin; ISO 8601 with offset. Absent when not told. */
  readonly expectedDate?: string;
}

/** A series an event belongs to. */
export interface PublicSeries {
  readonly slug: string;
  readonly title: string;
}

/** `public/series.json`: every series as its page and feed tell it. */
export interface SeriesRecord extends PublicSeries {
  readonly description: string;
}

/** What control writes to disk for the front: the event as announced. Small, public, cacheable. */
export interface PublicEvent {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  /** BCP 47 tag of the spoken language, or empty. */
  readonly language: string;
  /** ISO 8601 with offset. */
  readonly startDate: string;
  readonly doorTime: string;
  readonly status: EventStatus;
  readonly speakers: readonly PublicSpeaker[];
  /** True for the Sound check: always on air, never ends, never listed as coming. */
  readonly permanent: boolean;
  /** Absent: public. */
  readonly visibility?: EventVisibility;
  /** Absent for the Sound check. */
  readonly schedule?: PublicSchedule;
  /** Whether listeners may ask to speak; absent: they may not. */
  readonly handsOpen?: boolean;
  /** Whether there is a wall of posts and questions; absent: there is none. */
  readonly wall?: true;
  /** False when other people's pages may not show it; absent: they may. */
  readonly embed?: false;
  /** From how many listeners on newcomers wait; absent: no limit of its own. */
  readonly mostListeners?: number;
  /** The picture the host gave it; absent: the drawn one stands for it. */
  readonly artwork?: PublicPicture;
  readonly series?: PublicSeries;
  /** What the host says while the start is awaited. */
  readonly notice?: PublicNotice;
}

/** Whether an event stands in lists, feeds, calendars and the map for search engines. */
export function isListed({ visibility = "public" }: Pick<PublicEvent, "visibility">): boolean {
  return visibility === "public";
}

/** What the stage says about itself while it runs; travels on the part bus and is kept on disk. */
export interface LiveState {
  readonly eventId: string;
  readonly slug: string;
  readonly phase: "backstage" | "live" | "ended";
  readonly epoch: number;
  /** Wall-clock time of sample 0. Milliseconds since the Unix epoch; absent before going live. */
  readonly originUnixMs?: number;
  /** Present once ended. */
  readonly endedUnixMs?: number;
  /** Length of the programme once ended. Samples at 48 kHz. */
  readonly durationSamples?: number;
  /** Once ended: whether the event's ledger holds its last entry; absent where none is kept. */
  readonly ledgerFinal?: boolean;
  /** Whether it stands in the ledger that the recording was taken away; absent while it was not. */
  readonly deletionEntered?: true;
  readonly onStage: readonly (PublicSpeaker & { readonly muted: boolean })[];
  /** Languages the programme is interpreted into, BCP 47, beside the floor's own (empty when not told); absent when there are none. */
  readonly interpretation?: { readonly floor: string; readonly into: readonly string[] };
  /** What the host tells all listeners just now; absent: nothing. */
  readonly announcement?: string;
  /** Rises with every change. */
  readonly revision: number;
}

/** `/live/<slug>/state.json`: everything a page needs to know, merged by the front. */
export interface PublicState {
  readonly event: PublicEvent;
  /** `event.status`, corrected by what the stage itself says. */
  readonly status: EventStatus;
  readonly live?: LiveState;
  /** Wall clock of the server when this was made. Milliseconds since the Unix epoch. */
  readonly serverUnixMs: number;
  /** True while the stage is known to be away in the middle of a live event. */
  readonly interrupted: boolean;
  /** Who listens, once a window has closed; the replay's listeners are never among them. */
  readonly audience?: PublicAudience;
  /** The door, while there is something to know about it. */
  readonly door?: PublicDoor;
  /** Whether newcomers get half the data just now, because so many listen. */
  readonly cheaper?: true;
  /** Address of what those who wait may hear, before the event is live and at its door. */
  readonly waiting?: { readonly sound: string };
  /** Whether listeners can go back to the start while it is on air. */
  readonly rewind?: true;
  /** Whether our player asks for one segment after the other instead of one endless stream, because a cache stands in front. */
  readonly segments?: true;
  /** How to be reminded; in the page alone and not in `state.json`, which everybody asks for again and again. */
  readonly reminders?: ReminderOffer;
  /** Where listeners write; in the page alone too, because whose link they came by is theirs. */
  readonly writing?: WritingOffer;
}
