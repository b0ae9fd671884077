import { paths } from "../../src/wire/paths.ts";
import { languageName } from "../../src/wire/language.ts";
import type { PublicPicture } from "../../src/wire/picture.ts";
import { isListed, type PublicEvent, type PublicNotice, type PublicScheduleAct, type PublicState } from "../../src/wire/public-state.ts";
import type { ReminderBox } from "./reminder-box.ts";
import { isolated, lang, locale } from "../words/language.ts";
import { type BeforeWord, sayBefore, timeIn } from "../words/before.ts";

const HISTORY: Readonly<Record<PublicScheduleAct["act"], BeforeWord>> = { postpone: "postpone", reschedule: "reschedule", cancel: "cancel" };

/** Shows when an event is, what was announced before, why it moved, and the way into a calendar. Only what changed is drawn again. */
export class BeforePart {
  readonly #root: HTMLElement;
  #shown = "";
  /** Stays the same box while the schedule changes around it: what somebody is typing is not lost. */
  #reminders: Promise<ReminderBox> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  show({ event, status, live }: PublicState): void {
    const { schedule, startDate, doorTime, slug, notice, artwork, series } = event;
    const waits = status === "scheduled" || status === "doors";
    // Before the start nobody waits for sound that this could hold up.
    if (waits && event.wall === true) void import("./wall-box.ts").then(({ showWall }) => showWall({ event, status }));
    const text = JSON.stringify([status, startDate, doorTime, schedule, notice, artwork, series, live?.announcement]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#root.replaceChildren();
    if (artwork !== undefined && status !== "live") this.#root.append(picture(artwork));
    if (schedule === undefined || status === "live" || status === "ended") return;
    if (live?.announcement !== undefined) this.#root.append(own("p", "news", live.announcement));
    if (waits && notice !== undefined) this.#showNotice(notice);
    const previous = waits ? schedule.previousStartDate : startDate;
    if (previous !== undefined) {
      const old = element("p", "old quiet");
      old.append(`${sayBefore("oldTime")} `, time("del", previous));
      this.#root.append(old);
    }
    if (waits) this.#showTime(startDate, schedule.timeZone, previous !== undefined);
    else this.#root.append(element("p", "news", sayBefore(status === "postponed" ? "follows" : "calledOff")));
    if (schedule.reason !== undefined) {
      this.#root.append(element("p", "hidden", sayBefore("because")), own("blockquote", "reason", schedule.reason));
    }
    if (status === "doors") this.#root.append(element("p", "quiet", sayBefore("doorsOpen")));
    if (status === "scheduled" && doorTime !== startDate) {
      this.#root.append(element("p", "quiet", sayBefore("doors", { time: hour(doorTime) })));
    }
    const spoken = languagesOf(event);
    if (spoken !== "") this.#root.append(element("p", "quiet", spoken));
    if (series !== undefined) this.#root.append(link(paths.series(series.slug), sayBefore("partOf", { series: series.title }), ""));
    if (waits) this.#showCalendar(slug, !isListed(event));
    if (waits || status === "postponed") this.#showReminders(slug);
    if (schedule.history.length > 0) this.#showHistory(schedule.history);
  }

  /** What the host says to those who wait, and when it is now expected to begin; how late it is stands above. */
  #showNotice({ message, expectedDate }: PublicNotice): void {
    const box = element("div", "late");
    box.setAttribute("role", "status");
    if (message !== "") box.append(element("p", "hidden", sayBefore("because")), own("blockquote", "reason", message));
    if (expectedDate !== undefined) box.append(element("p", "news", sayBefore("expected", { time: hour(expectedDate) })));
    this.#root.append(box);
  }

  #showTime(startDate: string, timeZone: string, moved: boolean): void {
    const here = timeIn(startDate);
    const there = timeIn(startDate, timeZone);
    const line = element("p", "when");
    const shown = time("time", startDate);
    shown.textContent = here === there ? here : sayBefore("here", { time: here });
    line.append(...(moved ? [`${sayBefore("newTime")}: `] : []), shown);
    this.#root.append(line);
    if (here !== there) this.#root.append(element("p", "quiet small", sayBefore("there", { time: there, zone: timeZone })));
  }

  #showCalendar(slug: string, unlisted: boolean): void {
    const row = element("p", "bar");
    const add = link(paths.calendar(slug), sayBefore("addToCalendar"), "button");
    row.append(add);
    if (!unlisted) row.append(link(new URL(paths.houseCalendar, location.href).href.replace(/^https?:/, "webcal:"), sayBefore("subscribe"), ""));
    this.#root.append(row);
  }

  #showReminders(slug: string): void {
    // In the page alone: what everybody asks for again and again says nothing of it.
    const { reminders: offer } = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as Partial<PublicState>;
    if (offer === undefined) return;
    const place = element("div", "remind");
    this.#root.append(place);
    this.#reminders ??= import("./reminder-box.ts").then(({ ReminderBox: Box }) => new Box({ slug, offer, storage: keptHere() }));
    void this.#reminders.then(({ box }) => place.replaceWith(box));
  }

  #showHistory(history: readonly PublicScheduleAct[]): void {
    const details = element("details", "history");
    const list = element("ol");
    for (const { act, date, from, to, reason, undoneDate } of history) {
      const said = sayBefore(HISTORY[act], { date: timeIn(date), from: timeIn(from), to: to === undefined ? "" : timeIn(to) });
      const taken = undoneDate === undefined ? "" : ` (${sayBefore("undone", { date: timeIn(undoneDate) })})`;
      list.append(element("li", "", `${said}${reason === "" ? "" : `: ${isolated(reason)}`}${taken}`));
    }
    details.append(element("summary", "", sayBefore("history")), list);
    this.#root.append(details);
  }
}

function hour(iso: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

/** What is spoken, and into what it is interpreted; empty when not told. */
function languagesOf({ language, speakers }: PublicEvent): string {
  const list = new Intl.ListFormat(lang, { type: "conjunction" });
  const into = [...new Set(speakers.flatMap(({ interprets }) => interprets ?? []))].map((tag) => languageName(tag, lang));
  return [
    ...(language === "" ? [] : [sayBefore("spoken", { language: languageName(language, lang) })]),
    ...(into.length === 0 ? [] : [sayBefore("interpreted", { languages: list.format(into) })]),
  ].join(" ");
}

/** The picture the host gave; it says nothing that the title does not. */
function picture({ file, width, height }: PublicPicture): HTMLElement {
  const image = document.createElement("img");
  image.className = "artwork";
  image.src = paths.picture(file);
  image.alt = "";
  image.width = width;
  image.height = height;
  image.addEventListener("error", () => image.remove());
  return image;
}

/** What the browser keeps for us, where it may. */
function keptHere(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function element(name: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}

/** Somebody's own text: it runs as its letters do. */
function own(name: string, className: string, text: string): HTMLElement {
  return Object.assign(element(name, className, text), { dir: "auto" });
}

/** A `time`, or a `del` with a time that no longer holds. */
function time(name: "time" | "del", iso: string): HTMLElement {
  const made = document.createElement("time");
  made.dateTime = iso;
  made.textContent = timeIn(iso);
  if (name === "time") return made;
  const struck = document.createElement("del");
  struck.append(made);
  return struck;
}

function link(href: string, text: string, className: string): HTMLElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  made.className = className;
  return made;
}
