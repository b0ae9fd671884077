import type { Selectable } from "kysely";
import type { LiveEvent, Person } from "./live-event.ts";
import type { LiveEventTable, PersonTable } from "./tables.ts";

/** Columns of a person that the domain works with. */
export const PERSON_COLUMNS = [
  "person.id",
  "person.event_id",
  "person.name",
  "person.role",
  "person.position",
  "person.generation",
  "person.revoked_ms",
  "person.secret_hash",
  "person.device_hash",
  "person.arrives_muted",
  "person.interprets",
  "person.aside",
] as const;
/** A row of {@link PERSON_COLUMNS}. */
export type PersonRow = Omit<Selectable<PersonTable>, "created_ms" | "barred">;

/** A stored event as the domain knows it. */
export function toLiveEvent(row: Selectable<LiveEventTable>): LiveEvent {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    description: row.description,
    language: row.language,
    timeZone: row.time_zone,
    startMs: row.start_ms,
    doorMs: row.door_ms,
    status: row.status,
    permanent: row.permanent === 1,
    createdMs: row.created_ms,
    liveMs: row.live_ms,
    endedMs: row.ended_ms,
    backstageMs: row.backstage_ms,
    revision: row.revision,
    visibility: row.visibility,
    plannedMinutes: row.planned_minutes,
    sequence: row.sequence,
    updatedMs: row.updated_ms,
    previousStartMs: row.previous_start_ms,
    reason: row.reason,
    handsOpen: row.hands_open === 1,
    seriesId: row.series_id,
    artwork: row.artwork,
    cover: row.cover,
    embed: row.embed === 1,
    mostListeners: row.most_listeners,
    notice: row.notice,
    expectedMs: row.expected_ms,
  };
}

/** An event as a row of its table. */
export function toLiveEventRow(event: LiveEvent): LiveEventTable {
  return {
    id: event.id,
    slug: event.slug,
    title: event.title,
    description: event.description,
    language: event.language,
    time_zone: event.timeZone,
    start_ms: event.startMs,
    door_ms: event.doorMs,
    status: event.status,
    permanent: event.permanent ? 1 : 0,
    created_ms: event.createdMs,
    live_ms: event.liveMs,
    ended_ms: event.endedMs,
    backstage_ms: event.backstageMs,
    revision: event.revision,
    visibility: event.visibility,
    planned_minutes: event.plannedMinutes,
    sequence: event.sequence,
    updated_ms: event.updatedMs,
    previous_start_ms: event.previousStartMs,
    reason: event.reason,
    hands_open: event.handsOpen ? 1 : 0,
    series_id: event.seriesId,
    artwork: event.artwork,
    cover: event.cover,
    embed: event.embed ? 1 : 0,
    most_listeners: event.mostListeners,
    notice: event.notice,
    expected_ms: event.expectedMs,
  };
}

/** A stored person as the domain knows them. */
export function toPerson(row: PersonRow): Person {
  return {
    id: row.id,
    eventId: row.event_id,
    name: row.name,
    role: row.role,
    position: row.position,
    generation: row.generation,
    secretHash: row.secret_hash,
    deviceHash: row.device_hash,
    arrivesMuted: row.arrives_muted === 1,
    interprets: row.interprets,
    aside: row.aside === 1,
    revoked: row.revoked_ms !== null,
  };
}
