import { fill, lang } from "./language.ts";

/** Words for programs that act and programs that are told; every key in every language. */
const en = {
  access: "Programs",
  accessInfo: "Tokens let a program act in your name; webhooks tell a program what happens. The API page says how.",
  apiPage: "API page",
  tokens: "Tokens",
  tokenName: "What is it for?",
  days: "Days it is good (empty: until you take it away)",
  makeToken: "Make a token",
  tokenOnce: "Copy the token now: it is shown this once.",
  takeAway: "Take away",
  used: "last used {time}",
  unused: "not used yet",
  until: "until {time}",
  read: "Read events",
  write: "Make, change and move events",
  peopleRead: "See people and hands",
  peopleWrite: "Invite, remove, hand over, personal links",
  onAir: "Go on and off the air",
  webhooks: "Webhooks",
  address: "Address",
  addHook: "Add a webhook",
  signing: "Signing key",
  trial: "Send a trial",
  messages: "Messages",
  waiting: "{count} waiting",
  given: "{count} given up",
  delivered: "delivered",
  pending: "next attempt {time}",
  dead: "given up after {count} attempts: {reason}",
  again: "Send again",
  none: "None yet.",
};
/** A key of the words. */
export type AccessWord = keyof typeof en;
const de: Record<AccessWord, string> = {
  access: "Programme",
  accessInfo: "Tokens lassen ein Programm in Ihrem Namen handeln; Webhooks sagen einem Programm, was geschieht. Wie das geht, steht auf der API-Seite.",
  apiPage: "API-Seite",
  tokens: "Tokens",
  tokenName: "Wofür ist es?",
  days: "Tage, die es gilt (leer: bis Sie es wegnehmen)",
  makeToken: "Token anlegen",
  tokenOnce: "Kopieren Sie das Token jetzt: Es wird nur dieses eine Mal gezeigt.",
  takeAway: "Wegnehmen",
  used: "zuletzt benutzt {time}",
  unused: "noch nicht benutzt",
  until: "bis {time}",
  read: "Veranstaltungen lesen",
  write: "Veranstaltungen anlegen, ändern und verlegen",
  peopleRead: "Personen und Wortmeldungen sehen",
  peopleWrite: "Einladen, entfernen, übergeben, persönliche Links",
  onAir: "Auf Sendung gehen und beenden",
  webhooks: "Webhooks",
  address: "Adresse",
  addHook: "Webhook anlegen",
  signing: "Schlüssel der Signaturen",
  trial: "Probe senden",
  messages: "Nachrichten",
  waiting: "{count} warten",
  given: "{count} aufgegeben",
  delivered: "zugestellt",
  pending: "nächster Versuch {time}",
  dead: "nach {count} Versuchen aufgegeben: {reason}",
  again: "Noch einmal senden",
  none: "Noch keine.",
};
/** All languages, for the test that holds them complete. */
export const ACCESS_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayAccess(word: AccessWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(ACCESS_WORDS[lang][word], values);
}
