import type { PublicSchedule, PublicScheduleAct } from "../wire/public-state.ts";
import type { ActEntry } from "./act-log.ts";
import { isoDate, type LiveEvent } from "./live-event.ts";

/** Moves and cancellations told to the public. More than a host makes; the page stays small whatever happens. */
const HISTORY_MAX = 20;

/** How an event came to its present time, as the public may know it. `entries`: everything done to it, oldest first. */
export function toPublicSchedule(event: LiveEvent, entries: readonly ActEntry[]): PublicSchedule {
  const { timeZone, plannedMinutes, sequence, previousStartMs, reason } = event;
  const date = (unixMs: number) => isoDate(unixMs, timeZone);
  const undone = new Map(entries.flatMap(({ undoes, atMs }) => (undoes === null ? [] : [[undoes, atMs] as const])));
  const history: PublicScheduleAct[] = [];
  let startMs = event.startMs;
  // Walked from the present back: every act says which start it replaced.
  for (const entry of entries.toReversed()) {
    const before = entry.before.start_ms ?? startMs;
    const undoneMs = undone.get(entry.number);
    if (entry.act === "postpone" || entry.act === "reschedule" || entry.act === "cancel") {
      const to = entry.after.start_ms ?? (entry.act === "reschedule" ? startMs : undefined);
      const back = undoneMs === undefined ? {} : { undoneDate: date(undoneMs) };
      history.unshift({
        act: entry.act,
        date: date(entry.atMs),
        reason: entry.reason,
        from: date(before),
        ...(to === undefined ? {} : { to: date(to) }),
        ...back,
      });
    }
    startMs = before;
  }
  return {
    timeZone,
    plannedMinutes,
    sequence,
    updatedDate: date(event.updatedMs),
    ...(previousStartMs === null ? {} : { previousStartDate: date(previousStartMs) }),
    ...(reason === "" ? {} : { reason }),
    history: history.slice(-HISTORY_MAX),
  };
}
