import { fill, lang, locale } from "./language.ts";

/** Words of the event page before its start, and of the lists of events; every key in every language. */
const en = {
  newTime: "New time",
  oldTime: "Was announced for",
  here: "{time}, your time",
  there: "{time} where it is announced ({zone})",
  doors: "Doors open {time}.",
  doorsOpen: "The doors are open.",
  follows: "Postponed. The new time follows on this page, at this address.",
  calledOff: "This event was called off.",
  because: "The host says:",
  history: "What was changed",
  postpone: "{date}: postponed from {from}",
  reschedule: "{date}: moved from {from} to {to}",
  cancel: "{date}: called off",
  undone: "taken back {date}",
  addToCalendar: "Add to calendar",
  subscribe: "Subscribe to the calendar",
  expected: "It is now expected to begin at {time}.",
  spoken: "Spoken in {language}.",
  interpreted: "Interpreted into {languages}.",
  partOf: "Part of: {series}",
  calendarInfo: "Your calendar follows when the time changes, if you subscribe.",
};
/** A key of the words. */
export type BeforeWord = keyof typeof en;
const de: Record<BeforeWord, string> = {
  newTime: "Neue Zeit",
  oldTime: "War angekündigt für",
  here: "{time}, Ihre Zeit",
  there: "{time} dort, wo sie angekündigt ist ({zone})",
  doors: "Einlass {time}.",
  doorsOpen: "Der Einlass ist offen.",
  follows: "Verschoben. Die neue Zeit steht bald hier, unter derselben Adresse.",
  calledOff: "Diese Veranstaltung wurde abgesagt.",
  because: "Der Gastgeber sagt:",
  history: "Was sich geändert hat",
  postpone: "{date}: verschoben, vorher {from}",
  reschedule: "{date}: verlegt von {from} auf {to}",
  cancel: "{date}: abgesagt",
  undone: "zurückgenommen {date}",
  addToCalendar: "In den Kalender",
  subscribe: "Kalender abonnieren",
  expected: "Der Beginn wird jetzt um {time} erwartet.",
  spoken: "Gesprochen wird {language}.",
  interpreted: "Gedolmetscht in: {languages}.",
  partOf: "Teil von: {series}",
  calendarInfo: "Wer den Kalender abonniert, sieht neue Zeiten von selbst.",
};
/** All languages, for the test that holds them complete. */
export const BEFORE_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayBefore(word: BeforeWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(BEFORE_WORDS[lang][word], values);
}

/** An instant in a zone, in the page's language; the reader's own zone when none is named. */
export function timeIn(iso: string, timeZone?: string): string {
  const format = { weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(locale, { ...format, ...(timeZone === undefined ? {} : { timeZone }) }).format(new Date(iso));
}
