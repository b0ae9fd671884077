import type { ChatLine } from "../wire/room.ts";

/** Lines kept for those who come later. About a screen of an evening's notes to each other; bounds what one stage holds. */
export const CHAT_LINES = 100;

/** What those backstage write to each other: in the memory of the stage alone, on no disk and in no record, gone with it. */
export class Chat {
  readonly #lines: ChatLine[] = [];

  /** The latest lines, oldest first. */
  get lines(): readonly ChatLine[] {
    return this.#lines;
  }

  /** Takes a line; the oldest makes room for it. */
  add(line: ChatLine): void {
    this.#lines.push(line);
    if (this.#lines.length > CHAT_LINES) this.#lines.shift();
  }
}
