import { html, nothing } from "lit";
import type { RoomSeat } from "../../src/wire/room.ts";
import { say } from "../words/studio.ts";

/** Who looks, and what happens when they turn somebody up again. */
interface HowlView {
  /** The looker's own seat. */
  readonly own: string;
  /** Whether they may take back what was done. */
  readonly mayForgive: boolean;
  readonly seats: readonly RoomSeat[];
  readonly onForgive: (seat: string) => void;
}

/** Explains why a microphone is turned down, and what helps: to whoever speaks into it, and to those who may turn it up again. */
export function renderHowls({ own, mayForgive, seats, onForgive }: HowlView) {
  return seats.map(({ id, name, howl }) => {
    const mine = id === own;
    if (howl === undefined || (!mine && !mayForgive)) return nothing;
    const what = howl.kind === "delayed-copy" ? "howlCopy" : howl.act === "mute" ? "howlMuted" : "howlLoop";
    return html`<div class="card howl" role="status"><p><strong><bdi>${mine ? say("howlYou") : name}</bdi></strong>: ${say(what)} ${mine ? say("howlHelp") : nothing}</p>
      ${mayForgive ? html`<div class="row"><button @click=${() => onForgive(id)}>${say("howlForgive")}</button></div>` : nothing}</div>`;
  });
}
