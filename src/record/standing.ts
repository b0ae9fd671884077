import type { PublicEvent, PublicState } from "../wire/public-state.ts";

/** A language the house makes its own texts in. */
export type TextLanguage = "en" | "de";

/** How an event stands, for those who see a link and not the page. */
export interface Standing {
  /** One word before the title: postponed, called off, on air; empty while a title alone says enough. */
  readonly label: string;
  /** What matters now: the date, or what became of it. Empty for what has no date. */
  readonly first: string;
  /** What was announced before, or when it was; empty when there is nothing more to say. */
  readonly second: string;
  /** Why it was moved or called off, in the host's words and in quotation marks; empty when none was given. */
  readonly reason: string;
}

const WORDS = {
  en: {
    ...{ postponed: "Postponed", cancelled: "Called off", live: "On air", follows: "Postponed – new time follows", onAir: "On air now" },
    ...{ doors: "Doors are open", replay: "Replay", over: "Over", moved: "Moved from {date}", planned: "Was planned for {date}", reason: "“{reason}”" },
  },
  de: {
    ...{ postponed: "Verschoben", cancelled: "Abgesagt", live: "Auf Sendung", follows: "Verschoben – neue Zeit folgt", onAir: "Jetzt auf Sendung" },
    ...{
      doors: "Einlass ist offen",
      replay: "Zum Nachhören",
      over: "Vorbei",
      moved: "Verlegt von {date}",
      planned: "War geplant für {date}",
      reason: "„{reason}“",
    },
  },
} as const;

/** Tells how an event stands, its times in the zone it is announced in. `kept`: whether what is over can be heard again. */
export function standingOf({ event, status }: Pick<PublicState, "event" | "status">, lang: TextLanguage, kept: boolean): Standing {
  const { schedule, startDate, permanent } = event;
  const words = WORDS[lang];
  const reason = schedule?.reason === undefined ? "" : words.reason.replace("{reason}", () => schedule.reason ?? "");
  if (permanent) return { label: "", first: "", second: "", reason: "" };
  const date = (iso: string) => dateIn(iso, lang, schedule?.timeZone ?? "UTC");
  const was = (text: string, iso: string) => text.replace("{date}", date(iso));
  const start = date(startDate);
  if (status === "live") return { label: words.live, first: words.onAir, second: start, reason: "" };
  if (status === "ended") return { label: "", first: kept ? words.replay : words.over, second: start, reason: "" };
  if (status === "postponed") return { label: words.postponed, first: words.follows, second: was(words.planned, startDate), reason };
  if (status === "cancelled") return { label: words.cancelled, first: words.cancelled, second: was(words.planned, startDate), reason };
  const previous = schedule?.previousStartDate;
  if (previous !== undefined) return { label: "", first: start, second: was(words.moved, previous), reason };
  return { label: "", first: start, second: status === "doors" ? words.doors : "", reason: "" };
}

/** The title where a link is shown: how it stands first, because the end is what gets cut off. */
export function sharedTitle({ title }: Pick<PublicEvent, "title">, { label }: Standing): string {
  return label === "" ? title : `${label}: ${title}`;
}

/** The text where a link is shown: when it is, what became of it and why, then what it is about. */
export function sharedDescription({ description }: Pick<PublicEvent, "description">, { first, second, reason }: Standing): string {
  const told = [first, second].filter((part) => part !== "").join(". ");
  return [told === "" ? "" : `${told}.`, reason, description].filter((part) => part !== "").join(" ");
}

function dateIn(iso: string, lang: TextLanguage, timeZone: string): string {
  const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  const format = { ...day, hour: "2-digit", minute: "2-digit", timeZone, timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat(lang === "de" ? "de" : "en-GB", format).format(new Date(iso));
}
