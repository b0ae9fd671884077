import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import {
  type Act,
  type Actor,
  type ApiTokens,
  type EventDesk,
  type LiveEvent,
  may,
  mintSeatToken,
  PERMISSIONS,
  scopesAllow,
  type Person,
  type ReminderDesk,
  relayServers,
  type Sessions,
  type SessionView,
  type Standing,
  type WebhookDesk,
} from "../../../event/mod.ts";
import type { EncoderAnswer, EventView, Me, PersonView } from "../../../wire/api.ts";
import { paths } from "../../../wire/paths.ts";
import { SEAT_GRANT_MS } from "../../../wire/seat-grant.ts";
import type { MailSender } from "../../mail/mod.ts";
import type { PushSender } from "../../push/mod.ts";
import type { ControlConfig } from "../config.ts";
import type { HouseLooks } from "../house-looks.ts";
import type { HouseWatch } from "../house-watch.ts";
import type { Pictures } from "../pictures.ts";
import type { Recordings } from "../recordings.ts";
import type { Sounds } from "../sounds.ts";
import type { Stages } from "../stages.ts";
import type { Uploader } from "../uploader.ts";
import type { AccountDesk } from "../accounts/account-desk.ts";
import type { Social } from "../social.ts";
import type { WallGate } from "../wall-gate.ts";
import type { EnterLimit } from "./enter-limit.ts";
import type { WallBudget } from "./wall-budget.ts";

/** How long an encoder's seat token is good. Milliseconds; 24 hours: an encoder is given one by hand before the evening. */
const ENCODER_GRANT_MS = 24 * 3_600_000;

/** What the API's handlers work with. */
export interface ApiHouse {
  readonly config: ControlConfig;
  readonly houseKey: Uint8Array;
  readonly desk: EventDesk;
  readonly sessions: Sessions;
  /** Accounts and the ways into them. */
  readonly accounts: AccountDesk;
  /** Tokens of programs. */
  readonly tokens: ApiTokens;
  readonly webhooks: WebhookDesk;
  readonly stages: Stages;
  readonly enterLimit: EnterLimit;
  /** Bounds how often strangers ask to speak. */
  readonly handLimit: EnterLimit;
  /** Posts and moderation, and the files made of them. */
  readonly social: Social;
  readonly wallBudget: WallBudget;
  readonly wallGate: WallGate;
  readonly recordings: Recordings;
  readonly sounds: Sounds;
  readonly pictures: Pictures;
  readonly looks: HouseLooks;
  readonly watch: HouseWatch;
  /** Undefined when recordings are kept on this disk alone. */
  readonly uploader: Uploader | undefined;
  /** Undefined where the settings name no mail server: then nothing that needs mail is offered. */
  readonly mail: MailSender | undefined;
  readonly push: PushSender;
  readonly reminders: ReminderDesk;
  /** Bounds how often strangers ask to be reminded. */
  readonly reminderLimit: EnterLimit;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings public files and wanted stages up to date; never rejects. */
  readonly settle: () => Promise<void>;
}

/** What a signed-in browser is to an event. */
export function standingsOf(session: SessionView, eventId: string | undefined): readonly Standing[] {
  const roles = session.people.filter((person) => person.eventId === eventId).map((person) => person.role);
  return session.operator ? ["operator", ...roles] : roles;
}

/** Lets pass who may. @throws `unauthorised` without a session, `suspended`, `forbidden` when the role does not allow it */
export function authorise(session: SessionView | undefined, act: Act, eventId?: string): readonly Standing[] {
  if (session === undefined) throw new EarshotError("unauthorised");
  const standings = standingsOf(session, eventId);
  if (mayBy(session, standings, act)) return standings;
  // Whoever is suspended is told that, and with it where the reason stands.
  if (eventId !== undefined && session.suspendedAt?.includes(eventId) === true) throw new EarshotError("suspended");
  throw new EarshotError("forbidden", { act });
}

/** Whether a role allows an act, and for a program its token too. */
function mayBy({ token }: SessionView, standings: readonly Standing[], act: Act): boolean {
  return standings.some((standing) => may(standing, act)) && (token === undefined || scopesAllow(token.scopes, act));
}

/** Who acts, as the event's log tells it. */
export function actorOf(session: SessionView | undefined, eventId?: string): Actor {
  const person = session?.people.findLast((one) => one.eventId === eventId);
  if (session?.token !== undefined) return { name: session.token.name, role: "token" };
  if (session?.operator === true) return { name: person?.name ?? session.account?.name ?? "", role: "operator" };
  return person === undefined ? { name: "", role: "listener" } : { name: person.name, role: person.role };
}

/** Who a browser is signed in as, as it may know it itself. @throws `unauthorised` */
export async function tellSession(house: ApiHouse, session: SessionView | undefined): Promise<Me> {
  if (session === undefined) throw new EarshotError("unauthorised");
  const { operator, account } = session;
  const makes = account?.kind !== "passkey" && mayMakeAccount(session) ? { mayMakeAccount: true } : {};
  const people = session.people.map(async ({ id, name, role, eventId }) => {
    const { slug, title } = await house.desk.byId(eventId);
    return { id, name, role, event: { slug, title } };
  });
  return { operator, people: await Promise.all(people), ...(account === undefined ? {} : { account }), ...makes };
}

/** Whether somebody who came by a link may make an account of their own. */
export function mayMakeAccount({ operator, people, token }: SessionView): boolean {
  const standings: readonly Standing[] = [...(operator ? (["operator"] as const) : []), ...people.map(({ role }) => role)];
  return token === undefined && standings.some((standing) => may(standing, "make-account"));
}

/** An event as somebody may see and use it. */
export async function viewEvent(house: ApiHouse, event: LiveEvent, session: SessionView | undefined): Promise<EventView> {
  const { publicUrl, backstageUrl } = house.config;
  const standings = session === undefined ? [] : standingsOf(session, event.id);
  const { speakers, schedule, ...publicEvent } = await house.desk.toPublic(event);
  return {
    ...publicEvent,
    visibility: event.visibility,
    handsOpen: event.handsOpen,
    embed: event.embed,
    mostListeners: event.mostListeners,
    speakers: [...speakers],
    ...(schedule === undefined ? {} : { schedule: { ...schedule, history: [...schedule.history] } }),
    timeZone: event.timeZone,
    publicUrl: `${publicUrl}${paths.event(event.slug)}`,
    studioUrl: `${backstageUrl}${paths.studio(event.slug)}`,
    may: EVENT_ACTS_ALLOWED.filter((act) => session !== undefined && mayBy(session, standings, act) && !(event.permanent && act !== "read-event")),
  };
}

/** Acts upon the house, not upon one event. */
const HOUSE_ACTS: ReadonlySet<Act> = new Set<Act>(["create-event", "list-events", "manage-access", "make-account", "edit-house", "see-house"]);
const EVENT_ACTS_ALLOWED = (Object.keys(PERMISSIONS) as Act[]).filter((act) => !HOUSE_ACTS.has(act));

/** A person as the host sees them; the link only for those who may see it. `came`: whether somebody came to the seat. */
export function viewPerson(house: ApiHouse, event: LiveEvent, { person, came }: { person: Person; came: boolean }, withLink: boolean): PersonView {
  const secret = withLink ? house.desk.seats.secretOf(person) : undefined;
  const link = secret === undefined ? null : `${house.config.backstageUrl}${paths.studio(event.slug)}#${secret}`;
  return { id: person.id, name: person.name, role: person.role, interprets: person.interprets, aside: person.aside, came, link };
}

/** Gives a person a seat token, and the relay they may need. `ms`: how long it is good; `askedBy`: who had it made, if somebody else. */
export function seatOf(house: ApiHouse, person: Person, { ms = SEAT_GRANT_MS, askedBy }: { readonly ms?: number; readonly askedBy?: string } = {}) {
  const nowMs = house.clock.wallMs();
  const expiresUnixSeconds = Math.floor((nowMs + ms) / 1000);
  const { id, eventId, role, name, generation, arrivesMuted } = person;
  const by = askedBy === undefined || askedBy === id ? {} : { askedBy };
  const token = mintSeatToken({ eventId, seatId: id, role, name, generation, arrivesMuted, ...by, expires: expiresUnixSeconds }, house.houseKey);
  const iceServers = relayServers(house.config.relay, id, nowMs).map((server) => ({ ...server, urls: [...server.urls] }));
  return { token, seat: id, name, role, expiresUnixSeconds, iceServers };
}

/** Gives an encoder a token for a person's seat, and the address it sends to. `session`: of whoever asks for it. */
export function encoderOf(house: ApiHouse, person: Person, { id, slug }: LiveEvent, session: SessionView | undefined): EncoderAnswer {
  const askedBy = session?.people.findLast(({ eventId }) => eventId === id)?.id ?? "operator";
  return { ...seatOf(house, person, { ms: ENCODER_GRANT_MS, askedBy }), whipUrl: `${house.config.backstageUrl}${paths.whip(slug)}` };
}

/** Whose seat a browser takes at an event: that of the link it opened last, else, for the operator, the host's. @throws `forbidden` */
export async function seatHolder(house: ApiHouse, session: SessionView, event: LiveEvent): Promise<Person> {
  const own = session.people.findLast((person) => person.eventId === event.id);
  if (own !== undefined) return own;
  const host = session.operator ? (await house.desk.seats.of(event.id)).find((person) => person.role === "host") : undefined;
  if (host === undefined) throw new EarshotError("forbidden", { act: "take-seat", rule: "a seat at this event" });
  return host;
}
