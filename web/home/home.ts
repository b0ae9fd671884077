import { paths } from "../../src/wire/paths.ts";
import type { PublicPicture } from "../../src/wire/picture.ts";
import type { PublicEvent, SeriesRecord } from "../../src/wire/public-state.ts";
import { sayBefore, timeIn } from "../words/before.ts";
import { isolated, lang } from "../words/language.ts";
import { type ListenWord, say, when } from "../words/listen.ts";

/** Width of a picture in a list. CSS pixels. */
const THUMBNAIL = 96;
/** How long a called-off event stays among those that come. Milliseconds after its start; who meant to listen still learns of it. */
const CANCELLED_SHOWN_MS = 24 * 3_600_000;

const { events, series, serverUnixMs } = JSON.parse(document.getElementById("state")?.textContent ?? '{"events":[]}') as {
  events: PublicEvent[];
  /** On the page of a series. */
  series?: SeriesRecord;
  serverUnixMs?: number;
};
const now = serverUnixMs ?? Date.now();
document.documentElement.lang = lang;
const home = document.getElementById("home");
if (home !== null) home.textContent = series === undefined ? say("home") : series.description;
const house = document.getElementById("house");
if (series === undefined) {
  // At home the house's name is the heading.
  document.getElementById("title")?.replaceChildren(...(house?.firstElementChild?.childNodes ?? []));
  house?.remove();
}

const start = (event: PublicEvent) => Date.parse(event.startDate);
const soonest = (one: PublicEvent, other: PublicEvent) => start(one) - start(other);
const newest = (one: PublicEvent, other: PublicEvent) => start(other) - start(one);
const called = ({ status }: PublicEvent) => status === "cancelled";
const past = (event: PublicEvent) => event.status === "ended" || (called(event) && start(event) + CANCELLED_SHOWN_MS < now);

const lists: readonly [ListenWord, (event: PublicEvent) => boolean, (one: PublicEvent, other: PublicEvent) => number][] = [
  ["now", ({ status }) => status === "live", soonest],
  ["coming", (event) => event.status !== "live" && !past(event), soonest],
  ["past", past, newest],
];

for (const [word, belongs, order] of lists) {
  const own = events.filter(belongs).sort(order);
  if (own.length === 0 && word !== "coming") continue;
  const section = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = say(word);
  const list = document.createElement("ul");
  list.append(...own.map(tile));
  section.append(heading, own.length === 0 ? quiet(say("none")) : list);
  if (word === "coming") section.append(subscription());
  document.getElementById("lists")?.append(section);
}

function tile(event: PublicEvent): HTMLElement {
  const item = document.createElement("li");
  item.className = event.status;
  const link = document.createElement("a");
  link.href = paths.event(event.slug);
  const title = document.createElement("strong");
  title.textContent = event.title;
  title.dir = "auto";
  if (event.artwork !== undefined) link.append(thumbnail(event.artwork));
  link.append(title, event.permanent ? quiet(event.description) : times(event));
  item.append(link);
  return item;
}

/** The picture the host gave; it says nothing that the title does not. */
function thumbnail({ file, width, height }: PublicPicture): HTMLElement {
  const image = document.createElement("img");
  image.src = paths.picture(file);
  image.alt = "";
  image.loading = "lazy";
  image.width = THUMBNAIL;
  image.height = Math.round((THUMBNAIL * height) / width);
  image.addEventListener("error", () => image.remove());
  return image;
}

/** When, what was announced before, and who. */
function times(event: PublicEvent): HTMLElement {
  const line = quiet("");
  const { status, schedule } = event;
  const off = status === "postponed" || status === "cancelled";
  if (off) line.append(`${say(status)} · `);
  const old = off ? event.startDate : status === "ended" ? undefined : schedule?.previousStartDate;
  if (old !== undefined) {
    const struck = document.createElement("del");
    struck.textContent = timeIn(old);
    line.append(struck, " ");
  }
  if (!off) line.append(when(event.startDate));
  if (event.series !== undefined && series === undefined) line.append(` · ${isolated(event.series.title)}`);
  if (event.speakers.length > 0) line.append(` · ${event.speakers.map((speaker) => isolated(speaker.name)).join(", ")}`);
  return line;
}

function subscription(): HTMLElement {
  const line = quiet("");
  const link = document.createElement("a");
  const calendar = series === undefined ? paths.houseCalendar : paths.seriesCalendar(series.slug);
  link.href = new URL(calendar, location.href).href.replace(/^https?:/, "webcal:");
  link.textContent = sayBefore("subscribe");
  line.className = "quiet subscribe";
  const feed = document.createElement("a");
  feed.href = series === undefined ? "/feed.xml" : paths.seriesFeed(series.slug);
  feed.textContent = say("feed");
  line.append(link, `. ${sayBefore("calendarInfo")} `, feed, ".");
  return line;
}

function quiet(text: string): HTMLElement {
  const made = document.createElement("p");
  made.className = "quiet";
  made.textContent = text;
  made.dir = "auto";
  return made;
}
