import { paths } from "../../src/wire/paths.ts";
import type { RoomMessage, RoomRequest } from "../../src/wire/room.ts";

/** First wait before connecting again, and the longest. Milliseconds; at once first, because a stage is back within a second. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 800;
/** Without any message for this long the connection is given up. Milliseconds; levels come ten times a second. */
const SILENCE_LIMIT_MS = 4_000;

/** The room's WebSocket: says hello with the seat token, connects again by itself. */
export class RoomLink {
  readonly #slug: string;
  readonly #token: string;
  readonly #onMessage: (message: RoomMessage) => void;
  readonly #onLink: (up: boolean) => void;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #heardAt = 0;
  #closed = false;
  readonly #watch: number;

  constructor(options: {
    readonly slug: string;
    readonly token: string;
    readonly onMessage: (message: RoomMessage) => void;
    readonly onLink: (up: boolean) => void;
  }) {
    this.#slug = options.slug;
    this.#token = options.token;
    this.#onMessage = options.onMessage;
    this.#onLink = options.onLink;
    this.#watch = window.setInterval(() => {
      if (this.#socket?.readyState === WebSocket.OPEN && performance.now() - this.#heardAt > SILENCE_LIMIT_MS) this.#socket.close();
    }, 1_000);
    this.#open();
  }

  send(request: RoomRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#socket?.close();
  }

  #open(): void {
    const socket = new WebSocket(new URL(paths.room(this.#slug), location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#heardAt = performance.now();
      this.send({ type: "hello", token: this.#token });
    });
    socket.addEventListener("message", ({ data }) => {
      this.#heardAt = performance.now();
      const message = JSON.parse(String(data)) as RoomMessage;
      if (message.type === "welcome") {
        this.#attempt = 0;
        this.#onLink(true);
      }
      this.#onMessage(message);
    });
    socket.addEventListener("close", () => {
      if (this.#closed) return;
      this.#onLink(false);
      setTimeout(() => this.#open(), Math.random() * Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempt++));
    });
  }
}
