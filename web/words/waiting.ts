import { fill, lang } from "./language.ts";

/** Words for those who wait at the door; every key in every language. */
const en = {
  turn: "Your turn comes in about {span}. Stay here: the page goes in by itself.",
  soon: "Your turn comes now. Stay here: the page goes in by itself.",
  place: "{number} are let in before you.",
  held: "The doors are held. When they open, those who are here draw lots for the order. Stay here: the page goes in by itself.",
  full: "The event is full. As soon as there is room, the page goes in by itself.",
  crowd: "So many want in at this moment that they are let in one after the other, so that nobody's sound breaks.",
  busy: "The server lets nobody new in for a moment, so that those who listen hear well. You keep your place.",
  keeps: "A reload keeps your place.",
  seconds: "{number} s",
  minutes: "{number} min",
  waiting: "You are in the line",
  work: "Very many requests come from your network. This device does a sum for a second or two to get its place; where it cannot, the page asks again later.",
  late: "It was to begin {span} ago and begins as soon as everybody is ready. Stay here: the page follows by itself.",
  music: "Play waiting music",
  musicStop: "Stop waiting music",
  musicAway: "The music cannot be had at the moment.",
};
/** A key of the words. */
export type WaitingWord = keyof typeof en;
const de: Record<WaitingWord, string> = {
  turn: "Sie sind in etwa {span} dran. Bleiben Sie hier: Die Seite geht von selbst hinein.",
  soon: "Sie sind gleich dran. Bleiben Sie hier: Die Seite geht von selbst hinein.",
  place: "Vor Ihnen werden {number} eingelassen.",
  held: "Die Türen sind noch zu. Wenn sie aufgehen, entscheidet unter allen, die hier sind, das Los. Bleiben Sie hier: Die Seite geht von selbst hinein.",
  full: "Die Veranstaltung ist voll. Sobald Platz ist, geht die Seite von selbst hinein.",
  crowd: "Im Moment wollen so viele herein, dass sie nacheinander eingelassen werden, damit der Ton bei niemandem abreißt.",
  busy: "Der Server lässt einen Moment lang niemanden neu herein, damit alle, die zuhören, gut hören. Sie behalten Ihren Platz.",
  keeps: "Auch nach einem Neuladen behalten Sie Ihren Platz.",
  seconds: "{number} s",
  minutes: "{number} min",
  waiting: "Sie stehen in der Schlange",
  work: "Aus Ihrem Netz kommen sehr viele Anfragen. Dieses Gerät rechnet ein, zwei Sekunden für seinen Platz; wo das nicht geht, fragt die Seite später noch einmal.",
  late: "Der Beginn war vor {span} geplant; es geht los, sobald alle bereit sind. Bleiben Sie hier: Die Seite geht von selbst weiter.",
  music: "Wartemusik spielen",
  musicStop: "Wartemusik anhalten",
  musicAway: "Die Musik ist im Moment nicht zu bekommen.",
};
/** All languages, for the test that holds them complete. */
export const WAITING_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function say(word: WaitingWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(WAITING_WORDS[lang][word], values);
}

/** A length of time in words; rounded up, so that nobody waits longer than told. */
export function span(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 90 ? say("seconds", { number: String(Math.ceil(seconds / 5) * 5) }) : say("minutes", { number: String(Math.ceil(seconds / 60)) });
}
