import { html, nothing } from "lit";
import type { RoomMessage, RoomSeat } from "../../src/wire/room.ts";
import { say } from "../words/studio.ts";

type Howl = Extract<RoomMessage, { type: "howl" }>;

/** What the howl guard holds against whom, in words to the person and to those who direct. */
export class HowlCards {
  readonly #howls = new Map<string, Howl>();

  /** Seats that are turned down now. */
  get seats(): ReadonlySet<string> {
    return new Set(this.#howls.keys());
  }

  hear(howl: Howl): void {
    if (howl.act === "release") this.#howls.delete(howl.seat);
    else if (howl.act !== "notch") this.#howls.set(howl.seat, howl);
  }

  /** Explains why a microphone is turned down, and what helps. */
  render({ own, directs, seats, onForgive }: HowlView) {
    return [...this.#howls.values()].map((howl) => {
      const mine = howl.seat === own;
      if (!mine && !directs) return nothing;
      const name = seats.find(({ id }) => id === howl.seat)?.name;
      if (name === undefined) return nothing;
      const what = howl.kind === "delayed-copy" ? "howlCopy" : howl.act === "mute" ? "howlMuted" : "howlLoop";
      const forgive = () => {
        this.#howls.delete(howl.seat);
        onForgive(howl.seat);
      };
      return html`<div class="card howl" role="status"><p><strong>${mine ? say("howlYou") : name}</strong>: ${say(what)} ${mine ? say("howlHelp") : nothing}</p>
        ${directs ? html`<div class="row"><button @click=${forgive}>${say("howlForgive")}</button></div>` : nothing}</div>`;
    });
  }
}

/** Who looks, and what happens when they turn somebody up again. */
interface HowlView {
  /** The looker's own seat. */
  readonly own: string;
  readonly directs: boolean;
  readonly seats: readonly RoomSeat[];
  readonly onForgive: (seat: string) => void;
}
