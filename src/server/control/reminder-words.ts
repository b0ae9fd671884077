import type { DueNotice } from "../../event/mod.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import type { ReminderTopic } from "../../wire/reminders.ts";

/** What a reminder says, in short and in whole. `{title}`, `{time}`, `{before}` are put in. */
interface Words {
  readonly subject: string;
  readonly line: string;
}

const EN: Readonly<Record<ReminderTopic, Words>> = {
  confirm: {
    subject: "Please confirm: {title}",
    line: "Somebody, probably you, wants to be reminded of “{title}” at this address. Confirm it with the link below; if it was not you, do nothing.",
  },
  doors: { subject: "Soon: {title}", line: "It starts {time}. The doors are about to open." },
  live: { subject: "On air now: {title}", line: "It has begun." },
  postponed: { subject: "Postponed: {title}", line: "It does not take place {before}. The new time follows; you will be told." },
  moved: { subject: "New time: {title}", line: "It now starts {time}, no longer {before}." },
  cancelled: { subject: "Called off: {title}", line: "It does not take place {before}." },
  restored: { subject: "Back again: {title}", line: "It takes place {time} after all." },
  replay: { subject: "To hear again: {title}", line: "The whole evening can be heard now, at the same address." },
};
const DE: Readonly<Record<ReminderTopic, Words>> = {
  confirm: {
    subject: "Bitte bestätigen: {title}",
    line: "Jemand, vermutlich Sie, möchte unter dieser Adresse an „{title}“ erinnert werden. Bestätigen Sie es mit dem Link unten; waren Sie es nicht, tun Sie nichts.",
  },
  doors: { subject: "Gleich: {title}", line: "Beginn {time}. Der Einlass öffnet gleich." },
  live: { subject: "Jetzt auf Sendung: {title}", line: "Es hat begonnen." },
  postponed: { subject: "Verschoben: {title}", line: "Der Termin {before} fällt aus. Die neue Zeit folgt; Sie erfahren sie." },
  moved: { subject: "Neue Zeit: {title}", line: "Beginn ist jetzt {time}, nicht mehr {before}." },
  cancelled: { subject: "Abgesagt: {title}", line: "Der Termin {before} fällt aus." },
  restored: { subject: "Findet doch statt: {title}", line: "Beginn ist doch {time}." },
  replay: { subject: "Zum Nachhören: {title}", line: "Die ganze Veranstaltung ist jetzt zu hören, unter derselben Adresse." },
};
const FRAME = {
  en: {
    says: "The host says: {reason}",
    page: "The event's page: {url}",
    confirm: "Confirm: {url}",
    end: "No more of these mails: {url}",
    kept: "Your address is kept for this event alone and deleted when it is over.",
  },
  de: {
    says: "Der Gastgeber sagt: {reason}",
    page: "Seite der Veranstaltung: {url}",
    confirm: "Bestätigen: {url}",
    end: "Keine weiteren dieser Mails: {url}",
    kept: "Ihre Adresse wird nur für diese Veranstaltung aufgehoben und gelöscht, wenn sie vorbei ist.",
  },
} as const;
/** Both languages, for the test that holds them together. */
export const REMINDER_WORDS = { en: EN, de: DE };

/** Addresses that stand in a reminder. */
export interface ReminderLinks {
  readonly page: string;
  /** Confirms, and ends. */
  readonly own: string;
}

/** What is said of which event to whom. */
export type Telling = Pick<DueNotice, "topic" | "reason" | "previousMs" | "language" | "timeZone">;

/** A reminder in a subject and one line, in the reader's language and zone: what a browser shows. */
export function tellShortly(
  event: PublicEvent,
  { topic, reason, previousMs, language, timeZone }: Telling,
): { readonly subject: string; readonly line: string } {
  const words = REMINDER_WORDS[language][topic];
  const startMs = Date.parse(event.startDate);
  const at = (unixMs: number) => timeIn(unixMs, language, timeZone);
  const values = { title: event.title, time: at(startMs), before: at(previousMs ?? startMs), reason };
  const said = reason === "" ? "" : ` ${fill(FRAME[language].says, values)}`;
  return { subject: fill(words.subject, values), line: `${fill(words.line, values)}${said}` };
}

/** The whole text of a reminder by mail. */
export function tellWhole(event: PublicEvent, telling: Telling, { page, own }: ReminderLinks): string {
  const frame = FRAME[telling.language];
  const confirm = telling.topic === "confirm";
  const { subject, line } = tellShortly(event, telling);
  return [
    ...(confirm ? [] : [subject]),
    line,
    ...(confirm ? [fill(frame.confirm, { url: own })] : []),
    fill(frame.page, { url: page }),
    ...(confirm ? [frame.kept] : [fill(frame.end, { url: own })]),
  ].join("\n\n");
}

/** What a notice has to say of the event as it is now: mostly what it was made for; undefined when nothing of it holds any more. */
export function topicNow({ topic, previousMs }: Pick<DueNotice, "topic" | "previousMs">, { status }: PublicEvent): ReminderTopic | undefined {
  const comes = status === "scheduled" || status === "doors";
  switch (topic) {
    case "confirm":
      return comes || status === "postponed" || status === "live" ? topic : undefined;
    case "doors":
      return comes ? topic : undefined;
    case "moved":
      // Back at the time it had: then there is no other to compare it with.
      return comes ? (previousMs === null ? "restored" : topic) : undefined;
    case "restored":
      // What was taken back may have been the second of two.
      return comes ? topic : status === "postponed" || status === "cancelled" ? status : undefined;
    case "replay":
      return status === "ended" ? topic : undefined;
    default:
      return status === topic ? topic : undefined;
  }
}

function timeIn(unixMs: number, language: "en" | "de", timeZone: string): string {
  const format = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "de-DE", { ...format, timeZone }).format(unixMs);
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
