import type { Wait } from "../player/door.ts";
import { isolated, lang } from "../words/language.ts";
import { say } from "../words/listen.ts";
import { say as sayWaiting, span } from "../words/waiting.ts";
import { clock } from "./time.ts";

const MINUTE_MS = 60_000;
/** From how long before the start days are told instead of hours. Minutes. */
const DAYS_FROM_MINUTES = 48 * 60;

/** How long it is until the start, or how late it is, in words. Milliseconds. */
export function countdown(leftMs: number): string {
  const minutes = Math.floor(leftMs / MINUTE_MS);
  if (minutes >= DAYS_FROM_MINUTES) return new Intl.RelativeTimeFormat(lang).format(Math.floor(minutes / 1440), "day");
  const left = minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : clock(leftMs / 1000);
  // The first minute is what a clock may be wrong.
  return leftMs > 0 ? say("in", { span: left }) : leftMs < -MINUTE_MS ? sayWaiting("late", { span: span(-leftMs) }) : "";
}

/** Why somebody waits at the door, with the host's message. */
export function whyWaiting({ why }: Wait, message: string): string {
  return [sayWaiting(why), isolated(message), sayWaiting("keeps")].join(" ");
}

/** How many are before somebody at the door, and for how long still. `nowMs`: `performance.now()`. */
export function placeInLine({ untilMs, place, why }: Wait, nowMs: number): string {
  if (why !== "crowd") return "";
  const left = untilMs - nowMs;
  const before = place > 1 ? sayWaiting("place", { number: new Intl.NumberFormat(lang).format(place - 1) }) : "";
  return `${before} ${left > 1_000 ? sayWaiting("turn", { span: span(left) }) : sayWaiting("soon")}`;
}
