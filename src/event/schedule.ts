import type { EventStatus } from "../wire/public-state.ts";
import type { LiveEvent } from "./live-event.ts";

/** How far a start time may lie in the past when an event is made: the form was open for a while. Milliseconds. */
export const START_GRACE_MS = 60_000;
/** A stage stays up this long after somebody last came backstage before the doors. Milliseconds; a long rehearsal. */
export const BACKSTAGE_KEEP_MS = 6 * 3_600_000;
/** A stage whose event never started is given up this long after the start time. Milliseconds. */
export const NO_SHOW_MS = 12 * 3_600_000;

/** Whether the doors of this event are due. */
export function areDoorsDue(event: Pick<LiveEvent, "status" | "doorMs">, nowMs: number): boolean {
  return event.status === "scheduled" && nowMs >= event.doorMs;
}

/** What control has last seen of an event's stage. */
export interface StageSight {
  /** Whether its process runs. */
  readonly running: boolean;
  readonly anybodyOnStage: boolean;
  /** Whether its recording has its final length and its ledger the last entry; before that the stage is needed even after the end. */
  readonly archiveFinal: boolean;
}

/** States in which an event waits for its start. */
const WAITING: ReadonlySet<EventStatus> = new Set(["scheduled", "doors", "postponed"]);

/** Whether an event's stage should run now. An ended event keeps its stage until it leaves by itself: people may still talk backstage. */
export function isStageWanted(event: LiveEvent, sight: StageSight, nowMs: number): boolean {
  if (event.permanent || event.status === "live") return true;
  if (event.status === "ended") return sight.running || (event.liveMs !== null && !sight.archiveFinal);
  if (!WAITING.has(event.status)) return false;
  if (sight.anybodyOnStage) return true;
  if (event.status === "doors" && nowMs < event.startMs + NO_SHOW_MS) return true;
  return event.backstageMs !== null && nowMs < event.backstageMs + BACKSTAGE_KEEP_MS;
}
