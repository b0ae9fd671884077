import { fill, lang } from "./language.ts";

/** Words of the soundboard; every key in every language. */
const en = {
  sounds: "Sounds",
  intro: "Jingles and waiting music. Everybody on stage hears them; once you are live, listeners do too.",
  none: "No sounds yet. Add a file, or the address of a stream.",
  play: "Play {name}",
  stop: "Stop {name}",
  left: "{time} left",
  isStream: "stream",
  opening: "starting…",
  away: "The stream is away and is asked again…",
  settings: "Settings of {name}",
  loop: "Play again and again (waiting music)",
  ducks: "Quieter while somebody talks",
  waiting: "Waiting music for listeners: before you go live, and at the door",
  waitingReady: "{name} is ready for listeners who wait.",
  waitingMaking: "It is made ready for listeners…",
  level: "Loudness",
  decibels: "{value} dB",
  heardIn: "Heard in",
  floor: "the floor: everybody hears it",
  delete: "Delete {name}",
  deleteSure: "Delete {name}?",
  deleteInfo: "If it plays, it fades out.",
  add: "Add a sound",
  file: "File: MP3, WAV, FLAC or Opus, up to {megabytes} MB",
  name: "Name on the button",
  upload: "Add the file",
  uploading: "Adding: it is sent, then brought to the loudness of the programme…",
  address: "Address of a stream (MP3 or Ogg Opus)",
  addStream: "Add the stream",
  added: "{name} was added.",
};
/** A key of the words. */
export type SoundWord = keyof typeof en;
const de: Record<SoundWord, string> = {
  sounds: "Einspieler",
  intro: "Jingles und Wartemusik. Alle auf der Bühne hören sie; sobald Sie auf Sendung sind, auch die Zuhörer.",
  none: "Noch keine Einspieler. Fügen Sie eine Datei hinzu, oder die Adresse eines Streams.",
  play: "{name} spielen",
  stop: "{name} stoppen",
  left: "noch {time}",
  isStream: "Stream",
  opening: "startet…",
  away: "Der Stream ist weg und wird wieder gefragt…",
  settings: "Einstellungen von {name}",
  loop: "Immer wieder spielen (Wartemusik)",
  ducks: "Leiser, solange jemand spricht",
  waiting: "Wartemusik für Zuhörer: bevor Sie auf Sendung gehen und vor der Tür",
  waitingReady: "{name} ist für alle bereit, die warten.",
  waitingMaking: "Wird für die Zuhörer bereit gemacht…",
  level: "Lautstärke",
  decibels: "{value} dB",
  heardIn: "Zu hören in",
  floor: "der Hauptsprache: alle hören es",
  delete: "{name} löschen",
  deleteSure: "{name} löschen?",
  deleteInfo: "Läuft der Einspieler gerade, wird er ausgeblendet.",
  add: "Einspieler hinzufügen",
  file: "Datei: MP3, WAV, FLAC oder Opus, bis {megabytes} MB",
  name: "Name auf dem Knopf",
  upload: "Datei hinzufügen",
  uploading: "Wird hinzugefügt: erst gesendet, dann auf die Lautstärke des Programms gebracht…",
  address: "Adresse eines Streams (MP3 oder Ogg Opus)",
  addStream: "Stream hinzufügen",
  added: "{name} ist da.",
};
/** All languages, for the test that holds them complete. */
export const SOUND_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function saySound(word: SoundWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(SOUND_WORDS[lang][word], values);
}
