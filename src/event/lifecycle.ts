import type { EventStatus } from "../wire/public-state.ts";

/** A change of an event's status. */
export interface Move {
  readonly from: EventStatus;
  readonly to: EventStatus;
}

/** Every move there is. Ended is final; what was postponed or cancelled can be taken up again at the same address. */
const MOVES: Readonly<Record<EventStatus, readonly EventStatus[]>> = {
  scheduled: ["doors", "live", "postponed", "cancelled"],
  doors: ["live", "scheduled", "postponed", "cancelled"],
  live: ["ended"],
  ended: [],
  postponed: ["scheduled", "doors", "cancelled"],
  cancelled: ["scheduled"],
};

/** Whether an event may go from one status to another. */
export function canMove({ from, to }: Move): boolean {
  return MOVES[from].includes(to);
}
