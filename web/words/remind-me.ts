import { fill, lang } from "./language.ts";

/** Words of being reminded, on the event page; every key in every language. */
const en = {
  remindMe: "Remind me",
  about: "You are told when it is about to begin, when it is on air, when it moves or is called off, and when it can be heard again.",
  onDevice: "Tell me on this device",
  mail: "Your e-mail address",
  byMail: "Remind me by e-mail",
  kept: "Kept for this event alone, deleted when it is over. Every mail ends it with one tap.",
  asked: "Look into your mail box: a mail to {address} asks you to confirm.",
  told: "You will be told on this device.",
  stop: "Stop telling me",
  stopped: "You will not be told any more.",
  denied: "This browser does not allow us to notify you. You can change that in its settings, or be reminded by e-mail or calendar.",
  failed: "That did not work: {reason}",
  unreachable: "The server could not be reached. Please try again in a moment.",
};
/** A key of the words. */
export type RemindWord = keyof typeof en;
const de: Record<RemindWord, string> = {
  remindMe: "Erinnern",
  about: "Sie erfahren, wenn es gleich beginnt, wenn es auf Sendung ist, wenn es verlegt oder abgesagt wird und wenn es zum Nachhören bereitsteht.",
  onDevice: "Auf diesem Gerät",
  mail: "Ihre E-Mail-Adresse",
  byMail: "Per E-Mail erinnern",
  kept: "Nur für diese Veranstaltung aufgehoben und gelöscht, wenn sie vorbei ist. Jede Mail lässt sich mit einem Tippen abbestellen.",
  asked: "Sehen Sie in Ihr Postfach: Eine Mail an {address} bittet um Bestätigung.",
  told: "Sie erfahren es auf diesem Gerät.",
  stop: "Nicht mehr erinnern",
  stopped: "Sie werden nicht mehr erinnert.",
  denied:
    "Dieser Browser erlaubt uns keine Benachrichtigungen. Sie können das in seinen Einstellungen ändern oder sich per E-Mail oder Kalender erinnern lassen.",
  failed: "Das hat nicht geklappt: {reason}",
  unreachable: "Der Server ist nicht zu erreichen. Versuchen Sie es gleich noch einmal.",
};
/** All languages, for the test that holds them complete. */
export const REMIND_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayRemind(word: RemindWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(REMIND_WORDS[lang][word], values);
}
