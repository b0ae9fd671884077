import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, TYPES } from "../../audience/mod.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { CmafRendition } from "../../programme/mod.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent, PublicState } from "../../wire/public-state.ts";
import type { EventDesk, ServedEvent } from "./event-desk.ts";
import type { FrontDoor } from "./front-door.ts";
import { HouseWord, type Word } from "./house-word.ts";
import type { ListenerGate } from "./listener-gate.ts";
import { type Passing, PassOn, type PassOnOptions } from "./pass-on.ts";
import type { PublicEvents } from "./public-events.ts";
import { MEDIA_MAX_AGE } from "./rewind.ts";

/** How often the house is asked whether an event is over whose stage went away without saying so. Milliseconds; a stage that was killed is back in two seconds. */
const LOST_MS = 3_000;
/** What is told of an event on air from what a front knows; all else below its page is the house's. */
const OWN_BELOW_PAGE: ReadonlySet<string> = new Set(["", "event.ics", "join", "ask", "embed"]);
/** What of an event's past has an address below its live sound. */
const PAST = /(?:^|\/)(?:dvr\.m3u8|header\.mp4|segment-\d{1,12}\.m4s)$/;

/** What stands between a front and the house behind it. */
export interface HouseBehindOptions extends PassOnOptions {
  readonly desk: EventDesk;
  readonly door: FrontDoor;
  readonly gate: ListenerGate;
  readonly events: PublicEvents;
  /** The wall while posts are switched off. */
  readonly wallOff: (page: number) => Answer;
  readonly log: Log;
}

/** The house behind an edge, as its fronts need it: which requests are its own, and what it says of events that are on air here (decision 32). The front closes it. */
export class HouseBehind {
  readonly passOn: PassOn;
  readonly #options: HouseBehindOptions;
  readonly #word: HouseWord;
  readonly #stop = new AbortController();

  constructor(options: HouseBehindOptions) {
    this.#options = options;
    this.passOn = new PassOn(options);
    this.#word = new HouseWord(options.clock, async (event) => (await this.#readState(event)).body);
    void this.#run();
  }

  close(): void {
    this.#stop.abort(new Error("closed"));
    this.passOn.close();
  }

  /** Passes on what is no event's that is on air here; false when it is for here. @throws what the house's line does, `busy` under pressure */
  async takes(request: IncomingMessage, response: ServerResponse, { pathname }: URL): Promise<boolean> {
    const [, kind, slug = "", mark, below = ""] = /^\/(e|live)\/([a-z0-9-]+)(?:([./])(.*))?$/.exec(pathname) ?? [];
    if (kind !== undefined && (await this.#isHere(slug))) return false;
    if (kind === "e") return await this.takesBelowPage(request, response, below, false);
    let passing: Passing = {};
    if (kind === "live") {
      if (PAST.test(below)) this.#options.door.checkReplay();
      passing = { endless: mark === "." || below === "stream.mp4" };
    }
    await this.passOn.pass(request, response, passing);
    return true;
  }

  /** Passes on what is below an event's page, `here` all but what a front knows of an event on air; false when it is for here. @throws what the house's line does, `busy` under pressure */
  async takesBelowPage(request: IncomingMessage, response: ServerResponse, path: string, here: boolean): Promise<boolean> {
    const { door, sender, wallOff } = this.#options;
    if (here && OWN_BELOW_PAGE.has(path)) return false;
    const wall = /^wall(?:-([2-9]))?\.json$/.exec(path);
    if (wall !== null && door.does("no-posts")) {
      sender.send(request, response, wallOff(Number(wall[1] ?? 1)));
      return true;
    }
    if (path === "waiting.mp3") door.checkWaitingMusic();
    else if (path === "card.png") door.checkPreview();
    else if (!OWN_BELOW_PAGE.has(path) && wall === null && !path.startsWith("ledger/")) door.checkReplay();
    // Players ask for the music in pieces, and everybody who waits asks for all of it.
    await this.passOn.pass(request, response, { whole: path === "waiting.mp3" });
    return true;
  }

  /** A segment that is no longer in memory. @throws what the house refuses with, `house-away` */
  async segment({ slug }: Pick<ServedEvent, "slug">, language: string | undefined, rendition: CmafRendition, number: number): Promise<Answer> {
    const event = await this.#options.events.event(slug);
    const { body } = await this.#read(`${paths.segments(slug, rendition, language)}/segment-${number}.m4s`, event);
    return { status: 200, type: TYPES.mp4, body, maxAge: MEDIA_MAX_AGE, immutable: true, fleeting: true };
  }

  /** A list to go back by, to be signed for one listener. `target`: path and query. @throws what the house refuses with, `house-away` */
  async list(target: string, event: PublicEvent): Promise<Answer> {
    const { body } = await this.#read(target, event);
    return { status: 200, type: TYPES.playlist, body, maxAge: 0 };
  }

  /** What only the house knows of an event that is on air here. */
  async word(event: PublicEvent): Promise<Word> {
    return await this.#word.of(event);
  }

  /** Whether an event is answered here: its stage runs, and it is not over. */
  async #isHere(slug: string): Promise<boolean> {
    const { desk, events } = this.#options;
    const served = desk.get(slug);
    if (served?.store.live === undefined || served.store.live.phase === "ended" || !desk.isRunning(slug)) return false;
    return (await events.event(slug))?.id === served.eventId;
  }

  async #read(target: string, event: PublicEvent | undefined) {
    return await this.passOn.read(target, event === undefined ? undefined : this.#options.gate.ownCookie(event));
  }

  #readState(event: PublicEvent) {
    return this.#read(paths.state(event.slug), event);
  }

  /** Ends what is over at the house: its end was said while the line was cut. */
  async #run(): Promise<void> {
    const { clock, desk, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOST_MS, signal);
        for (const served of desk.all) if (!desk.isRunning(served.slug) && served.store.live?.phase === "live") await this.#endIfOver(served);
      } catch (cause) {
        if (!signal.aborted) log.error("the house could not be asked what is over", { cause });
      }
    }
  }

  async #endIfOver(served: ServedEvent): Promise<void> {
    const { live } = served.store;
    if (live === undefined) return;
    const event = await this.#options.events.event(served.slug);
    const said = await this.#read(paths.state(served.slug), event).then(
      ({ body }) => JSON.parse(body.toString()) as Partial<PublicState>,
      (cause: unknown) => (cause instanceof EarshotError && cause.code === "event-unknown" ? { status: "ended" as const } : undefined),
    );
    if (said?.status !== "ended" || this.#options.desk.isRunning(served.slug)) return;
    for (const { store } of [served, ...served.interpretations.values()]) {
      store.live = { ...live, ...("live" in said ? said.live : {}), phase: "ended" };
      store.end();
    }
  }
}
