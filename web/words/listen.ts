import { fill, lang, locale } from "./language.ts";

/** Words of the listening and home pages; every key in every language. */
const en = {
  before: "Not started yet",
  live: "On air",
  ended: "Ended",
  postponed: "Postponed",
  cancelled: "Cancelled",
  listen: "Listen",
  stop: "Stop",
  play: "Play replay",
  pause: "Pause",
  mute: "Mute",
  unmute: "Unmute",
  volume: "Volume",
  speed: "Speed",
  seek: "Position",
  starts: "We start {time}. Stay here: the page follows by itself.",
  in: "in {span}",
  connecting: "Connecting…",
  playing: "You hear this {seconds} s after it is said.",
  waiting: "Waiting for the sound. Stay here; it goes on by itself.",
  reconnecting: "The connection broke. Connecting again…",
  interrupted: "The stage is reconnecting. Stay here; it goes on by itself.",
  blocked: "Your browser wants one more tap: press Listen again.",
  tap: "One tap and you hear it. No account, no download.",
  over: "The event has ended. The replay is here.",
  finishing: "The event has ended. The replay appears here in a moment.",
  offline: "You are offline. We go on when the network is back.",
  record: "The record",
  recordAbout: "What happened here was entered as it happened, and signed. Your browser can check it now; anyone can at any time, with one file: {file}.",
  recordCheck: "Check the record",
  keys: "Keys",
  close: "Close",
  singleKeys: "Use these keys",
  muted: "muted",
  ask: "Ask to speak",
  now: "On air now",
  coming: "Coming",
  past: "Past",
  none: "Nothing is planned yet.",
  count: "{number} listening",
  countOld: "{number} were listening at {time}",
  countHow:
    "Counted at {time}: sessions to which at least 8 seconds of sound were sent within 10 seconds{bounds}. Peak {peak} at {peakTime}. Replays are never added; no address is kept.",
  countBounds: ", between {low} and {high} because some changed servers meanwhile",
  home: "Live audio, one tap away.",
  feed: "Podcast feed",
  hosts: "host",
  coHosts: "co-host",
};
/** A key of the words. */
export type ListenWord = keyof typeof en;
const de: Record<ListenWord, string> = {
  before: "Noch nicht begonnen",
  live: "Auf Sendung",
  ended: "Beendet",
  postponed: "Verschoben",
  cancelled: "Abgesagt",
  listen: "Zuhören",
  stop: "Anhalten",
  play: "Aufzeichnung hören",
  pause: "Pause",
  mute: "Stumm",
  unmute: "Ton an",
  volume: "Lautstärke",
  speed: "Tempo",
  seek: "Stelle",
  starts: "Es beginnt {time}. Bleiben Sie hier: Die Seite geht von selbst weiter.",
  in: "in {span}",
  connecting: "Verbindung wird aufgebaut …",
  playing: "Sie hören dies {seconds} s, nachdem es gesagt wurde.",
  waiting: "Wir warten auf den Ton. Bleiben Sie hier, es geht von selbst weiter.",
  reconnecting: "Die Verbindung ist abgerissen und wird neu aufgebaut …",
  interrupted: "Die Bühne verbindet sich neu. Bleiben Sie hier, es geht von selbst weiter.",
  blocked: "Ihr Browser möchte noch ein Tippen: Bitte noch einmal auf Zuhören.",
  tap: "Einmal tippen, schon hören Sie es. Ohne Konto, ohne Download.",
  over: "Die Veranstaltung ist zu Ende. Hier ist die Aufzeichnung.",
  finishing: "Die Veranstaltung ist zu Ende. Die Aufzeichnung erscheint hier gleich.",
  offline: "Sie sind offline. Es geht weiter, sobald das Netz wieder da ist.",
  record: "Das Register",
  recordAbout:
    "Was hier geschah, wurde eingetragen, während es geschah, und unterschrieben. Ihr Browser kann es jetzt prüfen; alle können es jederzeit, mit einer Datei: {file}.",
  recordCheck: "Register prüfen",
  keys: "Tasten",
  close: "Schließen",
  singleKeys: "Diese Tasten benutzen",
  muted: "stumm",
  ask: "Mitreden",
  now: "Jetzt auf Sendung",
  coming: "Demnächst",
  past: "Vergangen",
  none: "Noch ist nichts geplant.",
  count: "{number} hören zu",
  countOld: "{number} hörten um {time} zu",
  countHow:
    "Gezählt um {time}: Sitzungen, an die in 10 Sekunden mindestens 8 Sekunden Ton gingen{bounds}. Höchststand {peak} um {peakTime}. Aufzeichnungen zählen nie mit; keine Adresse wird behalten.",
  countBounds: ", zwischen {low} und {high}, weil manche dabei den Server gewechselt haben",
  home: "Live-Ton, einen Tipp entfernt.",
  feed: "Podcast-Feed",
  hosts: "Gastgeber",
  coHosts: "Mitgastgeber",
};
/** All languages, for the test that holds them complete. */
export const LISTEN_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function say(word: ListenWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(LISTEN_WORDS[lang][word], values);
}

/** An instant in the listener's own zone and way of writing. */
export function when(iso: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(
    new Date(iso),
  );
}
