import { type EventStatus, isListed, type PublicEvent } from "../wire/public-state.ts";

/** Longest content line. Octets without the line break. @spec RFC 5545 §3.1 */
const LINE_OCTETS = 75;
/** How often a subscribed calendar should ask again: a postponement reaches it within the hour. @spec RFC 7986 §5.7 */
const REFRESH = "PT1H";
/** Events in a subscription at most. Years of weekly evenings, and still a file of well under a megabyte. */
const FEED_EVENTS = 500;
/** How long before the start a calendar rings. @spec RFC 5545 §3.8.6.3 */
const ALARM_BEFORE = "-PT10M";
/** Length of an event that does not say its own. Minutes. */
const LENGTH_MINUTES = 60;
const PRODUCT = "-//Earshot//Earshot//EN";

/** What the calendar calls each state: postponed without a new time is neither confirmed nor cancelled. @spec RFC 5545 §3.8.1.11 */
const STATUS: Readonly<Record<EventStatus, "CONFIRMED" | "TENTATIVE" | "CANCELLED">> = {
  scheduled: "CONFIRMED",
  doors: "CONFIRMED",
  live: "CONFIRMED",
  ended: "CONFIRMED",
  postponed: "TENTATIVE",
  cancelled: "CANCELLED",
};

/** What a calendar file needs besides the events. */
export interface CalendarOptions {
  /** Public address of an event's page. */
  readonly urlOf: (slug: string) => string;
}

/** The calendar file of one event: always the same UID, a SEQUENCE that rises with every change, a reminder. @spec RFC 5545, RFC 7986 */
export function renderEventCalendar(event: PublicEvent, options: CalendarOptions): string {
  return render([...entry(event, options, true)], []);
}

/** The calendar of the house, to subscribe to: every event that is listed, also those called off, the latest start first. */
export function renderHouseCalendar(name: string, events: readonly PublicEvent[], options: CalendarOptions): string {
  const listed = events.filter((event) => !event.permanent && isListed(event)).slice(0, FEED_EVENTS);
  const head = [`NAME:${text(name)}`, `X-WR-CALNAME:${text(name)}`, `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`, `X-PUBLISHED-TTL:${REFRESH}`];
  return render(
    listed.flatMap((event) => entry(event, options, false)),
    head,
  );
}

function render(entries: readonly string[], head: readonly string[]): string {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", `PRODID:${PRODUCT}`, "CALSCALE:GREGORIAN", "METHOD:PUBLISH", ...head, ...entries, "END:VCALENDAR"];
  return `${lines.map(fold).join("\r\n")}\r\n`;
}

function entry(event: PublicEvent, { urlOf }: CalendarOptions, withAlarm: boolean): string[] {
  const { schedule, status } = event;
  const start = Date.parse(event.startDate);
  const end = start + (schedule?.plannedMinutes ?? LENGTH_MINUTES) * 60_000;
  const url = urlOf(event.slug);
  const updated = utc(schedule === undefined ? start : Date.parse(schedule.updatedDate));
  const description = [event.description, event.speakers.map(({ name }) => name).join(", "), url].filter((part) => part !== "").join("\n\n");
  const reason = schedule?.reason;
  return [
    "BEGIN:VEVENT",
    `UID:${event.id}`,
    // Instants are written in UTC: no client has to know a zone to be right. @spec RFC 5545 §3.3.5
    `DTSTAMP:${updated}`,
    `LAST-MODIFIED:${updated}`,
    `SEQUENCE:${schedule?.sequence ?? 0}`,
    `STATUS:${STATUS[status]}`,
    `DTSTART:${utc(start)}`,
    `DTEND:${utc(end)}`,
    `SUMMARY:${text(event.title)}`,
    `DESCRIPTION:${text(description)}`,
    `URL:${url}`,
    `LOCATION:${text(url)}`,
    ...(reason === undefined ? [] : [`COMMENT:${text(reason)}`]),
    ...(STATUS[status] === "CONFIRMED" ? [] : ["TRANSP:TRANSPARENT"]),
    // At a time that does not hold nothing rings.
    ...(withAlarm && STATUS[status] === "CONFIRMED"
      ? ["BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:${text(event.title)}`, `TRIGGER:${ALARM_BEFORE}`, "END:VALARM"]
      : []),
    "END:VEVENT",
  ];
}

/** A UTC instant as `20261003T190000Z`. */
function utc(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** A TEXT value. @spec RFC 5545 §3.3.11 */
function text(value: string): string {
  return value
    .replace(/\\/g, "\\\\")
    .replace(/([;,])/g, "\\$1")
    .replace(/\r\n|\r|\n/g, "\\n")
    .replace(/\p{Control}/gu, " ");
}

/** Breaks a line where it grows too long, by octets and never inside a character. @spec RFC 5545 §3.1 */
function fold(line: string): string {
  let folded = "";
  let octets = 0;
  for (const character of line) {
    const length = Buffer.byteLength(character);
    if (octets + length > LINE_OCTETS) {
      folded += "\r\n ";
      octets = 1;
    }
    folded += character;
    octets += length;
  }
  return folded;
}
