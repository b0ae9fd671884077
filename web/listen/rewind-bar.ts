import { paths } from "../../src/wire/paths.ts";
import type { Chapter, ChapterList, PeakRecord } from "../../src/wire/marks.ts";
import type { LivePlayer } from "../player/live-player.ts";
import { spanInWords, tell } from "../words/extras.ts";
import { clock } from "./time.ts";
import { Waveform } from "./waveform.ts";

/** Closer to live than this is live. Seconds; a segment that is still being made could only be waited for. */
const LIVE_SECONDS = 5;
/** What the slider moves by. Seconds. */
const STEP_SECONDS = 5;
/** How often the outline is drawn anew for those who have gone back. Milliseconds; the stage writes it every ten seconds. */
const DRAW_MS = 60_000;
/** When it is asked for again where there was none. Milliseconds; a server that is full sends it a little later. */
const ASK_AGAIN_MS = 5_000;
/** How far into a chapter "back" means its own start. Seconds. */
const RESTART_SECONDS = 3;
/** Sample rate of the programme. */
const RATE = 48_000;

/** Where the bar works. */
export interface RewindBarOptions {
  readonly slug: string;
  readonly player: LivePlayer;
  readonly seek: HTMLInputElement;
  readonly wave: HTMLElement;
  readonly time: HTMLElement;
  /** The button that leads back to live. */
  readonly edge: HTMLButtonElement;
  /** Called when it was gone back while nothing plays. Seconds. */
  readonly onHeld: (seconds: number) => void;
}

/** The slider of an event on air: back to any moment of it, and live again. Asks the server for nothing until somebody goes back. */
export class RewindBar {
  readonly #options: RewindBarOptions;
  readonly #back = document.createElement("button");
  readonly #chapterBox = document.createElement("details");
  #chapters: readonly Chapter[] = [];
  #drawn: { readonly waveform: Waveform; readonly seconds: number } | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #dragging = false;
  #live = 0;
  readonly #onInput = () => {
    this.#dragging = true;
    this.#show(Number(this.#options.seek.value));
  };
  readonly #onChange = () => {
    this.#dragging = false;
    this.goTo(Number(this.#options.seek.value));
  };

  constructor(options: RewindBarOptions) {
    this.#options = options;
    const { seek, edge, wave } = options;
    seek.step = String(STEP_SECONDS);
    seek.addEventListener("input", this.#onInput);
    seek.addEventListener("change", this.#onChange);
    this.#back.type = edge.type = "button";
    this.#back.id = "back-15";
    this.#back.textContent = `↺ ${tell("back")}`;
    this.#back.addEventListener("click", () => this.jump(-15));
    edge.textContent = tell("toLive");
    edge.setAttribute("aria-label", tell("toLiveTitle"));
    edge.onclick = () => this.goLive();
    edge.before(this.#back);
    const summary = document.createElement("summary");
    summary.textContent = tell("chapters");
    this.#chapterBox.id = "live-chapters";
    this.#chapterBox.className = "live-chapters";
    this.#chapterBox.append(summary);
    this.#chapterBox.addEventListener("toggle", () => this.#chapterBox.open && void this.#draw());
    wave.closest(".bar")?.after(this.#chapterBox);
    for (const shown of [wave, options.time]) shown.hidden = false;
  }

  /** Follows the sound. Position of what is said at this moment. Seconds since going live. */
  tick(liveSeconds: number, heldAt: number | undefined): void {
    this.#live = liveSeconds;
    const { seek, edge, player } = this.#options;
    const away = player.rewound || heldAt !== undefined;
    edge.hidden = !away;
    seek.max = String(Math.ceil(liveSeconds));
    if (this.#drawn !== undefined) this.#drawn.waveform.stretch(Math.min(1, this.#drawn.seconds / Math.max(1, liveSeconds)));
    if (this.#dragging) return;
    const position = heldAt ?? (player.rewound ? this.#place : liveSeconds);
    seek.value = String(position);
    this.#show(position);
    if (player.rewound && performance.now() - this.#drawnAt > DRAW_MS) void this.#draw();
  }

  /** Some seconds back or on. */
  jump(seconds: number): void {
    const { player } = this.#options;
    this.goTo((player.status === "idle" ? Number(this.#options.seek.value) : this.#place) + seconds);
  }

  /** What is being heard; a browser that does not say is taken to be live. Seconds since going live. */
  get #place(): number {
    return this.#options.player.position ?? this.#live;
  }

  /** A chapter back or on. */
  step(direction: 1 | -1): void {
    const position = this.#place;
    const starts = this.#chapters.map(({ startTime }) => startTime);
    const target = direction === 1 ? starts.find((start) => start > position + 0.5) : starts.findLast((start) => start < position - RESTART_SECONDS);
    if (target !== undefined || direction === -1) this.goTo(target ?? 0);
    else this.goLive();
  }

  /** To a moment of the event. Seconds since going live. */
  goTo(seconds: number): void {
    const { player, onHeld } = this.#options;
    if (seconds > this.#live - LIVE_SECONDS) return this.goLive();
    if (player.status === "idle") onHeld(Math.max(0, seconds));
    else player.rewind(seconds);
  }

  goLive(): void {
    const { player, onHeld } = this.#options;
    if (player.status === "idle") onHeld(Number.POSITIVE_INFINITY);
    else player.goLive();
  }

  /** Leaves the slider to the replay. */
  close(): void {
    const { seek, edge } = this.#options;
    seek.removeEventListener("input", this.#onInput);
    seek.removeEventListener("change", this.#onChange);
    seek.step = "0.1";
    edge.hidden = true;
    this.#back.remove();
    this.#chapterBox.remove();
    this.#drawn?.waveform.remove();
  }

  #show(position: number): void {
    const { seek, time, player } = this.#options;
    const behind = this.#live - position;
    const place = clock(position);
    const isLive = behind < LIVE_SECONDS;
    seek.setAttribute("aria-valuetext", isLive ? tell("place", { place }) : tell("placeBehind", { place, span: spanInWords(behind) }));
    time.textContent = isLive && !player.rewound ? clock(this.#live) : `${place} / ${clock(this.#live)}`;
    this.#drawn?.waveform.show(Math.min(1, position / Math.max(1, this.#drawn.seconds)));
  }

  /** Waveform and chapters as far as the event is; what is not there yet is left out. */
  async #draw(): Promise<void> {
    this.#drawnAt = performance.now();
    const { slug, wave } = this.#options;
    const ask = async <Kept>(name: string): Promise<Kept | undefined> => {
      const response = await fetch(`${paths.event(slug)}/${name}`).catch(() => undefined);
      return response?.ok === true ? ((await response.json()) as Kept) : undefined;
    };
    const [peaks, list] = await Promise.all([ask<PeakRecord>("peaks.json"), ask<ChapterList>("chapters.json")]);
    this.#chapters = list?.chapters ?? this.#chapters;
    this.#listChapters();
    if (peaks === undefined || list === undefined) this.#drawnAt += ASK_AGAIN_MS - DRAW_MS;
    if (peaks === undefined) return;
    const seconds = peaks.durationSamples / RATE;
    this.#drawn?.waveform.remove();
    const outline = { peaks: peaks.peaks, chapters: this.#chapters, durationSeconds: seconds, trimStartSeconds: 0 };
    this.#drawn = { waveform: new Waveform(wave, outline), seconds };
  }

  #listChapters(): void {
    const list = document.createElement("ol");
    list.className = "chapters";
    for (const { startTime, title } of this.#chapters) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const place = document.createElement("span");
      place.className = "place";
      place.textContent = clock(startTime);
      const name = document.createElement("bdi");
      name.className = "title";
      name.textContent = title;
      button.append(place, name);
      button.addEventListener("click", () => this.goTo(startTime));
      item.append(button);
      list.append(item);
    }
    this.#chapterBox.querySelector("ol")?.remove();
    this.#chapterBox.append(list);
  }
}
