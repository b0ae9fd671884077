import type { EventStatus } from "../wire/public-state.ts";

/** What can happen to a live event. `postpone`, `reschedule` to a later day and `cancel` belong to the schedule; the rest is the evening itself. */
export const EVENT_ACTS = ["open-doors", "go-live", "end", "postpone", "reschedule", "cancel"] as const;
/** One act of {@link EVENT_ACTS}. */
export type EventAct = (typeof EVENT_ACTS)[number];

/** Where each act leads from each state; what is not here cannot happen. */
const TRANSITIONS: Readonly<Record<EventStatus, Readonly<Partial<Record<EventAct, EventStatus>>>>> = {
  scheduled: { "open-doors": "doors", "go-live": "live", postpone: "postponed", reschedule: "scheduled", cancel: "cancelled" },
  doors: { "go-live": "live", postpone: "postponed", reschedule: "scheduled", cancel: "cancelled" },
  live: { end: "ended" },
  ended: {},
  postponed: { reschedule: "scheduled", cancel: "cancelled" },
  cancelled: { reschedule: "scheduled" },
};

/** The state after an act, or undefined when the act cannot happen in this state. */
export function transition(status: EventStatus, act: EventAct): EventStatus | undefined {
  return TRANSITIONS[status][act];
}

/**
 * The acts that bring an event to what its stage says of itself: the stage is the truth about going live and ending, control may have slept through both.
 * Empty when nothing is left to follow.
 */
export function actsToFollow(status: EventStatus, phase: "backstage" | "live" | "ended"): readonly EventAct[] {
  if (phase === "backstage" || status === "ended" || status === "cancelled") return [];
  const acts: EventAct[] = status === "postponed" ? ["reschedule"] : [];
  if (status !== "live") acts.push("go-live");
  if (phase === "ended") acts.push("end");
  return acts;
}
