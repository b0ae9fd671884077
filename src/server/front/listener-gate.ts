import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { mintListenerToken, mintWritingToken, readListenerToken } from "../../event/mod-live.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import type { EventDesk } from "./event-desk.ts";
import type { PublicEvents } from "./public-events.ts";

/** Time between two looks at which events are for invited listeners, and which links were taken away. Milliseconds. */
const LOOK_MS = 1_000;
/** How long a browser keeps an invitation. Seconds; the longest there is. @spec RFC 6265bis §5.5 */
const KEEP_SECONDS = 400 * 86_400;

/** Id of the link that edges come by; links of listeners are drawn from as many as there are. */
const EDGE_LINK = "edge--edge--";

/** What the gate works with. */
export interface ListenerGateOptions {
  /** Key of personal listener links. Absent: no link opens anything. */
  readonly key: Uint8Array | undefined;
  readonly events: PublicEvents;
  readonly desk: EventDesk;
  /** Address of the backstage port, without a slash at its end. */
  readonly backstageUrl: string;
  /** Whether listeners come over TLS: their cookie then never leaves it. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Lets only invited listeners to events that are for them: everything below their addresses asks here, without a database. */
export class ListenerGate {
  readonly #options: ListenerGateOptions;
  /** Events on air that anybody may hear, as of the last look. */
  #open: ReadonlySet<string> = new Set();
  /** Answers on their way to invited listeners, by event: those whose link is taken away or suspended are cut off. */
  readonly #held = new Map<string, Map<ServerResponse, string>>();
  readonly #end = new AbortController();

  constructor(options: ListenerGateOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Whether anybody may hear an event on air. False also while it is not known yet. @hot */
  isOpen(slug: string): boolean {
    return this.#open.has(slug);
  }

  /** Lets a request to an event pass; what is answered is then for this listener alone. Gives back where a browser that came by its link goes on. @throws `invitation-needed`, `suspended` */
  async pass(event: PublicEvent, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<string | undefined> {
    if (event.visibility !== "invited") return undefined;
    const { events } = this.#options;
    keepPrivate(response);
    const shown = query.get("invite") ?? undefined;
    let isSuspended = false;
    for (const token of [shown, this.#cookieOf(request, event.slug)]) {
      const link = this.#linkOf(event.id, token);
      if (link === undefined || token === undefined) continue;
      const stands = await events.listenerLink(event.id, link);
      isSuspended ||= stands === "suspended";
      if (stands !== "open") continue;
      if (token === shown) response.setHeader("set-cookie", this.#cookie(event.slug, token));
      this.#hold(event.id, response, link);
      return token === shown ? this.#onwards(event, query) : undefined;
    }
    throw new EarshotError(isSuspended ? "suspended" : "invitation-needed");
  }

  /** Where somebody whose link is suspended is told why and until when, and can appeal; undefined for everybody else. */
  async whereTold(event: PublicEvent, request: IncomingMessage, query: URLSearchParams): Promise<string | undefined> {
    if (event.visibility !== "invited") return undefined;
    const { backstageUrl, events, key } = this.#options;
    const links = [query.get("invite") ?? undefined, this.#cookieOf(request, event.slug)].flatMap((token) => this.#linkOf(event.id, token) ?? []);
    const stand = await Promise.all(links.map((link) => events.listenerLink(event.id, link)));
    const suspended = stand.includes("open") ? undefined : links[stand.indexOf("suspended")];
    return key === undefined || suspended === undefined
      ? undefined
      : `${backstageUrl}${paths.wallPage(event.slug)}#${mintWritingToken(key, event.id, suspended)}`;
  }

  /** By what somebody whom {@link pass} let in by their cookie is known where one writes and asks to speak; undefined at events for everybody. It opens no sound. */
  writingToken(event: PublicEvent, request: IncomingMessage): string | undefined {
    const { key } = this.#options;
    const link = event.visibility === "invited" ? this.#linkOf(event.id, this.#cookieOf(request, event.slug)) : undefined;
    return key === undefined || link === undefined ? undefined : mintWritingToken(key, event.id, link);
  }

  /** The cookie by which an edge is let in at its house to an event by invitation, whose listeners it has let in itself; undefined at events for everybody. */
  ownCookie(event: PublicEvent): string | undefined {
    const { key } = this.#options;
    return key === undefined || event.visibility !== "invited" ? undefined : `${this.#name(event.slug)}=${mintListenerToken(key, event.id, EDGE_LINK)}`;
  }

  /** Looks which events are for everybody, and cuts off those whose link was taken away or is suspended. */
  async look(): Promise<void> {
    const { desk, events } = this.#options;
    const slugs = desk.all.map(({ slug }) => slug);
    const found = await Promise.all(slugs.map((slug) => events.event(slug)));
    // Of what is not announced nobody knows whom it is for.
    this.#open = new Set(slugs.filter((_, index) => found[index] !== undefined && found[index].visibility !== "invited"));
    for (const [eventId, responses] of this.#held) {
      for (const [response, link] of responses) if ((await events.listenerLink(eventId, link)) !== "open") response.destroy();
    }
  }

  close(): void {
    this.#end.abort();
  }

  #linkOf(eventId: string, token: string | undefined): string | undefined {
    const { key } = this.#options;
    return key === undefined || token === undefined ? undefined : readListenerToken(key, eventId, token);
  }

  #hold(eventId: string, response: ServerResponse, link: string): void {
    const responses = this.#held.get(eventId) ?? new Map<ServerResponse, string>();
    this.#held.set(eventId, responses);
    responses.set(response, link);
    response.once("close", () => {
      responses.delete(response);
      if (responses.size === 0 && this.#held.get(eventId) === responses) this.#held.delete(eventId);
    });
  }

  /** The page's own address without the token, so that nobody shares it by accident. */
  #onwards({ slug }: PublicEvent, query: URLSearchParams): string {
    const rest = new URLSearchParams(query);
    rest.delete("invite");
    return `/e/${slug}${rest.size === 0 ? "" : `?${rest.toString()}`}`;
  }

  #cookie(slug: string, token: string): string {
    // Lax: the link in a mail is followed with it.
    return `${this.#name(slug)}=${token}; Path=/; Max-Age=${KEEP_SECONDS}; HttpOnly; SameSite=Lax${this.#options.secure ? "; Secure" : ""}`;
  }

  #cookieOf({ headers }: IncomingMessage, slug: string): string | undefined {
    const prefix = `${this.#name(slug)}=`;
    const pair = headers.cookie?.split(";").find((text) => text.trim().startsWith(prefix));
    return pair?.trim().slice(prefix.length);
  }

  /** @spec RFC 6265bis §4.1.3.2 */
  #name(slug: string): string {
    return `${this.#options.secure ? "__Host-" : ""}earshot_in_${slug}`;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOOK_MS, signal);
        await this.look();
      } catch (cause) {
        if (!signal.aborted) log.error("the gate could not look who is invited", { cause });
      }
    }
  }
}

/** Makes every answer on this response one that no cache shares: whoever forgets it elsewhere cannot. @spec RFC 9111 §5.2.2.7 */
function keepPrivate(response: ServerResponse): void {
  const write = response.writeHead.bind(response) as (status: number, fields?: Record<string, unknown>) => ServerResponse;
  response.writeHead = ((status: number, fields: Record<string, unknown> = {}) => {
    const told = String(fields["cache-control"] ?? response.getHeader("cache-control") ?? "no-store");
    return write(status, { ...fields, "cache-control": told.replace(/\bpublic\b/, "private"), vary: varyByCookie(String(fields.vary ?? "")) });
  }) as ServerResponse["writeHead"];
}

/** Names the cookie among what chooses an answer; once, also where the house behind an edge has done so. */
function varyByCookie(vary: string): string {
  const names = vary.split(/\s*,\s*/).filter((name) => name !== "" && name !== "cookie");
  return [...names, "cookie"].join(", ");
}
