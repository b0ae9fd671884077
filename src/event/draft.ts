import { EarshotError } from "../core/errors.ts";
import { START_GRACE_MS } from "./schedule.ts";

/** Furthest start time ahead. Milliseconds; ten years, so that a slip in the year is caught. */
const START_AHEAD_MS = 10 * 366 * 86_400_000;

/** Checks the name of a time zone: an IANA name, no bare offset, because clocks change between now and the event. @throws `invalid-field` */
export function checkTimeZone(timeZone: string): string {
  try {
    if (!/^[A-Za-z]/.test(timeZone)) throw new RangeError(timeZone);
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).timeZoneId;
  } catch (cause) {
    throw new EarshotError("invalid-field", { field: "timeZone", rule: "an IANA time zone such as Europe/Berlin", value: timeZone.slice(0, 64) }, cause);
  }
}

/**
 * Reads a start time: ISO 8601 with an offset, or without one as wall-clock time of the time zone. Returns Unix milliseconds.
 * @throws `invalid-field` when it is no date, `start-in-past` when it is more than a minute ago.
 */
export function readStartDate(startDate: string, timeZone: string, nowMs: number): number {
  const startMs = parseDate(startDate, timeZone);
  if (startMs === undefined || startMs > nowMs + START_AHEAD_MS) {
    const rule = startMs === undefined ? "an ISO 8601 date and time such as 2026-10-03T20:00+02:00" : "within ten years";
    throw new EarshotError("invalid-field", { field: "startDate", rule, value: startDate });
  }
  if (startMs < nowMs - START_GRACE_MS) throw new EarshotError("start-in-past", { field: "startDate", rule: "in the future", value: startDate });
  return startMs;
}

function parseDate(text: string, timeZone: string): number | undefined {
  // Temporal would take a time zone in brackets and then not use it.
  if (text.includes("[")) return undefined;
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    // No offset in it: wall-clock time, which needs at least hours.
    if (!/T\d/i.test(text)) return undefined;
  }
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch {
    return undefined;
  }
}
