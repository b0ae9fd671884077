import { fill, lang, locale } from "./language.ts";

/** Words of the replay, the clip page and the player in other people's pages. */
const en = {
  replay: "Replay",
  chapters: "Chapters",
  byHost: "set by the host",
  speakers: "Who spoke when",
  talked: "{time}, {percent} % of the talk, longest turn {longest}",
  interpreted: "{time}, interpreter into {language}",
  trimmed: "The replay begins at {time}. What came before is kept too.",
  fromStart: "From the very beginning",
  linkHere: "Link to this second",
  copied: "Copied: {link}",
  copyThis: "The link: {link}",
  clip: "Share a clip",
  clipBegin: "Begins at",
  clipHere: "here, at {time}",
  clipLength: "Seconds",
  clipOpen: "Open the clip from {from} to {to}",
  gaps: "Gaps",
  "stage-away": "{from} to {to}: silence, the server was away and came back",
  disk: "{from} to {to}: silence, the disk did not take the sound",
  downloads: "Downloads",
  captionFile: "Captions (WebVTT)",
  smallFile: "Opus, small",
  keptUntil: "This recording is kept until {date}. Title, times and the fingerprints of what was on air stay public after that.",
  deletedHost: "The host deleted this recording on {date}.",
  deletedOperator: "The operator of this house deleted this recording on {date}.",
  deletedRetention: "This recording was to be kept until {date} and has been deleted.",
  staysPublic: "What stays public: title, times, and the fingerprints of what was on air; no sound can be made from them.",
  at: "{time} of {duration}",
  clipOf: "A clip of {seconds} seconds, from {from} to {to}",
  hearWhole: "Hear the whole",
  copyLink: "Copy the link",
  open: "Open the page",
  play: "Play",
  pause: "Pause",
  live: "On air",
  listen: "Listen",
  stop: "Stop",
  before: "Begins {time}",
  over: "Replay",
  nothing: "There is nothing to hear now.",
  busy: "Connecting…",
};
/** A key of the words. */
export type ReplayWord = keyof typeof en;
const de: Record<ReplayWord, string> = {
  replay: "Aufzeichnung",
  chapters: "Kapitel",
  byHost: "vom Gastgeber gesetzt",
  speakers: "Wer wann sprach",
  talked: "{time}, {percent} % der Redezeit, längster Beitrag {longest}",
  interpreted: "{time}, dolmetscht: {language}",
  trimmed: "Die Aufzeichnung beginnt bei {time}. Auch was davor war, ist da.",
  fromStart: "Ganz von vorn",
  linkHere: "Link auf diese Sekunde",
  copied: "Kopiert: {link}",
  copyThis: "Der Link: {link}",
  clip: "Ausschnitt teilen",
  clipBegin: "Beginnt bei",
  clipHere: "hier, bei {time}",
  clipLength: "Sekunden",
  clipOpen: "Ausschnitt von {from} bis {to} öffnen",
  gaps: "Lücken",
  "stage-away": "{from} bis {to}: Stille, der Server war weg und kam wieder",
  disk: "{from} bis {to}: Stille, der Datenträger nahm den Ton nicht an",
  downloads: "Herunterladen",
  captionFile: "Untertitel (WebVTT)",
  smallFile: "Opus, klein",
  keptUntil: "Diese Aufzeichnung bleibt bis zum {date}. Titel, Zeiten und die Prüfsummen des Gesendeten bleiben danach öffentlich.",
  deletedHost: "Der Gastgeber hat diese Aufzeichnung am {date} gelöscht.",
  deletedOperator: "Der Betreiber dieses Hauses hat diese Aufzeichnung am {date} gelöscht.",
  deletedRetention: "Diese Aufzeichnung sollte bis zum {date} bleiben und ist gelöscht.",
  staysPublic: "Öffentlich bleiben Titel, Zeiten und die Prüfsummen des Gesendeten; Ton lässt sich daraus nicht gewinnen.",
  at: "{time} von {duration}",
  clipOf: "Ein Ausschnitt von {seconds} Sekunden, von {from} bis {to}",
  hearWhole: "Das Ganze hören",
  copyLink: "Link kopieren",
  open: "Seite öffnen",
  play: "Abspielen",
  pause: "Pause",
  live: "Auf Sendung",
  listen: "Zuhören",
  stop: "Anhalten",
  before: "Beginnt {time}",
  over: "Aufzeichnung",
  nothing: "Im Moment gibt es nichts zu hören.",
  busy: "Verbindung wird aufgebaut …",
};
/** All languages, for the test that holds them complete. */
export const REPLAY_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function tell(word: ReplayWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(REPLAY_WORDS[lang][word], values);
}

/** A day in the listener's own zone. */
export function day(unixMs: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(unixMs));
}
