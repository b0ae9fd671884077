import type { PublicState } from "../../src/wire/public-state.ts";
import type { LivePlayer } from "../player/live-player.ts";
import { spanInWords, tell } from "../words/extras.ts";
import { MoreBox } from "./more-box.ts";
import { NowPlaying } from "./now-playing.ts";
import { RewindBar } from "./rewind-bar.ts";
import { clock } from "./time.ts";

/** From which cadence on listeners are told that they hear it later than usual. Milliseconds; two parts of half a second. */
const LONG_MS = 1_000;

/** What the page lends to what comes later. */
export interface ListeningPage {
  readonly audio: HTMLAudioElement;
  readonly player: LivePlayer;
  readonly element: (id: string) => HTMLElement;
  readonly state: () => PublicState;
  readonly isPlaying: () => boolean;
  readonly stop: () => void;
  readonly toggle: () => void;
  /** Back or on in whatever plays. Seconds. */
  readonly jump: (seconds: number) => void;
  /** Keeps the place listening goes on at; undefined for live. Seconds since going live. */
  readonly hold: (seconds: number | undefined) => void;
  readonly say: (text: string) => void;
  readonly storage: Storage | undefined;
}

/** What a listener finds on the page once there is sound: going back, more choices, the lock screen, captions. Nobody waits for it. */
export class AfterSound {
  readonly #page: ListeningPage;
  readonly #more: MoreBox;
  readonly #playing: NowPlaying;
  #bar: RewindBar | undefined;
  readonly #news = document.createElement("p");
  readonly #sparing = document.createElement("p");

  constructor(page: ListeningPage) {
    this.#page = page;
    const { state } = page;
    this.#more = new MoreBox({ ...page, title: () => state().event.title, isLive: () => state().status === "live" });
    page.element("controls").after(this.#more.box);
    this.#playing = new NowPlaying({ ...page, goLive: () => this.goLive() });
    this.#news.className = "news";
    this.#news.dir = "auto";
    this.#news.setAttribute("role", "status");
    page.element("captions").before(this.#news);
    this.#sparing.id = "sparing";
    this.#sparing.setAttribute("role", "status");
    this.#more.box.before(this.#sparing);
    this.show();
    void registerWorker();
  }

  /** Whether the slider of an event on air is there. */
  get rewinds(): boolean {
    return this.#bar !== undefined;
  }

  /** Follows the state of the event. */
  show(): void {
    const { state, player, element, hold } = this.#page;
    const { status, rewind, event } = state();
    const offers = status === "live" && rewind === true && player.canRewind;
    if (offers && this.#bar === undefined) {
      this.#bar = new RewindBar({
        slug: event.slug,
        player,
        seek: element("seek") as HTMLInputElement,
        wave: element("wave"),
        time: element("time"),
        edge: element("live-edge") as HTMLButtonElement,
        onHeld: (seconds) => hold(Number.isFinite(seconds) ? seconds : undefined),
      });
    } else if (status !== "live" && this.#bar !== undefined) {
      this.#bar.close();
      this.#bar = undefined;
    }
    if (!this.#page.isPlaying()) this.announce(state().live?.announcement ?? "");
    const sparing = [player.reduced ? tell("reduced") : "", player.cadenceMs >= LONG_MS ? tell("longer") : ""].join(" ").trim();
    if (this.#sparing.textContent !== sparing) this.#sparing.textContent = sparing;
    this.#sparing.hidden = sparing === "";
    this.#more.show();
    this.#playing.show(state(), offers || status === "ended");
    if (event.wall === true) void import("./wall-box.ts").then(({ showWall }) => showWall(state()));
  }

  /** Called four times a second. Position of what is said at this moment. Seconds since going live. */
  tick(liveSeconds: number, heldAt: number | undefined): void {
    this.#bar?.tick(liveSeconds, heldAt);
    this.#more.tick();
  }

  /** What is said about the distance of somebody who has gone back. */
  behind(seconds: number): string {
    return tell("behind", { span: spanInWords(seconds) });
  }

  /** What is said to somebody who has stopped somewhere in the past. */
  held(seconds: number): string {
    return tell("held", { place: clock(seconds) });
  }

  jump(seconds: number): void {
    this.#bar?.jump(seconds);
  }

  step(direction: 1 | -1): void {
    this.#bar?.step(direction);
  }

  goLive(): void {
    this.#bar?.goLive();
  }

  /** The server says how close the listener is: not as close as wished, or further than before. */
  movedBack(why: "full" | "shed"): void {
    this.#more.tookBack();
    this.#page.say(tell(why === "full" ? "nearFull" : "nearShed"));
  }

  /** Shows what the host tells all listeners; an empty text takes it away. */
  announce(text: string): void {
    this.#news.hidden = text === "";
    if (this.#news.textContent !== text) this.#news.textContent = text;
  }

  /** Shows what is being said, as text; an empty text takes it away. */
  caption(text: string): void {
    const box = this.#page.element("captions");
    box.hidden = text === "";
    box.textContent = text;
    box.setAttribute("aria-label", tell("captions"));
  }
}

/** Makes the page installable and lets it open without a network; a new version takes over at once. */
async function registerWorker(): Promise<void> {
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = "/app.webmanifest";
  document.head.append(link);
  // Refused in private windows and on plain http: the page works without.
  await navigator.serviceWorker?.register("/sw.js").catch(() => undefined);
}
