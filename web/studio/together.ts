import { html, nothing } from "lit";
import type { ChatLine, RoomMessage, RoomRequest } from "../../src/wire/room.ts";
import type { SentCaption } from "./caption-desk.ts";
import "./announce-line.ts";
import "./backstage-chat.ts";
import "./caption-desk.ts";
import "./private-notes.ts";

/** Lines of captions kept on the page. */
const CAPTIONS_KEPT = 50;

/** What those backstage said, wrote and showed so far, as the room tells it. */
export class Together {
  #chat: readonly ChatLine[] = [];
  #captions: readonly SentCaption[] = [];

  /** Takes what the room says; of everything else it takes nothing. */
  hear(message: RoomMessage): void {
    if (message.type === "caption") this.#captions = [...this.#captions, message].slice(-CAPTIONS_KEPT);
    if (message.type !== "chat") return;
    // A page that comes back is told again what it has.
    const first = message.lines[0];
    const known = message.lines.length === 1 || first === undefined ? this.#chat : this.#chat.filter(({ atUnixMs }) => atUnixMs < first.atUnixMs);
    this.#chat = [...known, ...message.lines];
  }

  /** Chat, notes, captions and the line to all listeners, each for those who may. */
  render({ slug, may, live, announcement, seconds, send }: TogetherView) {
    return html`
      ${may.includes("announce") ? html`<earshot-announce .text=${announcement} @announce=${({ detail: text }: CustomEvent<string>) => send({ type: "announce", text })}></earshot-announce>` : nothing}
      ${may.includes("caption") ? html`<earshot-captions .live=${live} .sent=${this.#captions} .seconds=${seconds} @caption=${({ detail }: CustomEvent<{ text: string; at: number }>) => send({ type: "caption", ...detail })}></earshot-captions>` : nothing}
      <div class="two">${may.includes("chat-backstage") ? html`<earshot-chat .lines=${this.#chat} @say=${({ detail: text }: CustomEvent<string>) => send({ type: "chat", text })}></earshot-chat>` : nothing}
      ${may.includes("keep-notes") ? html`<earshot-notes .slug=${slug}></earshot-notes>` : nothing}</div>`;
  }
}

/** What the page lends to it. */
interface TogetherView {
  readonly slug: string;
  /** What this person may do with the event. */
  readonly may: readonly string[];
  readonly live: boolean;
  /** What all listeners read now; empty: nothing. */
  readonly announcement: string;
  /** Where the event is now. Seconds since going live. */
  readonly seconds: () => number;
  readonly send: (request: RoomRequest) => void;
}
