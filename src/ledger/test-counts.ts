import type { WindowCounts } from "./entry-line.ts";

/** The counts of a window in which nobody listened. For tests. */
export const NOBODY: Omit<WindowCounts, "t" | "last"> = {
  listening: 0,
  partial: 0,
  counters: 1,
  joins: 0,
  leaves: 0,
  sessions: 0,
  grossSessions: 0,
  listenedMs: 0,
  grossMs: 0,
  bytes: 0,
  waiting: 0,
  turnedAway: 0,
  automated: 0,
};
