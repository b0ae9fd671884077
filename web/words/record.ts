import type { FindingCode } from "../../src/ledger/verify/browser.ts";
import { fill, lang } from "./language.ts";

/** Words of the verdict on an event's record; every key in every language. */
const en = {
  checking: "Checking the record…",
  holds: "It holds: every check passed.",
  "holds-with-gaps": "It holds, with gaps: nothing is contradicted; what is missing or late stands below.",
  contradicted: "It does not add up: what contradicts the record stands below.",
  entries: "{entries} entries, {incidents} of them interruptions or faults.",
  figures: "Peak: {peak} listening in the ten seconds from {time}; {sessions} sessions of a minute or more, {hours} listening hours.",
  bounded:
    "Whoever changed servers may have been counted twice or not at all: the true peak lies between {low} and {high}, the true number of sessions between {sessionsLow} and {sessionsHigh}.",
  machines: "Counted and signed by {count} machines; the figures above are of all together.",
  machine: "{name}: peak {peak}, {sessions} sessions, {hours} listening hours",
  house: "This server",
  further: "{average} listening on average; {turnedAway} turned away; {automated} declared bots at most, in none of these figures.",
  unique: "About {unique} different listeners (±{percent} %, an estimate).",
  bytes: "Cross-check: {sent} MB were sent, {ratio} times what so much listening needs at least.",
  defined: "Listening: at least 8 seconds of sound sent within 10 seconds.",
  witnessed: "{signed} of {witnesses} witnesses have cosigned the newest state; {quorum} were promised.",
  notCompared: "The recording itself has not been compared yet.",
  compared: "{compared} of {segments} stretches of the recording are byte for byte what was recorded.",
  compare: "Compare the recording too ({size} MB)",
  found: "What was found: {count}",
  limits:
    "This shows that figures and recording are attested by whoever counted and not contradicted by these checks, and that nothing was changed after it was signed. It cannot show that they counted honestly, or that every listener was a person.",
  unreadable: "The record could not be read: {cause}",
  unsupported: "This browser cannot check such signatures; the file above can, with Node.",
};
type RecordWord = keyof typeof en;
const de: Record<RecordWord, string> = {
  checking: "Das Register wird geprüft …",
  holds: "Es stimmt: Alle Prüfungen sind bestanden.",
  "holds-with-gaps": "Es stimmt, mit Lücken: Nichts widerspricht sich; was fehlt oder zu spät kam, steht unten.",
  contradicted: "Es geht nicht auf: Was dem Register widerspricht, steht unten.",
  entries: "{entries} Einträge, davon {incidents} Unterbrechungen oder Störungen.",
  figures: "Höchststand: {peak} Zuhörende in den zehn Sekunden ab {time}; {sessions} Sitzungen ab einer Minute, {hours} Hörstunden.",
  bounded:
    "Wer den Server wechselte, kann doppelt oder gar nicht gezählt sein: Der wahre Höchststand liegt zwischen {low} und {high}, die wahre Zahl der Sitzungen zwischen {sessionsLow} und {sessionsHigh}.",
  machines: "Gezählt und unterschrieben von {count} Maschinen; die Zahlen oben sind die aller zusammen.",
  machine: "{name}: Höchststand {peak}, {sessions} Sitzungen, {hours} Hörstunden",
  house: "Dieser Server",
  further: "Im Mittel hörten {average} zu; {turnedAway} wurden abgewiesen; höchstens {automated} erklärte Bots, in keiner dieser Zahlen enthalten.",
  unique: "Etwa {unique} verschiedene Zuhörende (±{percent} %, eine Schätzung).",
  bytes: "Gegenprobe: {sent} MB wurden gesendet, das {ratio}-Fache dessen, was so viel Zuhören mindestens braucht.",
  defined: "Zuhören: mindestens 8 Sekunden Ton, gesendet innerhalb von 10 Sekunden.",
  witnessed: "{signed} von {witnesses} Zeugen haben den neuesten Stand mitunterschrieben; {quorum} waren versprochen.",
  notCompared: "Die Aufzeichnung selbst ist noch nicht verglichen.",
  compared: "{compared} von {segments} Stücken der Aufzeichnung sind Byte für Byte die aufgenommenen.",
  compare: "Auch die Aufzeichnung vergleichen ({size} MB)",
  found: "Was gefunden wurde: {count}",
  limits:
    "Das zeigt, dass Zahlen und Aufzeichnung von denen bezeugt sind, die gezählt haben, dass diese Prüfungen ihnen nicht widersprechen und dass nach der Unterschrift nichts geändert wurde. Es kann nicht zeigen, dass sie ehrlich gezählt haben oder dass alle Zuhörenden Menschen waren.",
  unreadable: "Das Register war nicht zu lesen: {cause}",
  unsupported: "Dieser Browser kann solche Unterschriften nicht prüfen; die Datei oben kann es, mit Node.",
};
/** All languages, for the test that holds them complete. */
export const RECORD_WORDS = { en, de };

/** The findings in German; English stands in the verifier itself. */
const FINDINGS_DE: Readonly<Record<FindingCode, string>> = {
  unreadable: "Eine Datei des Registers fehlt oder ist nicht zu lesen.",
  "checkpoint-malformed": "Der Prüfpunkt ist keine wohlgeformte unterschriebene Notiz.",
  "checkpoint-signature": "Die Unterschrift des Registers unter einem Prüfpunkt fehlt oder ist falsch.",
  "origin-differs": "Ein Prüfpunkt nennt ein anderes Register als der erste Eintrag.",
  "log-key-differs": "Das Register ist nicht mit dem angegebenen Schlüssel unterschrieben.",
  "root-differs": "Die Einträge ergeben nicht die Wurzel, die unterschrieben wurde.",
  fork: "Zwei unterschriebene Prüfpunkte widersprechen sich: Das Register hat verschiedenen Leuten Verschiedenes gesagt.",
  "history-malformed": "Die Liste früherer Prüfpunkte ist beschädigt.",
  "tile-differs": "Eine Kachel des Baums enthält nicht die Prüfsummen der Einträge.",
  "bundle-malformed": "Ein Bündel von Einträgen ist beschädigt.",
  "entry-malformed": "Ein Eintrag verletzt die Regeln seiner Art.",
  "manifest-missing": "Das Register beginnt nicht mit seinem ersten Eintrag oder hat einen zweiten davon.",
  "event-differs": "Ein Eintrag gehört zu einer anderen Veranstaltung.",
  "edge-unknown": "Eine Zählung ist von einer Stelle unterschrieben, die niemand angekündigt hat.",
  "edge-key-twice": "Eine Zählstelle wurde zweimal angekündigt.",
  "window-signature": "Die Unterschrift unter einer Zählung ist falsch.",
  "chain-broken": "Eine Zählung folgt nicht auf die vorige: Zeilen wurden weggelassen, verdoppelt oder vertauscht.",
  "window-misplaced": "Eine Zählung beginnt nicht im Raster oder vor dem Ende der vorigen.",
  "after-last": "Eine Zählstelle hat nach ihrer letzten Zählung weitergezählt.",
  "after-end": "Nach dem Ende stehen weitere Einträge.",
  "numbers-impossible": "Die Zahlen einer Zählung widersprechen sich.",
  "bytes-too-few": "Es wurden weniger Bytes gesendet, als dieses Publikum gebraucht hätte.",
  "end-differs": "Die veröffentlichten Zahlen sind nicht die, die das Register ergibt.",
  "cosignature-false": "Die Unterschrift eines Zeugen passt nicht zum Prüfpunkt.",
  "window-from-future": "Ein Zeuge sah eine Zählung, bevor ihre Zeit gekommen war.",
  "segment-order": "Die Stücke der Aufzeichnung sind nicht in der Reihenfolge oder lassen Lücken.",
  "replay-differs": "Ein Stück der Aufzeichnung ist nicht das, was aufgenommen wurde.",
  "not-extension": "Das Register setzt den Prüfpunkt nicht fort, den Sie hatten.",
  "history-newer": "Die Liste der Prüfpunkte reicht weiter als der neueste: Unterschriebene Einträge werden zurückgehalten.",
  "key-from-log": "Der Schlüssel stammt aus dem Register selbst; sicher ist nur einer, den Sie vom Veranstalter haben.",
  "witness-key-from-log": "Die Schlüssel der Zeugen stammen aus dem Register selbst; sicher sind nur die, die Sie von ihnen haben.",
  "not-witnessed": "Kein Zeuge wurde um eine Unterschrift gebeten: Der Betreiber könnte mehrere Fassungen führen.",
  "unknown-signature": "Ein Prüfpunkt trägt die Unterschrift eines Unbekannten; sie zählt nicht.",
  "cosignature-missing": "Ein Zeuge, der gefragt wurde, hat den neuesten Prüfpunkt nicht unterschrieben.",
  "quorum-missed": "Weniger Zeugen als versprochen haben den neuesten Prüfpunkt unterschrieben.",
  "history-incomplete": "Der neueste Prüfpunkt steht nicht in der Liste.",
  "partial-tile-missing": "Eine unvollständige Kachel, die ein früherer Prüfpunkt braucht, wird nicht mehr ausgegeben.",
  "edge-late": "Eine Zählstelle wurde erst später angekündigt; ihre Zahlen beruhen auf dem Wort des Betreibers in dem Moment.",
  "edge-absent":
    "Eine angekündigte Zählstelle hat nichts eingetragen: Sie war nicht dabei, oder was sie unterschrieb, wurde weggelassen; ihr Betreiber kann das zeigen.",
  "window-missing": "Einer Zählstelle fehlen Zählungen.",
  "window-late": "Zählungen kamen lange nach ihrer Zeit ins Register; niemand sah sie, als sie entstanden.",
  "draw-open": "Eine Verlosung an den Türen wurde zugesagt, ihre Zufallszahl aber nicht genannt.",
  "draw-differs": "Die Zufallszahl einer Verlosung an den Türen ist nicht die, die vorher zugesagt war, oder war nie zugesagt.",
  "edge-open": "Die Zählungen einer Stelle hören ohne ihre letzte auf.",
  "uniques-unreadable": "Die Schätzung verschiedener Zuhörender einer Stelle ist nicht zu lesen.",
  "kind-unknown": "Ein Eintrag ist von einer Art, die dieser Prüfer nicht kennt; sein Platz ist geprüft, sein Sinn nicht.",
  "not-ended": "Das Register hat noch kein Ende: Die Zahlen sind vorläufig.",
  "replay-missing": "Die Aufzeichnung war nicht zu lesen, also sind ihre Prüfsummen nicht verglichen.",
  "recording-deleted": "Die Aufzeichnung wurde gelöscht, und das steht im Register: Ihre Prüfsummen sind nicht mehr zu vergleichen.",
  "no-windows": "Keine Zählstelle hat etwas eingetragen.",
  "not-counted": "Dieses Register enthält keine Zählung von Zuhörenden.",
};

/** What a finding means, in German. */
export function findingInWords(code: FindingCode): string {
  return FINDINGS_DE[code];
}

/** A text in the page's language, with its `{values}` put in. */
export function say(word: RecordWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(RECORD_WORDS[lang][word], values);
}
