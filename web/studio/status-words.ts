import type { EventView } from "../../src/wire/api.ts";
import type { PlanningWord } from "../words/planning.ts";

/** What each state of an event is called backstage. */
export const EVENT_STATUS_WORDS: Readonly<Record<EventView["status"], PlanningWord>> = {
  scheduled: "isScheduled",
  doors: "actDoors",
  live: "actLive",
  ended: "actEnd",
  postponed: "actPostpone",
  cancelled: "actCancel",
};
