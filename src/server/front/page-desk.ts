import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { paths } from "../../wire/paths.ts";
import { isListed, type PublicEvent } from "../../wire/public-state.ts";
import { eventFiles } from "../stage/event-files.ts";
import { eventCalendar, seriesCalendar } from "./calendar-files.ts";
import type { EventDesk } from "./event-desk.ts";
import type { FrontDoor } from "./front-door.ts";
import { readLedgerFile } from "./ledger-files.ts";
import type { ListenerGate } from "./listener-gate.ts";
import { acceptsGzip } from "./pack.ts";
import type { PublicEvents } from "./public-events.ts";
import type { PublicStates } from "./public-states.ts";
import type { RecordDesk } from "./record-desk.ts";
import type { Replay } from "./replay.ts";
import type { Sender } from "./sender.ts";
import type { WaitingSounds } from "./waiting-sounds.ts";
import type { WallFiles } from "./wall-files.ts";

/** How long caches may keep the waiting page. Seconds; whoever gets an old one stands at the door like everybody, and is in at once when it is calm. */
const WAITING_PAGE_SECONDS = 60;

/** What pages, and what is below them, are made of. */
export interface PageDeskOptions {
  readonly dataFolder: string;
  /** Where listeners go, and where hosts and speakers go; no trailing slash. */
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly clock: Clock;
  readonly events: PublicEvents;
  readonly states: PublicStates;
  readonly desk: EventDesk;
  readonly door: FrontDoor;
  readonly gate: ListenerGate;
  readonly record: RecordDesk;
  readonly replay: Replay;
  readonly waiting: WaitingSounds;
  readonly walls: WallFiles;
  readonly sender: Sender;
}

/** A request below an event's page. */
export interface PageRequest {
  readonly slug: string;
  /** Empty for the page itself. */
  readonly path: string;
  readonly query: URLSearchParams;
}

interface EventRequest extends PageRequest {
  readonly event: PublicEvent;
}

/** The pages of the house, its series and its events, and all that is below an event's page. */
export class PageDesk {
  readonly #options: PageDeskOptions;

  constructor(options: PageDeskOptions) {
    this.#options = options;
  }

  /** The list of all events. */
  async home(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, events, states, sender } = this.#options;
    const state = { events: await states.forLists(await events.list()), serverUnixMs: clock.wallMs() };
    sender.page(request, response, "home.html", { title: sender.look.name, description: "Live audio" }, state);
  }

  /** A series: its page, its feed, its calendar. Only what is listed stands in any of them. @throws `not-found` */
  async series(
    request: IncomingMessage,
    response: ServerResponse,
    { slug, file }: { readonly slug: string; readonly file: string | undefined },
  ): Promise<void> {
    const { publicUrl, clock, states, record, sender } = this.#options;
    const series = (await this.#options.events.series()).find((one) => one.slug === slug);
    if (series === undefined) throw new EarshotError("not-found", { series: slug });
    const listed = await this.#options.events.list();
    if (file === "feed.xml") return sender.send(request, response, await record.seriesFeed(series, acceptsGzip(request)));
    if (file === "calendar.ics") return sender.send(request, response, seriesCalendar(series, listed, publicUrl));
    const events = await states.forLists(listed.filter((event) => event.series?.slug === slug));
    const { title, description } = series;
    const head = record.seriesHead(series, sender.languageOf(request));
    sender.page(request, response, "home.html", { title, description, head }, { events, series, serverUnixMs: clock.wallMs() });
  }

  /** An event's page, and what is below it. @throws `event-unknown`, `not-found`, and what door, record and replay do */
  async event(request: IncomingMessage, response: ServerResponse, asked: PageRequest): Promise<void> {
    const event = await this.#options.events.known(asked.slug);
    // What is not listed is for those who were sent its address, not for search engines.
    if (!isListed(event)) response.setHeader("x-robots-tag", "noindex");
    if (asked.path === "") await this.#page(request, response, { ...asked, event });
    else await this.#belowPage(request, response, { ...asked, event });
  }

  async #page(request: IncomingMessage, response: ServerResponse, { event, slug, query }: EventRequest): Promise<void> {
    const { backstageUrl, events, states, desk, door, gate, record, sender } = this.#options;
    if (door.showsWaitingPage(desk.get(slug), query))
      return sender.page(request, response, "waiting.html", { title: event.title, description: "", slug, maxAge: WAITING_PAGE_SECONDS }, { slug });
    const state = await states.of(event);
    const told = await record.shared(state, sender.languageOf(request));
    // A reminder's mail says what the event is called: for invited listeners that is nobody else's business.
    const comes = state.status === "scheduled" || state.status === "doors" || state.status === "postponed";
    const reminders = comes && event.visibility !== "invited" ? await events.reminderOffer() : undefined;
    const texts = { title: event.title, description: event.description, ...told };
    const invitation = gate.writingToken(event, request);
    // Most listeners are there before the host opens the wall.
    const isOver = state.status === "ended" || state.status === "cancelled";
    const writing = event.wall === true || !isOver ? { at: backstageUrl, ...(invitation === undefined ? {} : { invitation }) } : undefined;
    const at = reminders?.at ?? writing?.at;
    if (at === undefined) return sender.page(request, response, "listen.html", texts, state);
    // All that the page sends goes to where the house takes writes: an address to be reminded at, and what somebody says.
    const connect = `'self' ${new URL(at).origin}`;
    const offers = { ...(reminders === undefined ? {} : { reminders }), ...(writing === undefined ? {} : { writing }) };
    sender.page(request, response, "listen.html", { ...texts, connect }, { ...state, ...offers });
  }

  async #belowPage(request: IncomingMessage, response: ServerResponse, asked: EventRequest): Promise<void> {
    const { dataFolder, publicUrl, backstageUrl, states, door, gate, waiting, walls, sender } = this.#options;
    const { event, slug, path, query } = asked;
    if (path.startsWith("ledger/")) {
      const file = await readLedgerFile(eventFiles(dataFolder, event.id).folder, path.slice("ledger/".length));
      if (file === undefined) throw new EarshotError("not-found", { path: path.slice(0, 200) });
      return sender.send(request, response, file);
    }
    if (path === "event.ics") {
      response.setHeader("content-disposition", `inline; filename="${event.slug}.ics"`);
      return sender.send(request, response, eventCalendar(event, publicUrl));
    }
    const wall = /^wall(?:-([2-9]))?\.json$/.exec(path);
    if (wall !== null) {
      const page = Number(wall[1] ?? 1);
      const answer = door.does("no-posts") ? walls.off(page) : await walls.answer(event.id, page, acceptsGzip(request));
      if (answer === undefined) throw new EarshotError("not-found", { path });
      return sender.send(request, response, answer);
    }
    if (path === "join" || path === "ask") {
      const page = path === "join" ? paths.wallPage(slug) : paths.hand(slug);
      const invitation = gate.writingToken(event, request);
      // Behind the hash no server and no log sees it.
      const location = `${backstageUrl}${page}${invitation === undefined ? "" : `#${invitation}`}`;
      return void response.writeHead(302, { location, "cache-control": "no-store" }).end();
    }
    if (path === "waiting.mp3") {
      door.checkWaitingMusic();
      const sound = await waiting.answer(event.id, query.get("v"));
      if (sound === undefined || (await states.of(event)).status === "ended") throw new EarshotError("not-found", { path });
      return sender.send(request, response, sound);
    }
    await this.#ofRecord(request, response, asked);
  }

  /** What is made of the record: data, pictures, clips, the replay and its recordings. */
  async #ofRecord(request: IncomingMessage, response: ServerResponse, { event, path, query }: EventRequest): Promise<void> {
    const { dataFolder, events, states, door, record, replay, sender } = this.#options;
    // A frame in other people's pages is a way to listen as long as there is something to wait for or to hear.
    if (path === "card.png") door.checkPreview();
    else if (path !== "embed" || (await states.of(event)).status === "ended") door.checkReplay();
    const made = await record.event({ event, path, query, acceptsGzip: acceptsGzip(request), lang: sender.languageOf(request) });
    if (made !== undefined && !("page" in made)) return sender.send(request, response, made);
    if (made !== undefined) return sender.page(request, response, made.page, { ...made.texts, head: made.head, framed: made.framed }, made.state);
    await record.requireKept(event.id);
    const archiveFolder = eventFiles(dataFolder, event.id).archive;
    const asked = { event, state: await events.lastState(event.id), path, query, archiveFolder };
    const answer = await replay.answer(asked);
    if (answer !== undefined) return sender.send(request, response, answer);
    response.setHeader("access-control-allow-origin", "*");
    if (await replay.sendFile(request, response, asked)) return;
    throw new EarshotError("not-found", { path: path.slice(0, 200) });
  }
}
