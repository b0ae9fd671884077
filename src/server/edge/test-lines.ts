import { type AudienceWindow, COUNT_WINDOW_MS } from "../../wire/audience.ts";
import { testWindow } from "../../wire/test-window.ts";

/** A line of counts of an event, as a front writes it. */
export function countLine(eventId: string, more: Partial<AudienceWindow> = {}): string {
  return JSON.stringify(testWindow("front-a", COUNT_WINDOW_MS, { eventId, ...more }));
}
