import { fill, lang } from "./language.ts";

/** Words of the recording's panel backstage; every key in every language. */
const en = {
  recording: "Recording",
  none: "There is none yet. It is at the event's address in the second in which the event ends.",
  there: "{length}, {megabytes} MB. The replay is at the event's address.",
  soFar: "{length} recorded so far, {megabytes} MB. The replay is at the event's address in the second in which the event ends.",
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
  keepHouse: "Delete it so many days after the end (empty: after {days} days, as this house does)",
  forGood: "It is kept until somebody deletes it.",
  until: "It is kept until {date}, then deleted. Title, times and fingerprints stay public.",
  sending: "It is on its way to the store.",
  waits: "It is on this machine's disk and waits for the store, which takes nothing at the moment. Nothing is lost; the replay plays.",
  both: "It is on this machine's disk and in the store.",
  storeOnly: "It is in the store and is played from there.",
  deleting: "It is being taken out of the store too.",
  deletionWaits: "Nobody can hear it any more. It is taken out of the store as soon as that answers again.",
  storage: "Where recordings are kept",
  here: "On this machine's disk.",
  also: "On this machine's disk, and in the store {place} too.",
  alsoFor: "In the store {place}; on this machine's disk for {days} days after the end.",
  houseDays: "Each is deleted {days} days after its event ends, unless host or operator decided otherwise for it. Title, times and fingerprints stay public.",
  houseForGood: "Each is kept until somebody deletes it, unless host or operator decided otherwise for it.",
  queue: "Waiting since {time}: {files} files, {megabytes} MB to be sent.",
  queueDeletions: "Waiting since {time}: {deletions} deleted recordings to be taken out of the store.",
  lostAway:
    "The store has not answered since {time} ({reason}). Events go on and are recorded here; everything is sent when it is back. “earshot doctor” says what is wrong.",
  lostRefused:
    "The store has refused us since {time} ({reason}). Events go on and are recorded here; nothing is taken off this disk. “earshot doctor” says what is wrong.",
  save: "Save",
  saved: "Saved.",
  place: "Write the place as minutes:seconds, such as 2:10.",
  delete: "Delete the recording",
  deleteSure: "Delete the recording for good?",
  deleteInfo:
    "Nobody can bring it back. Title, times and the fingerprint of every segment stay public; no sound can be made from them. Waveform, chapters, who spoke when and how voices came in go with the sound.",
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
  soFar: "{length} sind bisher aufgezeichnet, {megabytes} MB. Die Aufzeichnung steht unter der Adresse der Veranstaltung, sobald diese endet.",
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
  keepHouse: "So viele Tage nach dem Ende löschen (leer: nach {days} Tagen, wie in diesem Haus üblich)",
  forGood: "Sie bleibt, bis jemand sie löscht.",
  until: "Sie bleibt bis zum {date} und wird dann gelöscht. Titel, Zeiten und Prüfsummen bleiben öffentlich.",
  sending: "Sie ist auf dem Weg in den Speicher.",
  waits:
    "Sie liegt auf dem Datenträger dieses Rechners und wartet auf den Speicher, der im Moment nichts annimmt. Nichts ist verloren; sie lässt sich anhören.",
  both: "Sie liegt auf dem Datenträger dieses Rechners und im Speicher.",
  storeOnly: "Sie liegt im Speicher und wird von dort abgespielt.",
  deleting: "Sie wird auch aus dem Speicher entfernt.",
  deletionWaits: "Niemand kann sie mehr hören. Aus dem Speicher wird sie entfernt, sobald er wieder antwortet.",
  storage: "Wo Aufzeichnungen liegen",
  here: "Auf dem Datenträger dieses Rechners.",
  also: "Auf dem Datenträger dieses Rechners und im Speicher {place}.",
  alsoFor: "Im Speicher {place}; auf dem Datenträger dieses Rechners noch {days} Tage nach dem Ende.",
  houseDays:
    "Jede wird {days} Tage nach dem Ende ihrer Veranstaltung gelöscht, wenn Gastgeber oder Betreiber nicht anders entschieden haben. Titel, Zeiten und Prüfsummen bleiben öffentlich.",
  houseForGood: "Jede bleibt, bis jemand sie löscht, wenn Gastgeber oder Betreiber nicht anders entschieden haben.",
  queue: "Es warten seit {time}: {files} Dateien, {megabytes} MB zu senden.",
  queueDeletions: "Es warten seit {time}: {deletions} gelöschte Aufzeichnungen, die noch aus dem Speicher zu entfernen sind.",
  lostAway:
    "Der Speicher antwortet seit {time} nicht ({reason}). Veranstaltungen gehen weiter und werden hier aufgezeichnet; alles wird nachgeholt. „earshot doctor“ sagt, was fehlt.",
  lostRefused:
    "Der Speicher weist uns seit {time} ab ({reason}). Veranstaltungen gehen weiter und werden hier aufgezeichnet; hier wird nichts entfernt. „earshot doctor“ sagt, was fehlt.",
  save: "Speichern",
  saved: "Gespeichert.",
  place: "Schreiben Sie die Stelle als Minuten:Sekunden, etwa 2:10.",
  delete: "Aufzeichnung löschen",
  deleteSure: "Die Aufzeichnung endgültig löschen?",
  deleteInfo:
    "Niemand kann sie zurückholen. Titel, Zeiten und die Prüfsumme jedes Abschnitts bleiben öffentlich; Ton lässt sich daraus nicht gewinnen. Wellenform, Kapitel, wer wann sprach und wie Stimmen ankamen gehen mit dem Ton.",
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
