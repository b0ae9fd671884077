import { fill, lang } from "./language.ts";

/** Words of what comes to the listening page after the first sound; every key in every language. */
const en = {
  toLive: "Live",
  toLiveTitle: "Live: back to what is said now",
  back: "15 s back",
  place: "{place}, live",
  placeBehind: "{place}, said {span} ago",
  seconds: "{number} seconds",
  minutes: "{number} minutes",
  minute: "a minute",
  hours: "{hours} h {minutes} min",
  behind: "You hear what was said {span} ago.",
  held: "Stopped at {place}. Listen goes on from there.",
  chapters: "Chapters so far",
  more: "More",
  sleep: "Sleep timer",
  sleepOff: "off",
  sleepEnd: "end of the event",
  sleepMinutes: "{number} minutes",
  sleepLeft: "Stops in {span}.",
  slept: "Good night: the sleep timer has stopped the sound.",
  lowData: "Use less data",
  lowDataHow: "about {less} instead of {usual} MB an hour; simpler sound, a moment later",
  reduced: "So many are listening that the sound comes with half the data just now. It changes back by itself.",
  longer: "So many are listening that the sound comes once a second: you hear it a moment later than usual.",
  near: "As close as possible",
  nearHow: "for those near the stage: under half a second, needs a good network",
  nearFull: "The close places are taken just now. You hear it the usual way.",
  nearShed: "So many are listening that everybody moves back a little: a second instead of half of one.",
  share: "Share",
  shareCopied: "The link is copied: {link}",
  shareThis: "Copy this link: {link}",
  keyPlay: "listen or stop",
  keyMute: "mute",
  keyVolume: "volume",
  keySeek: "15 seconds back or on",
  keyHelp: "these keys",
  keyChapter: "chapter back or on",
  keyLink: "back to live; in a replay: link to this second",
  keyTempo: "slower or faster (replay)",
  captions: "Captions",
};
/** A key of the words. */
export type ExtraWord = keyof typeof en;
const de: Record<ExtraWord, string> = {
  toLive: "Live",
  toLiveTitle: "Live: zurück zu dem, was jetzt gesagt wird",
  back: "15 s zurück",
  place: "{place}, live",
  placeBehind: "{place}, gesagt vor {span}",
  seconds: "{number} Sekunden",
  minutes: "{number} Minuten",
  minute: "einer Minute",
  hours: "{hours} Std. {minutes} Min.",
  behind: "Sie hören, was vor {span} gesagt wurde.",
  held: "Angehalten bei {place}. Zuhören geht dort weiter.",
  chapters: "Kapitel bisher",
  more: "Mehr",
  sleep: "Schlafwecker",
  sleepOff: "aus",
  sleepEnd: "Ende der Veranstaltung",
  sleepMinutes: "{number} Minuten",
  sleepLeft: "Hört in {span} auf.",
  slept: "Gute Nacht: Der Ton ist wie gewünscht aus.",
  lowData: "Weniger Daten",
  lowDataHow: "etwa {less} statt {usual} MB in der Stunde; einfacherer Klang, einen Moment später",
  reduced: "Es hören so viele zu, dass der Ton gerade mit der halben Datenmenge kommt. Das ändert sich von selbst wieder.",
  longer: "Es hören so viele zu, dass der Ton nur einmal in der Sekunde kommt: Sie hören ihn einen Moment später als sonst.",
  near: "So nah wie möglich",
  nearHow: "für alle nahe der Bühne: unter einer halben Sekunde, braucht ein gutes Netz",
  nearFull: "Die nahen Plätze sind gerade vergeben. Sie hören auf dem üblichen Weg.",
  nearShed: "Es hören so viele zu, dass alle ein wenig zurückrücken: eine Sekunde statt einer halben.",
  share: "Teilen",
  shareCopied: "Der Link ist kopiert: {link}",
  shareThis: "Diesen Link kopieren: {link}",
  keyPlay: "zuhören oder anhalten",
  keyMute: "stumm",
  keyVolume: "Lautstärke",
  keySeek: "15 Sekunden zurück oder vor",
  keyHelp: "diese Tasten",
  keyChapter: "Kapitel zurück oder vor",
  keyLink: "zurück zu live; in der Aufzeichnung: Link auf diese Sekunde",
  keyTempo: "langsamer oder schneller (Aufzeichnung)",
  captions: "Untertitel",
};
/** All languages, for the test that holds them complete. */
export const EXTRA_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function tell(word: ExtraWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(EXTRA_WORDS[lang][word], values);
}

/** How long ago or how much longer, as one says it. */
export function spanInWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 50) return tell("seconds", { number: String(Math.max(1, Math.round(seconds))) });
  if (minutes <= 1) return tell("minute");
  return minutes < 60
    ? tell("minutes", { number: String(minutes) })
    : tell("hours", { hours: String(Math.floor(minutes / 60)), minutes: String(minutes % 60) });
}
