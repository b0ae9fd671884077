import { paths } from "../../src/wire/paths.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";
import { languageName } from "../../src/wire/language.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import type { ReplayPage } from "../../src/wire/recording.ts";
import { lang } from "../words/language.ts";
import { day, type ReplayWord, tell } from "../words/replay.ts";
import { captionLine } from "./caption-line.ts";
import { ClipBox } from "./clip-box.ts";
import { clock, readPlace } from "./time.ts";
import { strip, Waveform } from "./waveform.ts";

/** How far into a chapter "back" means its own start, not the one before. Seconds. */
const RESTART_SECONDS = 3;

const DELETED: Readonly<Record<string, ReplayWord>> = { host: "deletedHost", operator: "deletedOperator", retention: "deletedRetention" };

/** Where the replay works. */
export interface ReplayOptions {
  readonly slug: string;
  readonly audio: HTMLAudioElement;
  /** The slider and the box the waveform is drawn in. */
  readonly seek: HTMLInputElement;
  readonly wave: HTMLElement;
  /** Where chapters, speakers and the rest go. */
  readonly section: HTMLElement;
  readonly speed: HTMLSelectElement;
  /** Says something to people and screen readers. */
  readonly say: (text: string) => void;
  /** Where the recording in the chosen language is. */
  readonly recording: () => string;
  /** The languages there are beside the floor's. */
  readonly interpretation: NonNullable<PublicState["live"]>["interpretation"];
  /** Called when there is nothing to play any more. */
  readonly onGone: () => void;
}

/** What an ended event's page shows: waveform, chapters, who spoke when, links, clips. */
export class ReplayView {
  readonly #options: ReplayOptions;
  readonly #page: ReplayPage;
  readonly #waveform: Waveform;
  readonly #chapters: HTMLButtonElement[];
  readonly #rows: HTMLElement[];
  readonly #clips: ClipBox | undefined;
  #current = -1;

  /** Asks for everything the page shows; undefined when the recording is not there, which is then said. */
  static async open(options: ReplayOptions): Promise<ReplayView | undefined> {
    const response = await fetch(paths.replayPage(options.slug));
    if (response.ok) return new ReplayView(options, (await response.json()) as ReplayPage);
    if (response.status !== 410) return undefined;
    const { details } = (await response.json()) as ProblemDetails;
    const date = day(Date.parse(String(details.date)));
    options.say("");
    options.section.replaceChildren(
      element("p", "", tell(DELETED[String(details.by)] ?? "deletedOperator", { date })),
      element("p", "quiet", tell("staysPublic")),
    );
    options.section.hidden = false;
    options.onGone();
    return undefined;
  }

  private constructor(options: ReplayOptions, page: ReplayPage) {
    this.#options = options;
    this.#page = page;
    const { section, audio, seek, slug } = options;
    this.#waveform = new Waveform(options.wave, page);
    seek.max = String(page.durationSeconds);
    this.#chapters = page.chapters.map(({ startTime, title, by }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(element("span", "place", clock(startTime)), element("bdi", "title", title));
      if (by === "host") button.append(element("span", "quiet small", tell("byHost")));
      button.addEventListener("click", () => this.goTo(startTime, true));
      return button;
    });
    this.#rows = page.speakers.map(({ name, talkSeconds, share, longestTurnSeconds, turns, interprets }) => {
      const row = element("li", "", "");
      const said =
        interprets === undefined
          ? tell("talked", { time: clock(talkSeconds), percent: String(Math.round(share * 100)), longest: clock(longestTurnSeconds) })
          : tell("interpreted", { time: clock(talkSeconds), language: languageName(interprets, lang) });
      row.append(element("bdi", "name", name), element("span", "quiet small", said), strip(turns, page.durationSeconds));
      row.addEventListener("click", (event) => {
        const box = row.querySelector("svg")?.getBoundingClientRect();
        if (box !== undefined && event.clientY >= box.top) this.goTo(((event.clientX - box.left) / box.width) * page.durationSeconds, true);
      });
      return row;
    });
    this.#clips = page.clips ? new ClipBox(slug, page.durationSeconds, () => audio.currentTime) : undefined;
    section.replaceChildren(...this.#contents());
    section.hidden = false;
    const start = readPlace(new URLSearchParams(location.search).get("t")) ?? page.trimStartSeconds;
    if (start > 0 && audio.currentTime === 0) this.goTo(start, false);
    this.tick();
  }

  /** Goes to a place; begins to play when asked to. Seconds since going live. */
  goTo(seconds: number, play: boolean): void {
    const { audio, recording, seek } = this.#options;
    if (!audio.src) audio.src = recording();
    audio.currentTime = Math.max(0, Math.min(seconds, this.#page.durationSeconds - 0.1));
    seek.value = String(audio.currentTime);
    if (play) void audio.play();
    this.tick();
  }

  /** A chapter on or back from here. */
  step(direction: 1 | -1): void {
    const { currentTime } = this.#options.audio;
    const starts = this.#page.chapters.map(({ startTime }) => startTime);
    const target = direction === 1 ? starts.find((start) => start > currentTime + 0.5) : starts.findLast((start) => start < currentTime - RESTART_SECONDS);
    if (target !== undefined || direction === -1) this.goTo(target ?? 0, !this.#options.audio.paused);
  }

  /** A step slower or faster. */
  tempo(direction: 1 | -1): void {
    const { speed } = this.#options;
    speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + direction));
    speed.dispatchEvent(new Event("change"));
  }

  /** Puts the link to this second into the clipboard, or shows it where there is none. */
  async link(): Promise<void> {
    const link = `${location.origin}${paths.event(this.#options.slug)}?t=${Math.floor(this.#options.audio.currentTime)}`;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.#options.say(tell("copied", { link }));
    } catch {
      this.#options.say(tell("copyThis", { link }));
    }
  }

  /** Follows the sound; called four times a second. */
  tick(): void {
    const { currentTime } = this.#options.audio;
    const { chapters, speakers, durationSeconds } = this.#page;
    this.#waveform.show(Math.min(1, currentTime / Math.max(1, durationSeconds)));
    speakers.forEach(({ turns }, index) =>
      this.#rows[index]?.classList.toggle(
        "talks",
        turns.some(([start, end]) => currentTime >= start && currentTime < end),
      ),
    );
    this.#clips?.tick();
    const current = chapters.findLastIndex(({ startTime }) => startTime <= currentTime);
    if (current === this.#current) return;
    this.#chapters[this.#current]?.removeAttribute("aria-current");
    this.#chapters[current]?.setAttribute("aria-current", "true");
    this.#current = current;
  }

  #contents(): HTMLElement[] {
    const { slug, audio } = this.#options;
    const { trimStartSeconds, keptUntilUnixMs, lossless, low, captions } = this.#page;
    const contents: HTMLElement[] = captions ? [captionLine(audio, slug)] : [];
    if (trimStartSeconds > 0) {
      const note = element("p", "quiet", `${tell("trimmed", { time: clock(trimStartSeconds) })} `);
      note.append(button("whole", tell("fromStart"), () => this.goTo(0, true)));
      contents.push(note);
    }
    const share = element("div", "row", "");
    share.append(button("link", tell("linkHere"), () => void this.link()));
    contents.push(share);
    if (this.#clips !== undefined) contents.push(this.#clips.box);
    contents.push(...list("chapters", "ol", this.#chapters), ...list("speakers", "ul", this.#rows));
    if (this.#page.gaps.length > 0) {
      const gaps = element("ul", "gaps", "");
      gaps.append(
        ...this.#page.gaps.map(({ start, end, cause }) =>
          element("li", "", tell(cause === "disk" ? "disk" : "stage-away", { from: clock(start), to: clock(end) })),
        ),
      );
      contents.push(element("h2", "", tell("gaps")), gaps);
    }
    contents.push(element("h2", "", tell("downloads")), downloads(slug, undefined, { lossless, low, captions }));
    for (const language of this.#options.interpretation?.into ?? []) contents.push(downloads(slug, language, { low }));
    if (keptUntilUnixMs !== undefined) contents.push(element("p", "quiet small", tell("keptUntil", { date: day(keptUntilUnixMs) })));
    return contents;
  }
}

/** The files of the floor's recording, or of one in another language. */
function downloads(slug: string, language: string | undefined, { lossless = false, low = false, captions = false } = {}): HTMLElement {
  const row = element("p", "row", "");
  const name = language === undefined ? "" : languageName(language, lang);
  if (name !== "") row.append(element("span", "quiet", name));
  const kinds = [
    ["mp3", "MP3"],
    ["m4a", "M4A"],
    ["opus", "Opus"],
    ...(low ? ([["low.opus", tell("smallFile")]] as const) : []),
    ...(lossless ? ([["flac", "FLAC"]] as const) : []),
  ] as const;
  for (const [kind, format] of kinds) {
    const link = document.createElement("a");
    link.href = paths.recording(slug, kind, language);
    link.download = `${slug}${language === undefined ? "" : `.${language}`}.${kind}`;
    link.textContent = format;
    if (name !== "") link.setAttribute("aria-label", `${format}, ${name}`);
    row.append(link);
  }
  if (captions) {
    const link = document.createElement("a");
    link.href = paths.captions(slug);
    link.download = `${slug}.vtt`;
    link.textContent = tell("captionFile");
    row.append(link);
  }
  return row;
}

function list(word: "chapters" | "speakers", kind: "ol" | "ul", entries: readonly HTMLElement[]): HTMLElement[] {
  if (entries.length === 0) return [];
  const made = element(kind, word === "speakers" ? "turns" : word, "");
  made.append(
    ...entries.map((entry) => {
      if (entry instanceof HTMLLIElement) return entry;
      const item = document.createElement("li");
      item.append(entry);
      return item;
    }),
  );
  return [element("h2", "", tell(word)), made];
}

function button(id: string, text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.id = id;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}
