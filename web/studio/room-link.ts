import { paths } from "../../src/wire/paths.ts";
import type { RoomMessage, RoomRequest } from "../../src/wire/room.ts";
import type { Grant } from "./grant.ts";

/** Longest wait between attempts while the link was lost a moment ago. Milliseconds; a stage that was killed is back within a second or two. Asking more often takes its processor from the very stage that starts. */
const EAGER_WAIT_MS = 250;
/** How long a page is that eager. Milliseconds. */
const EAGER_FOR_MS = 4_000;
/** Longest wait after that, doubling up to the last. Milliseconds; a server that is away for minutes is not knocked over by its pages when it comes back. */
const MIN_WAIT_MS = 400;
const MAX_WAIT_MS = 5_000;
/** Without any message for this long the connection is given up. Milliseconds; levels come ten times a second. */
const SILENCE_LIMIT_MS = 3_000;
/** Longest wait for a connection to open. Milliseconds; a browser alone would wait for minutes. */
const OPEN_LIMIT_MS = 5_000;
const WATCH_MS = 500;

/** What a link needs; chance and the connection are handed in so that a test can hold them. */
export interface RoomLinkOptions {
  readonly slug: string;
  readonly grant: Pick<Grant, "fresh">;
  /** Address of the page, for the host it came from. */
  readonly pageUrl: string;
  readonly onMessage: (message: RoomMessage) => void;
  /** `lostForMs`: how long the room has been away, 0 while it is there. Milliseconds. */
  readonly onLink: (up: boolean, lostForMs: number) => void;
  /** Steady clock. Milliseconds. */
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

/** The room's WebSocket: says hello with the seat token, connects again by itself. */
export class RoomLink {
  readonly #options: RoomLinkOptions;
  readonly #now: () => number;
  #socket: WebSocket | undefined;
  #lostAt: number | undefined;
  #heardAt = 0;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #onOnline = () => this.#openNow();

  constructor(options: RoomLinkOptions) {
    this.#options = options;
    this.#now = options.nowMs ?? (() => performance.now());
    this.#watch = setInterval(() => this.#supervise(), WATCH_MS);
    globalThis.addEventListener?.("online", this.#onOnline);
    this.#open();
  }

  send(request: RoomRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    globalThis.removeEventListener?.("online", this.#onOnline);
    this.#socket?.close();
  }

  /** A dead network closes nothing by itself: the page does, and does not wait for the other side to agree. */
  #supervise(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#retry !== undefined) return;
    const limit = socket.readyState === WebSocket.OPEN ? SILENCE_LIMIT_MS : OPEN_LIMIT_MS;
    if (this.#now() - this.#heardAt <= limit) return;
    socket.close();
    this.#lost(socket);
  }

  #open(): void {
    const { slug, grant, pageUrl, onMessage, onLink } = this.#options;
    const socket = new WebSocket(new URL(paths.room(slug), pageUrl.replace(/^http/, "ws")));
    this.#socket = socket;
    this.#heardAt = this.#now();
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      this.#heardAt = this.#now();
      void grant.fresh().then(({ token }) => {
        if (socket === this.#socket) this.send({ type: "hello", token });
      });
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.#socket) return;
      this.#heardAt = this.#now();
      const message = JSON.parse(String(data)) as RoomMessage;
      if (message.type === "welcome") {
        this.#lostAt = undefined;
        onLink(true, 0);
      }
      onMessage(message);
    });
    socket.addEventListener("close", () => this.#lost(socket));
  }

  #lost(socket: WebSocket): void {
    if (this.#closed || socket !== this.#socket) return;
    this.#socket = undefined;
    const now = this.#now();
    this.#lostAt ??= now;
    const lostFor = now - this.#lostAt;
    this.#retry = setTimeout(() => this.#openNow(), (this.#options.random ?? Math.random)() * longestWait(lostFor));
    this.#options.onLink(false, lostFor);
  }

  #openNow(): void {
    if (this.#closed || this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#open();
  }
}

/** Longest wait before the next attempt of a link that has been lost for so long. Milliseconds. */
function longestWait(lostForMs: number): number {
  if (lostForMs < EAGER_FOR_MS) return EAGER_WAIT_MS;
  return Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** Math.floor((lostForMs - EAGER_FOR_MS) / EAGER_FOR_MS));
}
