import { z } from "zod";
import { LOGGED_ACTS } from "./acts.ts";
import { LISTENING_FORMS } from "./audience.ts";
import { DOOR_MESSAGE_MAX, DOOR_MODES } from "./door.ts";
import { publicPicture } from "./picture.ts";
import { EVENT_STATUSES, type PublicEvent, VISIBILITIES } from "./public-state.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, ROLES } from "./room.ts";

/** Longest title. Characters; one line on a phone held sideways, two on a lock screen. */
export const TITLE_MAX = 120;
/** Longest description. Characters; about a page. */
export const DESCRIPTION_MAX = 4_000;
/** Longest name of a person. Characters. */
export const NAME_MAX = 80;
/** Doors open this long before the start unless told otherwise: time for "can you hear me". Minutes. */
const DOORS_MINUTES_BEFORE = 15;
/** Length of an event unless told otherwise. Minutes. */
const PLANNED_MINUTES = 60;
/** Longest reason of a move or cancellation. Characters; two lines on a phone. */
export const REASON_MAX = 280;
/** Producers, moderators and captioners together. More than any evening needs; each is one connection. */
export const CREW_MAX = 8;
/** People with a seat at one event. */
const PEOPLE_MAX = FLOOR_MAX + INTERPRETERS_MAX + CREW_MAX;
const PEOPLE_RULE = `at most ${FLOOR_MAX} people on stage with the host, ${INTERPRETERS_MAX} interpreters and ${CREW_MAX} behind the stage`;

/** One line of text: trimmed, no control characters. */
const line = (max: number, rule: string) =>
  z
    .string({ error: rule })
    .trim()
    .min(1, { error: rule })
    .max(max, { error: rule })
    .regex(/^\P{Control}*$/u, { error: `${rule}, no control characters` });

const name = line(NAME_MAX, `1 to ${NAME_MAX} characters`);
const title = line(TITLE_MAX, `1 to ${TITLE_MAX} characters`);
const description = z
  .string()
  .trim()
  .max(DESCRIPTION_MAX, { error: `at most ${DESCRIPTION_MAX} characters` });
const startDate = z
  .string({ error: "a date and time" })
  .max(40)
  .meta({ description: "ISO 8601: with an offset (2026-10-03T20:00+02:00), or without, then in timeZone", examples: ["2026-10-03T20:00:00+02:00"] });
const timeZone = z
  .string()
  .max(64)
  .meta({ description: "IANA name", examples: ["Europe/Berlin"] });
const language = z
  .string()
  .regex(/^(?:[a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8})*)?$/, { error: "a BCP 47 language tag, or empty" })
  .max(35)
  .meta({ description: "BCP 47 tag of the spoken language, or empty", examples: ["en", "de-AT"] });
const role = z.enum(ROLES);
const interprets = z
  .string()
  .max(35)
  .meta({ description: "BCP 47 tag of the language a speaker interprets into; empty: they speak on the floor", examples: ["de", ""] });
const visibility = z
  .enum(VISIBILITIES)
  .meta({ description: "unlisted: in no list and no feed, open to whoever has the address; invited: the same, and only a personal listener link opens it" });
const embed = z.boolean().meta({ description: "whether other people's pages may show the player" });
const mostListeners = z
  .int()
  .min(1)
  .max(100_000_000)
  .nullable()
  .meta({ description: "listeners per front from which newcomers wait; null: no limit. The doors panel can set another" });
const series = z.string().max(120).meta({ description: "address of the series it belongs to; empty: none" });
const plannedMinutes = z.int().min(5).max(1_440).meta({ description: "how long it is meant to last, for calendars" });
const doorsMinutesBefore = z.int().min(0).max(1_440).meta({ description: "the doors open this long before the start" });
const reason = z
  .string()
  .trim()
  .max(REASON_MAX, { error: `at most ${REASON_MAX} characters` })
  .regex(/^\P{Control}*$/u, { error: "one line" })
  .meta({ description: "told to everybody who meant to listen" });
const slug = z.string().max(120).optional().meta({ description: "last part of the address; made from the title when absent" });

/** `POST /api/enter`: the secret of a personal link or of the host link. */
export const enterRequest = z.strictObject({ secret: z.string().min(16).max(128) });

/** A person to invite. */
export const speakerDraft = z.strictObject({ name, role: role.default("speaker"), interprets: interprets.optional() });

/** `PATCH /api/events/<slug>/people/<person>`: what is absent stays. */
export const personEdit = z.strictObject({
  name: name.optional(),
  role: role.optional().meta({ description: "any but host, which is handed over" }),
  interprets: interprets.optional(),
});
/** `POST /api/events/<slug>/people/<person>/aside`. */
export const asideRequest = z.strictObject({
  aside: z.boolean().meta({ description: "true: off the air, heard by producers alone; false: on stage, muted until they unmute" }),
});
/** Longest private notes of a person. Characters; some six pages. */
export const NOTES_MAX = 16_000;
/** `POST /api/events/<slug>/notes` and its answer: the whole text. */
export const privateNotes = z.strictObject({ text: z.string().max(NOTES_MAX, { error: `at most ${NOTES_MAX} characters` }) });

/** `POST /api/events`. The maker is the host; a speaker with the role `host` gives the host's name. */
export const eventDraft = z.strictObject({
  title,
  startDate,
  timeZone,
  description: description.default(""),
  language: language.default(""),
  slug,
  visibility: visibility.default("public"),
  plannedMinutes: plannedMinutes.default(PLANNED_MINUTES),
  doorsMinutesBefore: doorsMinutesBefore.default(DOORS_MINUTES_BEFORE),
  embed: embed.optional(),
  mostListeners: mostListeners.optional(),
  series: series.optional(),
  speakers: z.array(speakerDraft).max(PEOPLE_MAX, { error: PEOPLE_RULE }).default([]),
});
/** A checked {@link eventDraft}. */
export type EventDraft = z.infer<typeof eventDraft>;

/** `PATCH /api/events/<slug>`: what is absent stays. */
export const eventEdit = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  language: language.optional(),
  startDate: startDate.optional(),
  timeZone: timeZone.optional(),
  doorsMinutesBefore: doorsMinutesBefore.optional(),
  plannedMinutes: plannedMinutes.optional(),
  visibility: visibility.optional(),
  embed: embed.optional(),
  mostListeners: mostListeners.optional(),
  series: series.optional(),
  reason: reason.optional(),
  speakers: z
    .array(z.strictObject({ id: z.string().max(64).optional(), name, role: role.default("speaker"), interprets: interprets.optional() }))
    .max(PEOPLE_MAX, { error: PEOPLE_RULE })
    .optional()
    .meta({ description: "the whole list: with id = keep and rename, without = invite, left out = revoke; the host stays" }),
});
/** A checked {@link eventEdit}. */
export type EventEdit = z.infer<typeof eventEdit>;

/** `POST /api/events/<slug>/postpone` and `/cancel`. */
export const reasonRequest = z.strictObject({ reason: reason.default("") });
/** `POST /api/events/<slug>/reschedule`. */
export const rescheduleRequest = z.strictObject({
  startDate,
  timeZone: timeZone.optional(),
  doorsMinutesBefore: doorsMinutesBefore.optional(),
  reason: reason.default(""),
});
/** `POST /api/events/<slug>/undo`. */
export const undoRequest = z.strictObject({
  act: z.int().optional().meta({ description: "number of the act you mean; refused when another is the latest by now" }),
});
/** `POST /api/events/<slug>/duplicate`. */
export const duplicateRequest = z.strictObject({ startDate, timeZone: timeZone.optional(), title: title.optional(), slug });
/** `POST /api/events/<slug>/notice`. */
export const noticeRequest = z.strictObject({
  message: reason.meta({ description: "told on the page to those who wait for the start; empty takes it away" }),
  expectedMinutes: z.int().min(1).max(600).optional().meta({ description: "you expect to begin in so many minutes from now" }),
});
/** `GET /api/events/<slug>/acts`. */
export const actList = z.object({
  acts: z.array(
    z.object({
      number: z.int(),
      act: z.enum(LOGGED_ACTS),
      date: z.string(),
      by: z.object({ name: z.string(), role: z.string() }),
      reason: z.string(),
      undoes: z.int().nullable(),
      before: z.record(z.string(), z.unknown()),
      after: z.record(z.string(), z.unknown()),
    }),
  ),
  undoable: z.int().nullable().meta({ description: "number of the act that an undo would take back now" }),
});
/** Everything done to an event. */
export type ActList = z.infer<typeof actList>;

/** How an event came to its present time. */
const scheduleView = z.object({
  timeZone: z.string(),
  plannedMinutes: z.int(),
  sequence: z.int().meta({ description: "SEQUENCE of its calendar entry" }),
  updatedDate: z.string(),
  previousStartDate: z.string().optional(),
  reason: z.string().optional(),
  history: z.array(
    z.object({
      act: z.enum(["postpone", "reschedule", "cancel"]),
      date: z.string(),
      reason: z.string(),
      from: z.string(),
      to: z.string().optional(),
      undoneDate: z.string().optional(),
    }),
  ),
});

/** A right to a seat on the stage. */
export const seatAnswer = z.object({
  /** Bearer for WHIP and `hello` of the room. */
  token: z.string(),
  seat: z.string(),
  name: z.string(),
  role,
  expiresUnixSeconds: z.number().int(),
  /** Relays for a network that lets nothing else through. */
  iceServers: z.array(z.object({ urls: z.array(z.string()), username: z.string(), credential: z.string() })),
});

/** A right to a seat for an encoder, and where it sends. */
export const encoderAnswer = seatAnswer.extend({
  whipUrl: z.string().meta({ description: "what an encoder calls its server, WHIP endpoint or address; the token is its bearer token" }),
});
/** See {@link encoderAnswer}. */
export type EncoderAnswer = z.infer<typeof encoderAnswer>;

/** An event as people backstage see it: everything public and the addresses. */
export const eventView = z.object({
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  language: z.string(),
  timeZone: z.string(),
  startDate: z.string(),
  doorTime: z.string(),
  status: z.enum(EVENT_STATUSES),
  permanent: z.boolean(),
  speakers: z.array(z.object({ id: z.string(), name: z.string(), role, interprets: interprets.optional() })),
  visibility,
  handsOpen: z.boolean(),
  embed: z.boolean(),
  mostListeners: mostListeners.optional(),
  artwork: publicPicture.optional().meta({ description: "lies at /pictures/<file>" }),
  series: z.object({ slug: z.string(), title: z.string() }).optional(),
  notice: z.object({ message: z.string(), expectedDate: z.string().optional() }).optional(),
  schedule: scheduleView.optional().meta({ description: "absent for the Sound check" }),
  publicUrl: z.string().meta({ description: "where listeners go" }),
  studioUrl: z.string().meta({ description: "where speakers go" }),
  /** What the one who asks may do with it. */
  may: z.array(z.string()).meta({ description: "what you may do: edit-event, see-people, see-links, invite, revoke, take-seat, go-live, end, direct-doors" }),
});
/** An event as people backstage see it. */
export type EventView = z.infer<typeof eventView>;

/** A person with the link that opens their seat. */
export const personView = z.object({
  id: z.string(),
  name: z.string(),
  role,
  interprets,
  aside: z.boolean().meta({ description: "taken aside: only producers hear them" }),
  came: z.boolean().meta({ description: "whether somebody opened the link, or was asked here from the audience" }),
  link: z.string().nullable().meta({ description: "personal link; null for those who may not see it, and when the house key was replaced: renew it then" }),
});
/** A person with the link that opens their seat. */
export type PersonView = z.infer<typeof personView>;

/** `GET /api/me`: what this browser is signed in as. */
export const meAnswer = z.object({
  operator: z.boolean(),
  account: z
    .object({ id: z.string(), kind: z.enum(["passkey", "e-mail", "provider"]), name: z.string() })
    .optional()
    .meta({ description: "absent: signed in to no account" }),
  mayMakeAccount: z.boolean().optional().meta({ description: "true: may make an account of their own; absent otherwise" }),
  people: z.array(z.object({ id: z.string(), name: z.string(), role, event: z.object({ slug: z.string(), title: z.string() }) })),
});
/** What this browser is signed in as. */
export type Me = z.infer<typeof meAnswer>;

/** `POST /api/enter`: who you are; with a personal link also the event and the seat. */
export const enterAnswer = z.object({ operator: z.boolean(), event: eventView.optional(), seat: seatAnswer.optional() });
/** `GET /api/events`: coming and present events first, then past ones, newest first. */
export const eventList = z.object({ events: z.array(eventView) });
/** `GET /api/events/<slug>/people`. */
export const peopleList = z.object({ people: z.array(personView) });
/** `POST /api/events/<slug>/live` and `/end`: what the stage says after it. */
export const phaseAnswer = z.object({ phase: z.enum(["backstage", "live", "ended"]), originUnixMs: z.number().optional(), endedUnixMs: z.number().optional() });

/** `POST /api/events/<slug>/doors`: the host's orders; what is absent is left to the server. */
export const doorOrders = z.strictObject({
  mode: z.enum(DOOR_MODES).meta({ description: "auto: the server decides; open: everybody at once; hold: newcomers wait, and draw lots when the doors open" }),
  joinsPerSecond: z.number().min(1).max(100_000).optional().meta({ description: "newcomers let in per second, at all fronts of the house together" }),
  mostListeners: z.int().min(1).max(100_000_000).optional().meta({ description: "listeners at all fronts of the house together from which newcomers wait" }),
  message: z
    .string()
    .trim()
    .max(DOOR_MESSAGE_MAX, { error: `at most ${DOOR_MESSAGE_MAX} characters` })
    .regex(/^\P{Control}*$/u, { error: "no control characters" })
    .optional()
    .meta({ description: "told to those who wait" }),
});

/** `events/<id>/doors.json`: the orders and the event's draws. */
export const doorRecord = doorOrders.extend({
  draws: z
    .array(
      z.object({
        seed: z.string().regex(/^[0-9a-f]{64}$/),
        heldUnixMs: z.int(),
        startUnixMs: z.int().optional(),
        windowMs: z.int().optional(),
      }),
    )
    .optional(),
});

const figure = z.number().nonnegative();
/** `GET /api/events/<slug>/audience`: the account of the audience; without `audience` while nothing was counted. */
export const audienceAnswer = z.object({
  audience: z
    .object({
      definition: z.literal(1).meta({ description: "1: distinct sessions to which at least 8 s of audio was delivered in the last closed window of 10 s" }),
      listeningNow: figure,
      low: figure.meta({ description: "lower bound: sessions that moved between edges may be in the sum twice" }),
      high: figure,
      asOfUnixMs: figure,
      windowMs: figure,
      edges: figure,
      peak: figure,
      peakUnixMs: figure,
      lookAgainSeconds: figure,
      average: figure,
      listeningHours: figure.meta({ description: "audio delivered to sessions of 60 s and more" }),
      listeningHoursGross: figure,
      sessions: figure.meta({ description: "sessions of 60 s and more" }),
      sessionsLow: figure.meta({ description: "lower bound: a session that moved between edges may be in the sum twice, or not at all" }),
      sessionsHigh: figure,
      sessionsGross: figure,
      machines: figure.meta({ description: "most declared bots and monitors listening at a time; in no other figure but the gross ones" }),
      turnedAway: figure,
      waitingNow: figure,
      bytes: figure,
      uniqueListeners: figure.optional(),
      uniqueErrorShare: figure,
      forms: z.partialRecord(z.enum(LISTENING_FORMS), figure),
      door: z
        .object({
          ...{ pressure: figure, step: figure, waitSeconds: figure, joinsPerSecond: figure, admitted: figure, tickets: figure, refused: figure },
          flooded: z.literal(true).optional().meta({ description: "a flood of requests is held off; absent: none is" }),
        })
        .optional()
        .meta({ description: "what the doors did in the shown window; pressure 1 is full" }),
      recent: z.array(z.tuple([figure, figure])).meta({ description: "end of the window (Unix milliseconds) and listening now, oldest first" }),
    })
    .optional(),
  orders: doorOrders,
  nowUnixMs: figure.meta({ description: "the server's clock: what is old is old by it" }),
  storeLostSinceUnixMs: figure
    .optional()
    .meta({ description: "since when the store takes no recordings; absent while it does, where there is none, and for those who cannot direct the doors" }),
});
/** The account of the audience as the studio gets it. */
export type AudienceAnswer = z.infer<typeof audienceAnswer>;

/** An error as it goes over HTTP. @spec RFC 9457 §3 */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  action: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** What the server puts into the backstage pages, in `<script type="application/json" id="state">`. */
export interface BackstagePageState {
  readonly publicUrl: string;
  readonly backstageUrl: string;
  /** On `/studio/<slug>`: the event at this address, when there is one. */
  readonly event?: PublicEvent;
}
