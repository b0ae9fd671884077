import { type AudienceWindow, COUNT_WINDOW_MS } from "../../wire/audience.ts";

/** A line of counts of an event, as a front writes it. */
export function countLine(eventId: string, more: Partial<AudienceWindow> = {}): string {
  const line: AudienceWindow = {
    v: 1,
    eventId,
    edge: "front-a",
    seq: 0,
    endUnixMs: COUNT_WINDOW_MS,
    windowMs: COUNT_WINDOW_MS,
    listeningNow: 0,
    joins: 0,
    leaves: 0,
    partial: 0,
    sessions: 0,
    sessionsGross: 0,
    machines: 0,
    listenedMs: 0,
    listenedGrossMs: 0,
    bytes: 0,
    turnedAway: 0,
    waitingNow: 0,
    ...more,
  };
  return JSON.stringify(line);
}
