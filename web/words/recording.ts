import { fill, lang } from "./language.ts";

/** Words of the recording's panel backstage; every key in every language. */
const en = {
  recording: "Recording",
  none: "There is none yet. It is at the event's address in the second in which the event ends.",
  there: "{length}, {megabytes} MB. The replay is at the event's address.",
  begins: "The replay begins at (minutes:seconds)",
  beginsInfo: "What comes before is left out only at first: the page says so, and everybody can hear the whole.",
  clips: "Listeners may share clips of up to a minute",
  keep: "Delete it so many days after the end (empty: keep it)",
  save: "Save",
  saved: "Saved.",
  place: "Write the place as minutes:seconds, such as 2:10.",
  delete: "Delete the recording",
  deleteSure: "Delete the recording for good?",
  deleteInfo:
    "Nobody can bring it back. Title, times and the fingerprint of every segment stay public; no sound can be made from them. Waveform, chapters and who spoke when go with the sound.",
  yes: "Yes, delete it",
  no: "Keep it",
  deleted: "Deleted on {date}. Title, times and fingerprints stay public.",
  chapter: "Begin a chapter",
  chapterTitle: "Title of the chapter (may stay empty)",
  chapterSet: "Chapter set at {time}.",
};
/** A key of the words. */
export type RecordingWord = keyof typeof en;
const de: Record<RecordingWord, string> = {
  recording: "Aufzeichnung",
  none: "Es gibt noch keine. Sie steht unter der Adresse der Veranstaltung, sobald diese endet.",
  there: "{length}, {megabytes} MB. Sie steht unter der Adresse der Veranstaltung.",
  begins: "Die Aufzeichnung beginnt bei (Minuten:Sekunden)",
  beginsInfo: "Was davor war, wird nur zunächst ausgelassen: Die Seite sagt es, und alle können das Ganze hören.",
  clips: "Zuhörer dürfen Ausschnitte bis zu einer Minute teilen",
  keep: "So viele Tage nach dem Ende löschen (leer: behalten)",
  save: "Speichern",
  saved: "Gespeichert.",
  place: "Schreiben Sie die Stelle als Minuten:Sekunden, etwa 2:10.",
  delete: "Aufzeichnung löschen",
  deleteSure: "Die Aufzeichnung endgültig löschen?",
  deleteInfo:
    "Niemand kann sie zurückholen. Titel, Zeiten und die Prüfsumme jedes Abschnitts bleiben öffentlich; Ton lässt sich daraus nicht gewinnen. Wellenform, Kapitel und wer wann sprach gehen mit dem Ton.",
  yes: "Ja, löschen",
  no: "Behalten",
  deleted: "Gelöscht am {date}. Titel, Zeiten und Prüfsummen bleiben öffentlich.",
  chapter: "Kapitel beginnen",
  chapterTitle: "Titel des Kapitels (darf leer bleiben)",
  chapterSet: "Kapitel gesetzt bei {time}.",
};
/** All languages, for the test that holds them complete. */
export const RECORDING_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayRecording(word: RecordingWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(RECORDING_WORDS[lang][word], values);
}
