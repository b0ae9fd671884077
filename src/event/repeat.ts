import type { Repeat } from "../wire/series.ts";

/** Days of a week. */
const WEEK = 7;

/** How an event repeats. */
export interface Repetition {
  readonly every: Repeat;
  /** 2: every second day, week or month. */
  readonly interval: number;
  /** Evenings in all, the first among them. */
  readonly count: number;
}

/**
 * The starts after the first one: the same wall-clock time in the event's own zone, also when its clocks change in between. Unix milliseconds.
 * A time that a change of clocks leaves out comes as much later, one it has twice is the first of the two. @spec TC39 Temporal, disambiguation "compatible"
 */
export function laterStarts(startMs: number, timeZone: string, { every, interval, count }: Repetition): readonly number[] {
  const first = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return Array.from({ length: count - 1 }, (_, index) => nth(first, every, (index + 1) * interval).toZonedDateTime(timeZone).epochMilliseconds);
}

function nth(first: Temporal.PlainDateTime, every: Repeat, steps: number): Temporal.PlainDateTime {
  if (every === "day") return first.add({ days: steps });
  if (every === "week") return first.add({ weeks: steps });
  // Counted from the first one each time: after a short month the 31st comes back.
  if (every === "month-day") return first.add({ months: steps });
  const month = first.with({ day: 1 }).add({ months: steps });
  const earliest = 1 + ((first.dayOfWeek - month.dayOfWeek + WEEK) % WEEK);
  const day = earliest + WEEK * (Math.ceil(first.day / WEEK) - 1);
  // A fifth Saturday is the last one where there is none.
  return month.with({ day: day > month.daysInMonth ? day - WEEK : day });
}
