import { fill, lang } from "./language.ts";

/** Words of the audience's panel in the studio; every key in every language. */
const en = {
  audience: "Audience",
  listeningNow: "listening now",
  listenedAt: "were listening at {time}",
  nobodyCounted: "Nobody is counted yet. The figure comes ten seconds after you go live.",
  peak: "Peak",
  peakAt: "{number} at {time}",
  average: "Average",
  hours: "Listening hours",
  sessions: "Sessions",
  sessionsOf: "{number} ({gross} with short ones)",
  unique: "Unique listeners",
  uniqueOf: "about {number} (±{percent} %)",
  turnedAway: "Turned away",
  waitingNow: "Waiting now",
  machines: "Declared bots",
  howCounted: "How this is counted",
  countedBy:
    "Listening now: sessions to which at least 8 seconds of sound were sent in the last closed 10 seconds, between {low} and {high} because some change servers meanwhile. Sessions and hours: from 60 seconds on; for the same reason between {sessionsLow} and {sessionsHigh} sessions. Unique listeners: an estimate. Live and replay are never added, and no address is kept.",
  doors: "Doors",
  doorsAuto: "Automatic",
  doorsOpen: "Let everybody in",
  doorsHold: "Hold",
  doorsAutoInfo: "Newcomers are let in at once, and one after the other only when the server is full.",
  doorsOpenInfo: "Everybody is let in at once, also when the server gets busy.",
  doorsHoldInfo: "Newcomers wait outside; when you open, they draw lots for the order.",
  doorsRate: "At most so many per second (empty: what the server bears)",
  doorsCap: "At most so many listeners (empty: no limit)",
  doorsMessage: "Message to those who wait",
  doorsSet: "Apply",
  doorsDone: "The doors follow in a second or two.",
  doorsState: "Server {pressure} % full · {rate} per second · a newcomer waits {wait} s",
  course: "Listening now over the last {minutes} minutes: lowest {least}, highest {most}",
};
/** A key of the words. */
export type AudienceWord = keyof typeof en;
const de: Record<AudienceWord, string> = {
  audience: "Publikum",
  listeningNow: "hören jetzt zu",
  listenedAt: "hörten um {time} zu",
  nobodyCounted: "Noch ist niemand gezählt. Die Zahl kommt zehn Sekunden nach Sendebeginn.",
  peak: "Höchststand",
  peakAt: "{number} um {time}",
  average: "Im Mittel",
  hours: "Hörstunden",
  sessions: "Sitzungen",
  sessionsOf: "{number} ({gross} mit kurzen)",
  unique: "Verschiedene Personen",
  uniqueOf: "etwa {number} (±{percent} %)",
  turnedAway: "Abgewiesen",
  waitingNow: "Warten jetzt",
  machines: "Erklärte Bots",
  howCounted: "Wie gezählt wird",
  countedBy:
    "Hören jetzt zu: Sitzungen, an die in den letzten abgeschlossenen 10 Sekunden mindestens 8 Sekunden Ton gingen, zwischen {low} und {high}, weil manche dabei den Server wechseln. Sitzungen und Stunden: ab 60 Sekunden; aus demselben Grund zwischen {sessionsLow} und {sessionsHigh} Sitzungen. Verschiedene Personen: eine Schätzung. Live und Aufzeichnung werden nie addiert, und keine Adresse wird behalten.",
  doors: "Türen",
  doorsAuto: "Selbsttätig",
  doorsOpen: "Alle hereinlassen",
  doorsHold: "Zuhalten",
  doorsAutoInfo: "Wer kommt, ist sofort drin; nur wenn der Server voll ist, geht es der Reihe nach.",
  doorsOpenInfo: "Alle werden sofort eingelassen, auch wenn es für den Server eng wird.",
  doorsHoldInfo: "Wer kommt, wartet draußen; wenn Sie öffnen, entscheidet das Los die Reihenfolge.",
  doorsRate: "Höchstens so viele je Sekunde (leer: was der Server verträgt)",
  doorsCap: "Höchstens so viele Zuhörende (leer: ohne Grenze)",
  doorsMessage: "Nachricht an alle, die warten",
  doorsSet: "Übernehmen",
  doorsDone: "Die Türen folgen in ein bis zwei Sekunden.",
  doorsState: "Server zu {pressure} % ausgelastet · {rate} je Sekunde · wer jetzt kommt, wartet {wait} s",
  course: "Zuhörende in den letzten {minutes} Minuten: am wenigsten {least}, am meisten {most}",
};
/** All languages, for the test that holds them complete. */
export const AUDIENCE_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function say(word: AudienceWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(AUDIENCE_WORDS[lang][word], values);
}
