import type { ErrorCode } from "../core/errors.ts";

/** What an error says to a person: what it means and what to do. */
export interface ErrorWords {
  readonly title: string;
  readonly action: string;
}

/** The error table in German; English stands in the table itself and goes over the wire. */
const DE: Readonly<Record<ErrorCode, readonly [title: string, action: string]>> = {
  internal: ["Bei uns ist etwas kaputtgegangen.", "Versuchen Sie es noch einmal; bleibt es dabei, hilft das Protokoll des Servers zu dieser Zeit."],
  "not-found": ["Unter dieser Adresse gibt es nichts.", "Prüfen Sie die Adresse."],
  "method-not-allowed": ["Diese Adresse kennt diese Methode nicht.", "Nehmen Sie eine aus der Kopfzeile Allow."],
  "bad-request": ["Die Anfrage war nicht zu verstehen.", "Vergleichen Sie sie mit der API-Seite."],
  "invalid-field": ["Ein Wert verletzt seine Regel.", "Berichtigen Sie das genannte Feld."],
  unauthorised: ["Die Anfrage kam ohne gültige Anmeldung.", "Öffnen Sie Ihren persönlichen Link noch einmal."],
  forbidden: ["Ihre Rolle erlaubt das nicht.", "Fragen Sie den Gastgeber."],
  "event-unknown": ["Unter dieser Adresse gibt es keine Veranstaltung.", "Fragen Sie, wer sie Ihnen gegeben hat."],
  "event-ended": ["Die Veranstaltung ist zu Ende.", "Die Aufzeichnung steht unter derselben Adresse."],
  "event-not-live": ["Die Veranstaltung ist nicht auf Sendung.", "Warten Sie auf den Beginn; die Seite geht von selbst weiter."],
  "replay-not-ready": ["Die Veranstaltung läuft noch; es gibt noch keine Aufzeichnung.", "Hören Sie live zu; die Aufzeichnung steht nach dem Ende hier."],
  "recording-deleted": [
    "Die Aufzeichnung dieser Veranstaltung wurde gelöscht.",
    "Fragen Sie den Gastgeber; Titel, Zeiten und die Prüfsummen des Gesendeten bleiben öffentlich.",
  ],
  "clips-off": ["Der Gastgeber dieser Veranstaltung erlaubt keine Ausschnitte.", "Teilen Sie statt dessen einen Link auf die Sekunde."],
  "format-unknown": ["Die Antwort gibt es nicht in diesem Format.", "Fragen Sie nach json oder xml."],
  "import-invalid": [
    "Der Ordner ist keine vollständige Ausgabe einer Veranstaltung.",
    "Geben Sie die Veranstaltung noch einmal aus; die genannte Datei fehlt oder ist nicht mehr, was sie war.",
  ],
  "import-known": ["Diese Veranstaltung ist hier schon.", "Es ist nichts zu tun."],
  "folder-not-empty": ["In dem Ordner liegt schon etwas.", "Nennen Sie einen neuen oder leeren Ordner."],
  "slug-taken": ["Diese Adresse gehört schon einer anderen Veranstaltung.", "Wählen Sie eine andere."],
  "start-in-past": ["Der Beginn liegt in der Vergangenheit.", "Wählen Sie eine Zeit in der Zukunft."],
  "edge-unknown": [
    "Dieses Haus hat keinen Außenposten mit diesem Namen und Schlüssel.",
    "Tragen Sie Namen und den beim Start gedruckten Schlüssel unter edges: in den Einstellungen des Hauses ein, und starten Sie es neu.",
  ],
  "edge-clock": [
    "Die Uhr des Außenpostens ist nicht die des Hauses.",
    "Lassen Sie beide Rechner ihre Uhr nach NTP stellen; gezählt wird in Fenstern von zehn Sekunden.",
  ],
  "house-away": ["Das Haus hinter diesem Server antwortet nicht.", "Versuchen Sie es gleich noch einmal; wer hört, hört weiter."],
  "stage-starting": ["Die Bühne startet.", "Versuchen Sie es in einer Sekunde wieder; die Seite tut es von selbst."],
  conflict: ["Jemand anderes hat das im selben Moment geändert.", "Laden Sie neu und ändern Sie es noch einmal."],
  "transition-invalid": ["In diesem Zustand der Veranstaltung geht das nicht.", "Sehen Sie zuerst nach, wie die Veranstaltung steht."],
  "body-too-large": ["Die Anfrage ist größer als alles, was hier gebraucht wird.", "Senden Sie weniger."],
  "rate-limited": ["Von dieser Adresse kamen zu viele Versuche.", "Warten Sie einen Moment."],
  waiting: [
    "Im Moment wollen mehr Menschen herein, als auf einmal eingelassen werden können.",
    "Kommen Sie mit der Wartemarke zur genannten Zeit wieder; die Seite tut es von selbst.",
  ],
  busy: ["Der Server ist voll und hält seine Kraft für alle frei, die live zuhören.", "Kommen Sie nach den Sekunden wieder, die Retry-After nennt."],
  removed: ["Dieser Platz wurde aufgehoben.", "Bitten Sie den Gastgeber um einen neuen persönlichen Link."],
  "seat-taken": ["Dieser Platz ist in einem anderen Fenster offen.", "Machen Sie dort weiter, oder laden Sie neu, um ihn hierher zu holen."],
  "sdp-invalid": ["Mit dem WebRTC-Angebot war nichts anzufangen.", "Senden Sie ein SDP-Angebot mit einem Opus-Abschnitt."],
  "ice-fragment-invalid": ["Das ICE-Fragment ist nicht verwendbar.", "Senden Sie ice-ufrag, ice-pwd und Kandidaten als application/trickle-ice-sdpfrag."],
  "precondition-required": [
    "Die Anfrage sagt nicht, welche ICE-Sitzung sie meint.",
    "Senden Sie If-Match: das ETag der Sitzung für Kandidaten, * für einen ICE-Neustart.",
  ],
  "precondition-failed": ["Die Anfrage meint eine ICE-Sitzung, die vorbei ist.", "Nehmen Sie das neueste ETag, oder senden Sie neu."],
  "media-type": ["Der Inhalt hat den falschen Typ.", "Senden Sie den Typ, den der Fehler nennt."],
  "stage-full": ["Alle Plätze auf der Bühne sind besetzt.", "Warten Sie, bis jemand die Bühne verlässt."],
  "wall-closed": ["Hier kann gerade niemand schreiben.", "Hören Sie weiter zu; die Seite zeigt, wenn der Gastgeber die Wand öffnet."],
  "account-needed": ["Hier schreibt nur, wer ein Konto hat.", "Melden Sie sich an, oder lesen Sie weiter mit."],
  suspended: ["Sie sind bei dieser Veranstaltung gesperrt.", "Die Seite der Wand sagt, warum und bis wann, und dort können Sie Einspruch erheben."],
  "link-used": [
    "Dieser persönliche Link wurde schon auf einem anderen Gerät geöffnet.",
    "Machen Sie dort weiter, oder bitten Sie den Gastgeber um einen neuen.",
  ],
  "provider-away": ["Der Anmeldedienst dieses Hauses antwortet nicht.", "Versuchen Sie es in einer Minute wieder, oder melden Sie sich mit einem Passkey an."],
  "confirm-first": [
    "Das ändert, wie Sie sich anmelden, und Ihre Anmeldung ist eine Weile her.",
    "Melden Sie sich noch einmal an; nach einem Passkey fragt die Seite und macht dann weiter.",
  ],
  "passkey-known": ["Dieser Passkey ist hier schon bekannt.", "Nehmen Sie für den zweiten ein anderes Gerät oder einen Sicherheitsschlüssel."],
  "last-passkey": ["Das ist der einzige Weg in Ihr Konto.", "Legen Sie zuerst einen weiteren Passkey an, oder drucken Sie Wiederherstellungscodes."],
  "hands-closed": ["Im Moment sind keine Wortmeldungen möglich.", "Hören Sie weiter zu; die Seite zeigt, wann der Gastgeber Fragen annimmt."],
  "sound-unplayable": [
    "Dieser Einspieler lässt sich nicht abspielen.",
    "Nehmen Sie MP3, WAV, FLAC oder Opus von höchstens zwei Stunden; die genannte Regel sagt, was nicht stimmt.",
  ],
  "sounds-full": ["Für einen weiteren Einspieler ist kein Platz.", "Stoppen oder löschen Sie zuerst einen."],
  "feed-address-refused": [
    "Von dieser Adresse werden keine Streams geholt.",
    "Nehmen Sie eine Adresse mit http oder https im öffentlichen Internet; das eigene Netz kann der Betreiber erlauben (stage.private_feeds).",
  ],
  "feed-away": ["Der Stream antwortet nicht.", "Prüfen Sie, ob seine Adresse im Browser spielt, und starten Sie ihn dann neu."],
  "picture-unusable": [
    "Dieses Bild lässt sich nicht verwenden.",
    "Nehmen Sie PNG, JPEG oder WebP mit 64 bis 4.096 Pixeln je Seite und höchstens 4 MB; die genannte Regel sagt, was nicht stimmt.",
  ],
  "invitation-needed": [
    "Diese Veranstaltung ist für eingeladene Gäste.",
    "Öffnen Sie in diesem Browser den persönlichen Link, den Sie bekommen haben; gilt er nicht mehr, bitten Sie den Gastgeber um einen neuen.",
  ],
  "embed-off": ["Diese Veranstaltung wird nicht in anderen Seiten gezeigt.", "Öffnen Sie die Seite der Veranstaltung selbst."],
  "disk-full": ["Der Datenträger ist voll.", "Schaffen Sie Platz im Datenordner."],
  "disk-failing": [
    "Der Datenträger verweigert Lesen oder Schreiben.",
    "Suchen Sie im Protokoll des Systems nach Datenträgerfehlern; die Veranstaltung geht weiter.",
  ],
  "database-away": [
    "Die Datenbank antwortet nicht.",
    "Versuchen Sie es in einigen Sekunden wieder und sehen Sie zuerst nach, ob die Änderung schon da ist; was auf Sendung ist, geht weiter.",
  ],
  "store-away": [
    "Der Speicher für fertige Aufzeichnungen antwortet nicht.",
    "Versuchen Sie es in einer Minute wieder; Veranstaltungen gehen weiter, und was zu speichern ist, wird nachgeholt.",
  ],
  "store-refused": [
    "Der Speicher für fertige Aufzeichnungen weist uns ab.",
    "Der Betreiber startet earshot doctor und erfährt, warum; vom Datenträger dieses Rechners wird bis dahin nichts entfernt.",
  ],
  "mail-away": [
    "Der Mailserver nimmt im Moment keine Mail an.",
    "Es ist nichts zu tun: Es wird wieder versucht. Bleibt es dabei, prüft der Betreiber die Einstellungen für Mail.",
  ],
  "mail-refused": ["Der Mailserver weist diese Mail endgültig ab.", "Prüfen Sie die Adresse."],
  "reminder-unknown": ["Hinter diesem Link steht keine Erinnerung.", "Bestellen Sie sie auf der Seite der Veranstaltung noch einmal."],
  "reminders-full": [
    "Im Moment können keine weiteren Erinnerungen angenommen werden.",
    "Tragen Sie die Veranstaltung in Ihren Kalender ein, oder versuchen Sie es morgen wieder.",
  ],
  "push-address-refused": [
    "An diese Adresse werden keine Nachrichten gesendet.",
    "Lassen Sie den Browser das Abonnement anlegen; er nennt einen Push-Dienst im öffentlichen Internet.",
  ],
  "ledger-damaged": [
    "Das Register der Veranstaltung hat Einträge verloren, für die es unterschrieben hat.",
    "Spielen Sie den Ordner des Registers aus einer Kopie zurück; die Veranstaltung selbst geht weiter, ohne etwas einzutragen.",
  ],
  "port-in-use": ["Ein anderes Programm belegt einen Port, den Earshot braucht.", "Beenden Sie es, oder stellen Sie einen anderen Port ein."],
  "config-invalid": ["Die Einstellungen verletzen eine Regel.", "Berichtigen Sie die genannte Einstellung."],
};

/** An error's words in the reader's language; what came over the wire where there are no others. */
export function errorInWords(error: ErrorWords & { readonly code: string }, lang: "en" | "de"): ErrorWords {
  const [title, action] = (lang === "de" ? DE[error.code as ErrorCode] : undefined) ?? [error.title, error.action];
  return { title, action };
}
