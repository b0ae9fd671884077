import { paths } from "../../src/wire/paths.ts";
import type { PublicScheduleAct, PublicState } from "../../src/wire/public-state.ts";
import { locale } from "../words/language.ts";
import { type BeforeWord, sayBefore, timeIn } from "../words/before.ts";

const HISTORY: Readonly<Record<PublicScheduleAct["act"], BeforeWord>> = { postpone: "postpone", reschedule: "reschedule", cancel: "cancel" };

/** Shows when an event is, what was announced before, why it moved, and the way into a calendar. Only what changed is drawn again. */
export class BeforePart {
  readonly #root: HTMLElement;
  #shown = "";

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  show({ event, status, live }: PublicState): void {
    const { schedule, startDate, doorTime, slug } = event;
    const waits = status === "scheduled" || status === "doors";
    const text = JSON.stringify([status, startDate, doorTime, schedule, live?.announcement]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#root.replaceChildren();
    if (schedule === undefined || status === "live" || status === "ended") return;
    if (live?.announcement !== undefined) this.#root.append(element("p", "news", live.announcement));
    const previous = waits ? schedule.previousStartDate : startDate;
    if (previous !== undefined) {
      const old = element("p", "old quiet");
      old.append(`${sayBefore("oldTime")} `, time("del", previous));
      this.#root.append(old);
    }
    if (waits) this.#showTime(startDate, schedule.timeZone, previous !== undefined);
    else this.#root.append(element("p", "news", sayBefore(status === "postponed" ? "follows" : "calledOff")));
    if (schedule.reason !== undefined) {
      const quote = element("blockquote", "reason", schedule.reason);
      this.#root.append(element("p", "hidden", sayBefore("because")), quote);
    }
    if (status === "scheduled" && doorTime !== startDate) {
      const hour = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(new Date(doorTime));
      this.#root.append(element("p", "quiet", sayBefore("doors", { time: hour })));
    }
    if (waits) this.#showCalendar(slug, event.visibility === "unlisted");
    if (schedule.history.length > 0) this.#showHistory(schedule.history);
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

  #showHistory(history: readonly PublicScheduleAct[]): void {
    const details = element("details", "history");
    const list = element("ol");
    for (const { act, date, from, to, reason, undoneDate } of history) {
      const said = sayBefore(HISTORY[act], { date: timeIn(date), from: timeIn(from), to: to === undefined ? "" : timeIn(to) });
      const taken = undoneDate === undefined ? "" : ` (${sayBefore("undone", { date: timeIn(undoneDate) })})`;
      list.append(element("li", "", `${said}${reason === "" ? "" : `: ${reason}`}${taken}`));
    }
    details.append(element("summary", "", sayBefore("history")), list);
    this.#root.append(details);
  }
}

function element(name: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
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
