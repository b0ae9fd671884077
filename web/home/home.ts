import { paths } from "../../src/wire/paths.ts";
import type { PublicEvent } from "../../src/wire/public-state.ts";
import { lang } from "../words/language.ts";
import { type ListenWord, say, when } from "../words/listen.ts";

const { events } = JSON.parse(document.getElementById("state")?.textContent ?? '{"events":[]}') as { events: PublicEvent[] };
document.documentElement.lang = lang;
const home = document.getElementById("home");
if (home !== null) home.textContent = say("home");

const lists: readonly [ListenWord, (event: PublicEvent) => boolean][] = [
  ["now", ({ status }) => status === "live"],
  ["coming", ({ status }) => status === "scheduled" || status === "doors" || status === "postponed"],
  ["past", ({ status }) => status === "ended"],
];

for (const [word, belongs] of lists) {
  const own = events.filter(belongs);
  if (own.length === 0 && word !== "coming") continue;
  const section = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = say(word);
  const list = document.createElement("ul");
  list.append(...own.map(tile));
  section.append(heading, own.length === 0 ? quiet(say("none")) : list);
  document.getElementById("lists")?.append(section);
}

function tile(event: PublicEvent): HTMLElement {
  const item = document.createElement("li");
  item.className = event.status;
  const link = document.createElement("a");
  link.href = paths.event(event.slug);
  const title = document.createElement("strong");
  title.textContent = event.title;
  link.append(
    title,
    quiet(
      event.permanent
        ? event.description
        : `${when(event.startDate)}${event.speakers.length > 0 ? ` · ${event.speakers.map((speaker) => speaker.name).join(", ")}` : ""}`,
    ),
  );
  item.append(link);
  return item;
}

function quiet(text: string): HTMLElement {
  const made = document.createElement("p");
  made.className = "quiet";
  made.textContent = text;
  return made;
}
