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
  tracks: "Keep a track of each speaker who agrees",
  tracksInfo: "Each is asked before they join, may say no, and may take it back at any time. Only hosts and the operator can download the tracks.",
  lossless: "Keep the programme as FLAC too (without loss, about 0.3 GB an hour)",
  ownTracks: "Tracks of single speakers",
  track: "{name}, {megabytes} MB (Opus)",
  ownTracksInfo: "As they came from each speaker, silence in between; all begin with the programme and are as long as it is.",
  trouble: "The disk does not take the recording any more ({why}). The event goes on. What can be kept is kept; two minutes are held in memory.",
  troubleFull: "it is full: tell the operator to make room",
  troubleFailing: "it fails or is too slow: tell the operator",
  ownTrack:
    "Keep my voice as a track of its own too. Only the hosts and the operator can have it; never what I say while muted. I can take this back at any time.",
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
  tracks: "Eine Spur von jeder Person behalten, die zustimmt",
  tracksInfo:
    "Alle werden vor dem Beitreten gefragt, dürfen Nein sagen und es jederzeit zurücknehmen. Nur Gastgeber und Betreiber können die Spuren herunterladen.",
  lossless: "Das Programm auch als FLAC behalten (verlustfrei, etwa 0,3 GB je Stunde)",
  ownTracks: "Spuren einzelner Personen",
  track: "{name}, {megabytes} MB (Opus)",
  ownTracksInfo: "So, wie sie von jeder Person kamen, dazwischen Stille; alle beginnen mit dem Programm und sind so lang wie dieses.",
  trouble:
    "Der Datenträger nimmt die Aufzeichnung nicht mehr an ({why}). Die Veranstaltung geht weiter. Was behalten werden kann, wird behalten; zwei Minuten liegen im Speicher.",
  troubleFull: "er ist voll: Bitten Sie den Betreiber, Platz zu schaffen",
  troubleFailing: "er versagt oder ist zu langsam: Sagen Sie es dem Betreiber",
  ownTrack:
    "Meine Stimme auch als eigene Spur behalten. Nur Gastgeber und Betreiber können sie haben; nie, was ich stummgeschaltet sage. Ich kann das jederzeit zurücknehmen.",
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
