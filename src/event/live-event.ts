import { readPictureName } from "../wire/picture.ts";
import type { EventStatus, EventVisibility, PublicEvent, PublicSeries, PublicSpeaker } from "../wire/public-state.ts";
import { isStageRole, type Role } from "../wire/room.ts";
import type { ActEntry } from "./act-log.ts";
import { toPublicSchedule } from "./public-schedule.ts";
import type { StageManifest, StageSeat } from "./stage-manifest.ts";
import { SOUND_CHECK_SPEAKERS } from "./sound-check.ts";

/** A live event as the house knows it. Instants are Unix milliseconds. */
export interface LiveEvent {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  /** BCP 47 tag, or empty. */
  readonly language: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly startMs: number;
  readonly doorMs: number;
  readonly status: EventStatus;
  readonly permanent: boolean;
  readonly createdMs: number;
  readonly liveMs: number | null;
  readonly endedMs: number | null;
  /** Last time somebody came backstage. */
  readonly backstageMs: number | null;
  readonly revision: number;
  readonly visibility: EventVisibility;
  /** How long it is meant to last. Minutes. */
  readonly plannedMinutes: number;
  /** Rises with every change that a calendar must take over. */
  readonly sequence: number;
  /** Last change of what is announced. */
  readonly updatedMs: number;
  /** The start that was announced before the present one. */
  readonly previousStartMs: number | null;
  /** Why it was moved or cancelled, in the host's words; empty when not told. */
  readonly reason: string;
  /** Whether listeners may ask to speak. */
  readonly handsOpen: boolean;
  readonly seriesId: string | null;
  /** Name of the picture's file; empty: none was given. */
  readonly artwork: string;
  /** Name of a small copy of it for the tag of the recording; empty: none. */
  readonly cover: string;
  /** Whether other people's pages may show it. */
  readonly embed: boolean;
  /** Listeners per front from which newcomers wait; null: no limit of its own. */
  readonly mostListeners: number | null;
  /** What the host tells those who wait for the start; empty: nothing. */
  readonly notice: string;
  /** When the host now expects to begin. */
  readonly expectedMs: number | null;
}

/** What an event is when nobody said otherwise. */
export const PLAIN = {
  seriesId: null,
  artwork: "",
  cover: "",
  embed: true,
  mostListeners: null,
  notice: "",
  expectedMs: null,
} as const satisfies Partial<LiveEvent>;

/** A person with a seat at an event. */
export interface Person {
  /** Also the id of the seat: 12 random characters, says nothing about the person. */
  readonly id: string;
  readonly eventId: string;
  readonly name: string;
  readonly role: Role;
  readonly position: number;
  /** BCP 47 tag of the language they interpret into; empty for those who speak on the floor. */
  readonly interprets: string;
  readonly generation: number;
  /** SHA-256 of the secret in their link. */
  readonly secretHash: Uint8Array;
  /** SHA-256 of the secret of the device that opened the link first. */
  readonly deviceHash: Uint8Array | null;
  /** Whether they came from the audience: heard only after unmuting. */
  readonly arrivesMuted: boolean;
  /** Whether they are taken aside: heard by producers alone. */
  readonly aside: boolean;
  readonly revoked: boolean;
}

/** What is told about an event besides its own row. */
export interface Around {
  readonly people: readonly Person[];
  /** Everything done to it, oldest first. */
  readonly entries: readonly ActEntry[];
  readonly series: PublicSeries | undefined;
}

/** The event as the public may know it. */
export function toPublicEvent(event: LiveEvent, { people, entries, series }: Around): PublicEvent {
  const { id, slug, title, description, language, status, permanent } = event;
  return {
    id,
    slug,
    title,
    description,
    language,
    status,
    permanent,
    startDate: isoDate(event.startMs, event.timeZone),
    doorTime: isoDate(event.doorMs, event.timeZone),
    speakers: publicSpeakers(event, people),
    visibility: event.visibility,
    handsOpen: event.handsOpen,
    ...(permanent ? {} : { schedule: toPublicSchedule(event, entries) }),
    ...(event.embed && event.visibility !== "invited" ? {} : { embed: false as const }),
    ...(event.mostListeners === null ? {} : { mostListeners: event.mostListeners }),
    ...pictureOf(event),
    ...(series === undefined ? {} : { series }),
    ...noticeOf(event),
  };
}

function pictureOf({ artwork }: LiveEvent): Pick<PublicEvent, "artwork"> {
  const picture = artwork === "" ? undefined : readPictureName(artwork);
  return picture === undefined ? {} : { artwork: picture };
}

/** Only while the start is awaited: on air nobody is told any more that it will begin. */
function noticeOf({ notice, expectedMs, status, timeZone }: LiveEvent): Pick<PublicEvent, "notice"> {
  if ((notice === "" && expectedMs === null) || (status !== "scheduled" && status !== "doors")) return {};
  return { notice: { message: notice, ...(expectedMs === null ? {} : { expectedDate: isoDate(expectedMs, timeZone) }) } };
}

/** The event as its stage must know it. */
export function toStageManifest(event: LiveEvent, people: readonly Person[], removedSeats: readonly string[]): StageManifest {
  const renewed = people.filter(({ generation }) => generation > 1).map(({ id, generation }) => [id, generation] as const);
  return {
    eventId: event.id,
    slug: event.slug,
    title: event.title,
    language: event.language,
    revision: event.revision,
    speakers: stageSeats(event, people),
    removedSeats,
    ...(renewed.length === 0 ? {} : { generations: Object.fromEntries(renewed) }),
    ...(event.cover === "" ? {} : { cover: event.cover }),
    soundCheck: event.permanent,
  };
}

/** An instant as ISO 8601 with the offset of the time zone, whole seconds. */
export function isoDate(unixMs: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(unixMs).toZonedDateTimeISO(timeZone).toString({ timeZoneName: "never", smallestUnit: "second" });
}

function stageSeats(event: LiveEvent, people: readonly Person[]): readonly StageSeat[] {
  if (event.permanent) return SOUND_CHECK_SPEAKERS;
  return people
    .filter((person) => !person.revoked)
    .map(({ id, name, role, interprets, aside }) => ({
      id,
      name,
      role,
      ...(interprets === "" ? {} : { interprets }),
      ...(aside ? { aside: true as const } : {}),
    }));
}

/** Who works behind the stage is nobody's business, and neither is a listener whom the producer only talks with so far. */
function publicSpeakers(event: LiveEvent, people: readonly Person[]): readonly PublicSpeaker[] {
  const hidden = new Set(people.filter(({ aside, arrivesMuted }) => aside && arrivesMuted).map(({ id }) => id));
  return stageSeats(event, people).flatMap(({ aside: _, role, ...seat }) => (isStageRole(role) && !hidden.has(seat.id) ? [{ ...seat, role }] : []));
}
