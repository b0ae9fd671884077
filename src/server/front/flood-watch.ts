import type { PressureReadings } from "../../audience/mod.ts";

/** Share of the time the loop is busy from which a flood is worth holding off: there is room left, and nobody who is in is late yet. */
const FLOOD_BUSY = 0.25;
/** Mean wait for the loop from which many come at once. Milliseconds; one who asks for one thing after the other, however fast, keeps nobody waiting. */
const FLOOD_WAIT_MS = 0.5;
/** Requests over their networks' budgets per second that are a flood, and their share of all: a crowd comes from everywhere and is hardly over any. */
const FLOOD_LEAST = 200;
const FLOOD_SHARE = 0.3;
/** What still comes of it, per second and as a share of all, as long as it has not gone. */
const REST_LEAST = 20;
const REST_SHARE = 0.15;
/** Seconds without it after which it is over. */
const QUIET_SECONDS = 10;

/** Tells a flood from a crowd before anybody is late: much of what keeps the process busy comes from networks that are over their budgets. Counted by the gatekeeper, second by second. */
export class FloodWatch {
  /** Requests of the present second; those over budget; connections closed or kept unread. */
  asked = 0;
  over = 0;
  cutOff = 0;
  #quietSeconds = QUIET_SECONDS;

  get flooded(): boolean {
    return this.#quietSeconds < QUIET_SECONDS;
  }

  /** Once a second, with what it was like. */
  follow({ loopBusy, loopWaitMs }: Pick<PressureReadings, "loopBusy" | "loopWaitMs">): void {
    const unwanted = this.over + this.cutOff;
    const all = this.asked + this.cutOff;
    const begins = loopBusy >= FLOOD_BUSY && loopWaitMs >= FLOOD_WAIT_MS && unwanted >= FLOOD_LEAST && unwanted >= all * FLOOD_SHARE;
    const goesOn = this.flooded && unwanted >= REST_LEAST && unwanted >= all * REST_SHARE;
    this.#quietSeconds = begins || goesOn ? 0 : Math.min(QUIET_SECONDS, this.#quietSeconds + 1);
    this.asked = 0;
    this.over = 0;
    this.cutOff = 0;
  }
}
