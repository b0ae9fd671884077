/** Words of the backstage pages; every key in every language. */
const en = {
  entering: "One moment…", entered: "Welcome. Opening the studio…", badLink: "This link does not work any more. A host link works once; a new one is printed each time the server starts. Personal links come from the host.",
  studio: "Studio", events: "Your events", noEvents: "No events yet. Make the first one here.", create: "New event", title: "Title", start: "Start (your time zone: {zone})", description: "What is it about? (optional)",
  hostName: "Your name", speakers: "Speakers", addSpeaker: "Add a speaker", speakerName: "Name", remove: "Remove", make: "Create event", wrong: "Not created: {reason}",
  signIn: "Open this page by your personal link, or by the host link the server printed when it started.",
  greenRoom: "Green room", greenIntro: "Check that you can be heard, then join the stage.", microphone: "Microphone", askMic: "Allow the microphone", micDenied: "The browser gives no access to the microphone. Allow it in the address bar, then reload.",
  level: "Level", speak: "Say something: the bar should move.", silent: "No sound arrives from this microphone. Is it muted or unplugged?", test: "Record 3 seconds and hear yourself", testing: "Recording…", playing: "This is how you sound.",
  headphones: "Use headphones if you can: it keeps your loudspeaker out of your microphone.", consent: "The event is recorded once it is live, and the recording is public. By joining you agree.", join: "Join the stage",
  backstage: "Not live yet", live: "On air", ended: "Ended", goLive: "Go live", end: "End the event", endSure: "End the event for everyone?", endInfo: "Listeners get the replay at the same address. This cannot be undone.", yesEnd: "Yes, end it", no: "No, go on",
  mute: "Mute", unmute: "Unmute", youMuted: "You are muted.", mutedByHost: "The host muted you. Only you can unmute.", muteThem: "Mute {name}", you: "you", absent: "not here", waiting: "backstage", reconnecting: "reconnecting", onStage: "on stage", muted: "muted",
  connecting: "Connecting your sound…", connected: "Your sound is on stage.", lost: "Connection lost. Connecting again by itself…", failed: "Your sound could not be connected: {reason} Trying again by itself…",
  listenerLink: "Listener page", links: "Personal links", copy: "Copy", copied: "Copied", invite: "Invite", keys: "Keys: M mutes and unmutes.", thanks: "The event has ended. The replay is at the listener page.", kicked: "This seat is open in another window.",
};
/** A key of the words. */
export type StudioWord = keyof typeof en;
const de: Record<StudioWord, string> = {
  entering: "Einen Moment …", entered: "Willkommen. Das Studio wird geöffnet …", badLink: "Dieser Link gilt nicht mehr. Ein Gastgeber-Link gilt einmal; bei jedem Start des Servers wird ein neuer gezeigt. Persönliche Links kommen vom Gastgeber.",
  studio: "Studio", events: "Ihre Veranstaltungen", noEvents: "Noch keine Veranstaltung. Legen Sie hier die erste an.", create: "Neue Veranstaltung", title: "Titel", start: "Beginn (Ihre Zeitzone: {zone})", description: "Worum geht es? (freiwillig)",
  hostName: "Ihr Name", speakers: "Sprecherinnen und Sprecher", addSpeaker: "Person hinzufügen", speakerName: "Name", remove: "Entfernen", make: "Veranstaltung anlegen", wrong: "Nicht angelegt: {reason}",
  signIn: "Öffnen Sie diese Seite mit Ihrem persönlichen Link oder mit dem Gastgeber-Link, den der Server beim Start gezeigt hat.",
  greenRoom: "Vorraum", greenIntro: "Prüfen Sie, ob man Sie hört, und gehen Sie dann auf die Bühne.", microphone: "Mikrofon", askMic: "Mikrofon freigeben", micDenied: "Der Browser gibt das Mikrofon nicht frei. Erlauben Sie es in der Adresszeile und laden Sie neu.",
  level: "Pegel", speak: "Sagen Sie etwas: Der Balken sollte ausschlagen.", silent: "Von diesem Mikrofon kommt kein Ton. Ist es stumm oder nicht angeschlossen?", test: "3 Sekunden aufnehmen und sich anhören", testing: "Aufnahme läuft …", playing: "So klingen Sie.",
  headphones: "Nehmen Sie wenn möglich Kopfhörer: So gelangt Ihr Lautsprecher nicht ins Mikrofon.", consent: "Sobald die Veranstaltung auf Sendung ist, wird sie aufgezeichnet, und die Aufzeichnung ist öffentlich. Mit dem Beitritt stimmen Sie zu.", join: "Auf die Bühne",
  backstage: "Noch nicht auf Sendung", live: "Auf Sendung", ended: "Beendet", goLive: "Auf Sendung gehen", end: "Veranstaltung beenden", endSure: "Die Veranstaltung für alle beenden?", endInfo: "Die Aufzeichnung steht unter derselben Adresse bereit. Das lässt sich nicht rückgängig machen.", yesEnd: "Ja, beenden", no: "Nein, weiter",
  mute: "Stumm", unmute: "Ton an", youMuted: "Sie sind stumm.", mutedByHost: "Der Gastgeber hat Sie stumm geschaltet. Nur Sie können das aufheben.", muteThem: "{name} stumm schalten", you: "Sie", absent: "nicht da", waiting: "im Vorraum", reconnecting: "verbindet neu", onStage: "auf der Bühne", muted: "stumm",
  connecting: "Ihr Ton wird verbunden …", connected: "Ihr Ton ist auf der Bühne.", lost: "Verbindung verloren. Sie wird von selbst neu aufgebaut …", failed: "Ihr Ton ließ sich nicht verbinden: {reason} Neuer Versuch folgt von selbst …",
  listenerLink: "Seite zum Zuhören", links: "Persönliche Links", copy: "Kopieren", copied: "Kopiert", invite: "Einladen", keys: "Tasten: M schaltet stumm und wieder an.", thanks: "Die Veranstaltung ist zu Ende. Die Aufzeichnung steht auf der Seite zum Zuhören.", kicked: "Dieser Platz ist in einem anderen Fenster offen.",
};
/** All languages, for the test that holds them complete. */
export const STUDIO_WORDS = { en, de };

/** The language of the page. */
export const lang: "en" | "de" = (typeof location === "undefined" ? "en" : (new URLSearchParams(location.search).get("lang") ?? document.documentElement.lang)).startsWith("de") ? "de" : "en";

/** A text in the page's language, with its `{values}` put in. */
export function say(word: StudioWord, values: Readonly<Record<string, string>> = {}): string {
  return STUDIO_WORDS[lang][word].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
