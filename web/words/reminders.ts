import type { ReminderTopic } from "../../src/wire/reminders.ts";
import { fill, lang } from "./language.ts";

/** Words of the page behind a reminder's link, and of how far reminders are, backstage; every key in every language. */
const en = {
  title: "Reminder",
  asked: "Somebody wants to be reminded of this event at your e-mail address. Was it you?",
  confirm: "Yes, remind me",
  notMe: "No, forget my address",
  confirmed: "You will be reminded of this event by e-mail.",
  stop: "No more reminders",
  ended: "There is no reminder any more, and your address is deleted.",
  page: "To the event's page",
  reminders: "Reminders",
  wanted: "{mail} by e-mail, {push} on devices",
  unconfirmed: "{number} did not confirm their address yet",
  nobody: "Nobody has asked to be reminded yet.",
  progress: "{sent} sent, {waiting} waiting, {failed} failed",
  overtaken: "{number} not sent, because it held no longer",
  doors: "Doors soon",
  live: "On air",
  postponed: "Postponed",
  moved: "New time",
  cancelled: "Called off",
  restored: "Back again",
  replay: "To hear again",
};
/** A key of the words. */
type ReminderWord = keyof typeof en;
const de: Record<ReminderWord, string> = {
  title: "Erinnerung",
  asked: "Jemand möchte unter Ihrer E-Mail-Adresse an diese Veranstaltung erinnert werden. Waren Sie das?",
  confirm: "Ja, erinnern Sie mich",
  notMe: "Nein, Adresse löschen",
  confirmed: "Sie werden per E-Mail an diese Veranstaltung erinnert.",
  stop: "Keine Erinnerungen mehr",
  ended: "Es gibt keine Erinnerung mehr, und Ihre Adresse ist gelöscht.",
  page: "Zur Seite der Veranstaltung",
  reminders: "Erinnerungen",
  wanted: "{mail} per E-Mail, {push} auf Geräten",
  unconfirmed: "{number} haben ihre Adresse noch nicht bestätigt",
  nobody: "Bisher möchte niemand erinnert werden.",
  progress: "{sent} gesendet, {waiting} warten, {failed} gescheitert",
  overtaken: "{number} nicht gesendet, weil es nicht mehr galt",
  doors: "Einlass gleich",
  live: "Auf Sendung",
  postponed: "Verschoben",
  moved: "Neue Zeit",
  cancelled: "Abgesagt",
  restored: "Findet doch statt",
  replay: "Zum Nachhören",
};
/** All languages, for the test that holds them complete. */
export const REMINDER_PAGE_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayReminder(word: ReminderWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(REMINDER_PAGE_WORDS[lang][word], values);
}

/** What was told, in a word or two. */
export function topicInWords(topic: ReminderTopic): string {
  return sayReminder(topic === "confirm" ? "title" : topic);
}
