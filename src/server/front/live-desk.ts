import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Answer,
  containerKind,
  type EndlessKind,
  endlessRendition,
  isMediaList,
  isMultivariant,
  readLanguagePath,
  signedList,
  type StreamSink,
  thriftyPath,
} from "../../audience/mod.ts";
import { EarshotError } from "../../core/errors.ts";
import type { AudienceMeter } from "./audience-meter.ts";
import { followSegment, readFollowed } from "./chunked-segment.ts";
import { type EventDesk, inLanguage, type ServedEvent, streamLanguage } from "./event-desk.ts";
import type { FrontDoor } from "./front-door.ts";
import type { HouseBehind } from "./house-behind.ts";
import { acceptsGzip } from "./pack.ts";
import type { PublicEvents } from "./public-events.ts";
import type { PublicStates } from "./public-states.ts";
import type { Rewind } from "./rewind.ts";
import { type Sender, untilClosed } from "./sender.ts";
import { aboutEvent, streamFields } from "./stream-head.ts";

/** Longest that an endless stream waits for an event's first sound. Milliseconds; a part is half a second, a stage that starts takes two. */
const FIRST_SOUND_MS = 5_000;
/** What is below one rendition of a programme. */
const OF_RENDITION = /(?:opus|aac|low)\/[^/]+$/;

/** What a live desk works with. */
export interface LiveDeskOptions {
  readonly desk: EventDesk;
  readonly events: PublicEvents;
  readonly states: PublicStates;
  readonly audience: AudienceMeter;
  readonly door: FrontDoor;
  readonly rewind: Rewind;
  readonly sender: Sender;
  /** At an edge: the house, which has what an event was from its start. */
  readonly house: HouseBehind | undefined;
  /** Where listeners go; no trailing slash. */
  readonly publicUrl: string;
}

/** A request below an event's live address. */
export interface LiveRequest {
  readonly slug: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Live audio over Node's own server, for all that the fast lane hands over: lists, segments, endless streams, and the event from its start. */
export class LiveDesk {
  readonly #options: LiveDeskOptions;

  constructor(options: LiveDeskOptions) {
    this.#options = options;
  }

  /** Answers what is below an event's live address. @throws why it cannot be heard: `event-unknown`, `event-ended`, `stage-starting`, `event-not-live`, `not-found`, and what the door does */
  async answer(request: IncomingMessage, response: ServerResponse, asked: LiveRequest): Promise<void> {
    const { desk, events, states, audience, door, sender } = this.#options;
    const { slug, path: below, query } = asked;
    if (below === "state.json") {
      const state = await states.of(await events.known(slug));
      return sender.send(request, response, { status: 200, type: "application/json", body: JSON.stringify(state), maxAge: 1 });
    }
    if (below === "stream.mp4") return await this.stream(request, response, { slug, kind: containerKind(query.get("codec")), query });
    const event = desk.get(slug);
    if (event === undefined || below.endsWith("dvr.m3u8")) return await this.#fromStart(request, response, { event, asked });
    const addressed = inLanguage(event, below);
    if (addressed === undefined) throw new EarshotError("not-found", { path: below.slice(0, 200) });
    const { served } = addressed;
    let { path } = addressed;
    // A player that is fed by its browser alone learns here that there is no more to come.
    if (path === "door" && served.store.over("aac")) throw await states.notLive(slug);
    const admission = path === "door" || isMultivariant(path) ? door.admit(served, request, response, query) : undefined;
    if (path === "door") return sender.send(request, response, { status: 200, type: "application/json", body: '{"in":true}', maxAge: 0 });
    if (isMediaList(path)) door.checkList(served, audience.callerOf(request, query), query);
    if (admission?.cheaper === true) path = thriftyPath(path);
    const segment = request.method === "GET" ? readFollowed(path, served) : undefined;
    if (segment !== undefined) return followSegment(response, served, segment, audience.countFetch(served, request, { path, query }));
    const packs = acceptsGzip(request) && !(admission !== undefined && door.signsLists(served));
    const answer = await served.hls.answer({ path, query, acceptsGzip: packs, signal: untilClosed(response) });
    if (answer === undefined) throw new EarshotError("not-found", { path: path.slice(0, 200) });
    if (admission !== undefined) return this.#sendSigned(request, response, { event: served, answer, pass: admission.pass });
    sender.send(request, response, answer, answer.fleeting === true ? undefined : audience.countFetch(served, request, { path, query }));
  }

  /** Opens an endless stream. @throws as {@link answer} */
  async stream(
    request: IncomingMessage,
    response: ServerResponse,
    { slug, kind, query }: { readonly slug: string; readonly kind: EndlessKind; readonly query: URLSearchParams },
  ): Promise<void> {
    const { desk, events, states, audience, door, sender, publicUrl } = this.#options;
    const event = desk.get(slug);
    const served = event === undefined ? undefined : streamLanguage(event, query);
    const rendition = endlessRendition(kind);
    // A radio that comes in the very second of the start would take a refusal for the end.
    if (served?.store.live?.phase === "live" && served.store.window(rendition) === undefined)
      await served.store.waitFor(rendition, 0, FIRST_SOUND_MS, untilClosed(response));
    if (served?.store.window(rendition) === undefined || served.store.over(rendition)) throw await states.notLive(slug);
    const cheaper = request.method === "GET" && door.admit(served, request, response, query).cheaper && served.endless.hasCheaper(kind);
    const announced = await events.event(slug);
    // Without chunks around its pieces: the stream ends with the connection.
    response.removeHeader("transfer-encoding");
    const near = !cheaper && query.get("near") === "1" && served.endless.hasRoomNear(kind);
    const cadenceMs = served.endless.cadenceMs(kind, { near, cheaper });
    const icy = request.headers["icy-metadata"] === "1";
    const about = aboutEvent(slug, announced, publicUrl);
    const { connection, ...fields } = streamFields({ kind, ...about, numberOfChannels: served.endless.numberOfChannels(kind), cadenceMs, icy, near, cheaper });
    // An HTTP/2 stream ends by itself. @spec RFC 9113 §8.2.2
    response.writeHead(200, request.httpVersionMajor === 2 || connection === undefined ? fields : { ...fields, connection });
    if (request.method === "HEAD") return void response.end();
    const caller = audience.callerOf(request, query);
    const counted = audience.countStream(served, caller, { kind, backlog: () => response.writableLength });
    const write = (bytes: Uint8Array, from: number, to: number) => {
      sender.bytesOut += bytes.length;
      response.write(bytes);
      counted?.wrote(from, to, bytes.length);
    };
    // Every browser calls itself Mozilla; players and radios do not.
    const element = (request.headers["user-agent"] ?? "").startsWith("Mozilla/");
    const sink: StreamSink = {
      write,
      together: (act) => {
        response.cork();
        act();
        response.uncork();
      },
      get backlog() {
        return response.writableLength;
      },
      end: () => response.end(),
      destroy: () => response.destroy(),
    };
    const leave = served.endless.open(kind, sink, { element, near, cheaper, icy });
    response.once("close", () => {
      leave();
      if (counted !== undefined) audience.endStream(counted);
    });
  }

  /** The event from its start. On air going back is listening like any other; afterwards it is a replay, down to the last segment. */
  async #fromStart(
    request: IncomingMessage,
    response: ServerResponse,
    { event, asked }: { readonly event: ServedEvent | undefined; readonly asked: LiveRequest },
  ): Promise<void> {
    const { states, audience, door, house, sender } = this.#options;
    const { slug, path, query } = asked;
    if (house !== undefined && event !== undefined) return await this.#backAtHouse(request, response, { house, event, asked });
    const isOnAir = event?.store.live?.phase === "live";
    const begins = event !== undefined && isOnAir && !OF_RENDITION.test(path);
    const answer = await this.#past(slug, path, acceptsGzip(request) && !(begins && door.signsLists(event)));
    if (answer === undefined) throw await states.notLive(slug);
    if (begins) return this.#sendSigned(request, response, { event, answer, pass: door.admit(event, request, response, query).pass });
    if (isOnAir) door.checkList(event, audience.callerOf(request, query), query);
    else door.checkReplay();
    sender.send(request, response, answer);
  }

  /** A list that a player begins with; while lists are made for one listener each, with that listener's pass. */
  #sendSigned(
    request: IncomingMessage,
    response: ServerResponse,
    { event, answer, pass }: { readonly event: ServedEvent; readonly answer: Answer; readonly pass: string | undefined },
  ): void {
    const { door, sender } = this.#options;
    sender.send(request, response, pass !== undefined && door.signsLists(event) ? signedList(answer, pass) : answer);
  }

  /** At an edge, a list of the event from its start: the door here is asked, the house has the list. */
  async #backAtHouse(
    request: IncomingMessage,
    response: ServerResponse,
    { house, event, asked }: { readonly house: HouseBehind; readonly event: ServedEvent; readonly asked: LiveRequest },
  ): Promise<void> {
    const { events, audience, door } = this.#options;
    const { path, query } = asked;
    const list = `/live/${event.slug}/${path}`;
    const begins = !OF_RENDITION.test(path);
    const pass = begins ? door.admit(event, request, response, query).pass : (query.get("ticket") ?? undefined);
    if (!begins) door.checkList(event, audience.callerOf(request, query), query);
    // In calm it is the same for all who ask.
    if (pass === undefined || !door.signsLists(event)) return await house.passOn.pass(request, response, { target: list });
    const target = `${list}?ticket=${encodeURIComponent(pass)}`;
    if (!begins) return await house.passOn.pass(request, response, { target });
    this.#sendSigned(request, response, { event, answer: await house.list(target, await events.known(event.slug)), pass });
  }

  /** What an event was from its start, out of the archive; undefined when the path is none of it, or nothing is on disk yet. */
  async #past(slug: string, path: string, gzip: boolean): Promise<Answer | undefined> {
    const { desk, events, rewind } = this.#options;
    const event = await events.known(slug);
    const state = desk.get(slug)?.store.live ?? (await events.lastState(event.id));
    if (state?.originUnixMs === undefined) return undefined;
    const { language, rest } = readLanguagePath(path) ?? { language: undefined, rest: path };
    return await rewind.answer({ eventId: event.id, language, path: rest, originUnixMs: state.originUnixMs, acceptsGzip: gzip });
  }
}
