import { locale } from "../words/language.ts";

/** When something was written, in the reader's zone: the time alone for today, else with its date. Unix milliseconds. */
export function timeInWords(unixMs: number, nowMs = Date.now()): string {
  const at = new Date(unixMs);
  const today = at.toDateString() === new Date(nowMs).toDateString();
  return new Intl.DateTimeFormat(locale, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(at);
}
