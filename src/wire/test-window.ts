import type { AudienceWindow } from "./audience.ts";

/** One edge's account of ten seconds in which nothing happened, but for what `more` says. For tests. */
export function testWindow(edge: string, endUnixMs: number, more: Partial<AudienceWindow> = {}): AudienceWindow {
  return {
    v: 1,
    eventId: "ev",
    edge,
    seq: 0,
    endUnixMs,
    windowMs: 10_000,
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
}
