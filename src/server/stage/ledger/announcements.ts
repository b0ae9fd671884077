import type { StageManifest } from "../../../event/mod.ts";
import type { Entry, Unversioned } from "../../../ledger/mod.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import type { Entered } from "./entered.ts";

/** Who is named for what the house did by its control side: the host or the operator; a ledger names seats, never people. */
const HOUSE = "house";
/** States of an event that are announced before it is live. */
const ANNOUNCED = ["scheduled", "postponed", "cancelled"] as const;

/** Entries for what changed in seats and roles since the last look. `nowMs`: Unix milliseconds. */
export function roleChanges({ speakers, removedSeats }: StageManifest, entered: Entered, nowMs: number): Unversioned<Entry>[] {
  const seats = new Map(speakers.filter(({ id }) => !removedSeats.includes(id)).map(({ id, role }) => [id, role] as const));
  const granted = [...seats].flatMap(([seat, role]): Unversioned<Entry>[] => {
    const before = entered.roles.get(seat);
    return before === role ? [] : [{ kind: "role", t: nowMs, act: before === undefined ? "grant" : "change", seat, role, by: HOUSE }];
  });
  const withdrawn = [...entered.roles]
    .filter(([seat]) => !seats.has(seat))
    .map(([seat, role]): Unversioned<Entry> => ({ kind: "role", t: nowMs, act: "withdraw", seat, role, by: HOUSE }));
  return [...granted, ...withdrawn];
}

/** The entry for what changed in the event's time or state since the last look, if anything did. `nowMs`: Unix milliseconds. */
export function scheduleChange(event: PublicEvent | undefined, entered: Entered, nowMs: number): Unversioned<Entry>[] {
  const before = entered.announced;
  if (event === undefined || before === undefined || entered.live) return [];
  const moved = event.startDate !== before.startDate;
  const state = ANNOUNCED.find((known) => known === event.status) ?? "scheduled";
  const said = state === "scheduled" && (moved || before.state === "rescheduled") ? "rescheduled" : state;
  if (!moved && said === before.state) return [];
  return [{ kind: "schedule", t: nowMs, state: said, startDate: event.startDate, previousStartDate: moved ? before.startDate : "" }];
}
