import type { Generated } from "kysely";
import type { EventStatus, EventVisibility } from "../wire/public-state.ts";
import type { DeliveryState } from "../wire/access.ts";
import type { HandState } from "../wire/hands.ts";
import type { ReminderKind, ReminderTopic } from "../wire/reminders.ts";
import type { Role } from "../wire/room.ts";
import type { AccountTables } from "./account-tables.ts";

/** A live event as stored. Instants end in `_ms` and are Unix milliseconds. */
export interface LiveEventTable {
  id: string;
  slug: string;
  title: string;
  description: string;
  language: string;
  time_zone: string;
  start_ms: number;
  door_ms: number;
  status: EventStatus;
  permanent: number;
  created_ms: number;
  live_ms: number | null;
  ended_ms: number | null;
  /** Last time somebody came backstage; keeps a stage running before the doors open. */
  backstage_ms: number | null;
  /** Rises with every change; a change names the one it saw. */
  revision: number;
  visibility: EventVisibility;
  /** How long it is meant to last. Minutes. */
  planned_minutes: number;
  /** Rises with every change that a calendar must take over; never falls, also not when a change is undone. */
  sequence: number;
  /** Last change of what is announced. */
  updated_ms: number;
  /** The start that was announced before the present one. */
  previous_start_ms: number | null;
  /** Why it was moved or cancelled, in the host's words. */
  reason: string;
  /** 1 while listeners may ask to speak. */
  hands_open: number;
  series_id: string | null;
  /** Name of the picture's file; empty: none was given. */
  artwork: string;
  /** Name of a small copy of it for the tag of the recording; empty: none. */
  cover: string;
  /** 1 while other people's pages may show it. */
  embed: number;
  most_listeners: number | null;
  /** What the host tells those who wait for the start; empty: nothing. */
  notice: string;
  /** When the host now expects to begin. */
  expected_ms: number | null;
}

/** A series of events with a page and a feed of its own. */
export interface SeriesTable {
  id: string;
  slug: string;
  title: string;
  description: string;
  created_ms: number;
}

/** A link that opens an event by invitation to one listener. */
export interface ListenerLinkTable {
  id: string;
  event_id: string;
  name: string;
  created_ms: number;
  revoked_ms: number | null;
}

/** What the operator set on the page, by name; values are JSON. */
export interface HouseSettingTable {
  name: string;
  value: string;
}

/** A listener who asked to speak. */
export interface HandTable {
  id: string;
  event_id: string;
  name: string;
  /** What they want to say. */
  topic: string;
  device_hash: Uint8Array;
  /** Who asked, as suspensions know them: `account:<id>`, `listener:<id of a personal link>` or `device:<SHA-256>`; empty: asked before that was kept. */
  author_key: string;
  /** `listener:<id>` of the personal link they listen by; empty: none. */
  listener_key: string;
  raised_ms: number;
  state: HandState;
  /** The seat they were given. */
  person_id: string | null;
  changed_ms: number;
}

/** One act upon an event, as it was done. Rows are only ever added. */
export interface EventActTable {
  /** Position in the house's log; rises. */
  number: Generated<number>;
  event_id: string;
  at_ms: number;
  act: string;
  actor_name: string;
  actor_role: string;
  reason: string;
  /** JSON of the columns that changed, before and after. */
  before_json: string;
  after_json: string;
  /** Number of the act this one takes back. */
  undoes: number | null;
}

/** A person with a seat. The id is the seat's id too. */
export interface PersonTable {
  id: string;
  event_id: string;
  name: string;
  role: Role;
  /** Order on the page. */
  position: number;
  /** Counts the person's links; a new one makes the older ones invalid. */
  generation: number;
  /** SHA-256 of the secret in the personal link. */
  secret_hash: Uint8Array;
  created_ms: number;
  revoked_ms: number | null;
  /** SHA-256 of the secret of the device that opened the link first; only that device may open it again. */
  device_hash: Uint8Array | null;
  /** 1 for who came from the audience: heard only after unmuting. */
  arrives_muted: number;
  /** BCP 47 tag of the language they interpret into; empty for those who speak on the floor. */
  interprets: string;
  /** 1 while they are taken aside: heard by producers alone. */
  aside: number;
  /** 1 when the seat was taken away for good: the device cannot ask to speak again. */
  barred: number;
}

/** What a person wrote down for themselves at an event. */
export interface PersonNoteTable {
  person_id: string;
  text: string;
  changed_ms: number;
}

/** A browser that is signed in. */
export interface SessionTable {
  /** SHA-256 of the cookie's value. */
  id_hash: Uint8Array;
  /** 1 when the host link opened it. */
  operator: number;
  created_ms: number;
  expires_ms: number;
  /** The account it is signed in to. */
  account_id: string | null;
  /** The passkey that opened it; it ends with it. */
  passkey_id: string | null;
  /** When it was last shown that the account's owner sits there. */
  proven_ms: number | null;
  /** What the browser called itself, such as "Firefox, Linux"; empty where nobody is signed in to an account. */
  agent: string;
}

/** A personal link that was opened in a session. */
export interface SessionPersonTable {
  session_hash: Uint8Array;
  person_id: string;
  granted_ms: number;
}

/** A host link that has been used. */
export interface UsedHostLinkTable {
  secret_hash: Uint8Array;
  used_ms: number;
}

/** A token that a program acts with. */
export interface ApiTokenTable {
  id: string;
  name: string;
  /** SHA-256 of the token. */
  secret_hash: Uint8Array;
  /** Scopes with a space between. */
  scopes: string;
  created_ms: number;
  expires_ms: number | null;
  used_ms: number | null;
  revoked_ms: number | null;
}

/** An address that is told of what happens. */
export interface WebhookTable {
  id: string;
  url: string;
  /** Types it is told of with a space between; empty: all. */
  types: string;
  /** Number of the last act that was turned into deliveries. */
  position: number;
  created_ms: number;
  /** When it was taken away, by the operator or because the other side said that it is gone. */
  ended_ms: number | null;
}

/** One message to one address, until it is delivered or given up. */
export interface DeliveryTable {
  id: string;
  webhook_id: string;
  /** The act it tells; null for a trial. */
  act_number: number | null;
  type: string;
  body: string;
  state: DeliveryState;
  attempts: number;
  next_ms: number;
  /** HTTP status of the last answer. */
  status: number | null;
  /** Why the last attempt failed; empty when it did not. */
  failure: string;
  created_ms: number;
  done_ms: number | null;
}

/** Somebody who wants to be reminded of an event. Deleted when the event is over. */
export interface ReminderTable {
  id: string;
  event_id: string;
  kind: ReminderKind;
  /** Keyed hash: tells who asked before, holds no address. */
  address_hash: Uint8Array;
  /** Mail address or push subscription, sealed with a key derived from the house key. */
  address_sealed: Uint8Array;
  language: "en" | "de";
  time_zone: string;
  state: "asked" | "confirmed";
  /** Mails that asked to confirm. */
  asks: number;
  asked_ms: number;
  confirmed_ms: number | null;
}

/** One thing that is told to everybody who wants to be reminded of an event. */
export interface ReminderWaveTable {
  id: string;
  event_id: string;
  topic: ReminderTopic;
  /** What it tells, so that it is told once: an act's number, the doors at this time, the replay. */
  mark: string;
  reason: string;
  previous_ms: number | null;
  created_ms: number;
  /** After this it is worth nothing. */
  ends_ms: number;
}

/** One notice to one person. Its key makes it impossible to tell somebody the same thing twice. */
export interface ReminderNoticeTable {
  wave_id: string;
  reminder_id: string;
  state: "pending" | "sending" | "sent" | "failed" | "dropped";
  attempts: number;
  next_ms: number;
  /** Why the last attempt failed; never an address. */
  failure: string;
  done_ms: number | null;
}

/** Number of the last act that was turned into notices; one row. */
export interface ReminderPositionTable {
  number: number;
}

/** Every table of the event domain by its name. */
export interface EventTables extends AccountTables {
  live_event: LiveEventTable;
  person: PersonTable;
  person_note: PersonNoteTable;
  session: SessionTable;
  session_person: SessionPersonTable;
  used_host_link: UsedHostLinkTable;
  event_act: EventActTable;
  hand: HandTable;
  api_token: ApiTokenTable;
  webhook: WebhookTable;
  delivery: DeliveryTable;
  series: SeriesTable;
  listener_link: ListenerLinkTable;
  house_setting: HouseSettingTable;
  reminder: ReminderTable;
  reminder_wave: ReminderWaveTable;
  reminder_notice: ReminderNoticeTable;
  reminder_position: ReminderPositionTable;
}
