import type { PushNotice } from "../../src/wire/reminders.ts";

/** Longest time a notice waits in the worker for its place. Milliseconds; browsers end workers that take half a minute. */
const WAIT_MAX_MS = 15_000;
/** Each device adds up to this of its own: a push service that delivers thousands at once brings no crowd to the door. Milliseconds. */
const JITTER_MS = 5_000;
/** Longest text shown. Characters. */
const TEXT_MAX = 500;

/** A push message as the house sent it; undefined for anything else. Untrusted; never throws. */
export function readNotice(text: string): PushNotice | undefined {
  try {
    const { title, body, tag, url, lang, slotMs } = JSON.parse(text) as Partial<PushNotice>;
    if (typeof title !== "string" || typeof body !== "string" || typeof tag !== "string" || typeof url !== "string" || typeof slotMs !== "number")
      return undefined;
    // Nobody is ever led away from this house.
    if (!/^\/e\/[a-z0-9-]+$/.test(url)) return undefined;
    return { title: title.slice(0, TEXT_MAX), body: body.slice(0, TEXT_MAX), tag, url, lang: lang === "de" ? "de" : "en", slotMs };
  } catch {
    return undefined;
  }
}

/** How long a notice waits before it is shown: until its place in the spread, and a little of the device's own. `random` in [0, 1). Milliseconds. */
export function noticeDelay(notice: PushNotice, nowMs: number, random: number): number {
  return Math.min(WAIT_MAX_MS, Math.max(0, notice.slotMs - nowMs) + random * JITTER_MS);
}
