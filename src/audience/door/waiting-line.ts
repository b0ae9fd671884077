import { createHash, createHmac } from "node:crypto";
import type { DoorDraw, LotteryRecord } from "../../wire/door.ts";
import { GivenTimes, GRACE_SECONDS, LONGEST_SECONDS } from "./given-times.ts";
import { RollCall } from "./roll-call.ts";
import type { TicketKind } from "./ticket.ts";

/** Seconds within which everybody who waits for the draw shows up once: they are told to come again after fifteen, and add up to one at random. */
const ROUND_SECONDS = 16;

/** A draw as it stands: `startMs` 0 while the doors are held. */
interface Lottery {
  readonly draw: DoorDraw;
  readonly seed: Uint8Array;
  readonly hash: string;
  startMs: number;
  windowMs: number;
}

/**
 * Gives out times, not places: one number per event says when the next newcomer may come. Nobody who waits costs any memory.
 * While the doors are held it gives out nothing; at opening those who came early draw their times, everybody later comes in the order of arrival.
 * Times in Unix milliseconds.
 */
export class WaitingLine {
  #nextMs = 0;
  readonly #given = new GivenTimes();
  /** Times to come again, of those who came at theirs and for whom there was no room. */
  readonly #again = new GivenTimes();
  #lottery: Lottery | undefined;
  /** Early tickets shown while the doors are held. */
  readonly #roll = new RollCall(ROUND_SECONDS);
  /** Those of the draw who have not shown up since the doors opened, and from when on they count as gone. */
  #undrawn = 0;
  #undrawnUntilMs = 0;
  #undrawnLapsed = 0;

  /** Times given out for moments still to come, and those who wait for the draw. Estimate: some have left. */
  waitingNow(nowMs: number): number {
    this.#advance(nowMs);
    return this.#given.waiting + this.#again.waiting + this.#undrawn + this.#roll.present(nowMs);
  }

  /** Times that nobody used. */
  lapsed(nowMs: number): number {
    this.#advance(nowMs);
    return this.#given.lapsed + this.#again.lapsed + this.#undrawnLapsed;
  }

  /** How many may come at once because their time has come, or came and there was no room. */
  overdue(nowMs: number): number {
    this.#advance(nowMs);
    return this.#given.overdue + this.#again.waiting + this.#again.overdue;
  }

  /** Whether whoever comes now would have to wait. */
  isWaiting(nowMs: number): boolean {
    return this.#held || this.#nextMs > nowMs;
  }

  /** Wait of somebody who comes now. Milliseconds. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#nextMs - nowMs);
  }

  get lottery(): LotteryRecord | undefined {
    if (this.#lottery === undefined) return undefined;
    const { draw, hash, startMs, windowMs } = this.#lottery;
    return this.#held ? { seedHash: hash } : { seedHash: hash, seed: draw.seed, startUnixMs: startMs, windowMs };
  }

  get #held(): boolean {
    return this.#lottery !== undefined && this.#lottery.startMs === 0;
  }

  /** Gives out the next time; undefined when that would be later than anybody waits. `leastMs`: not before that. @hot */
  give(nowMs: number, joinsPerSecond: number, leastMs = 0): number | undefined {
    const next = Math.max(nowMs, this.#nextMs);
    if (next - nowMs > LONGEST_SECONDS * 1_000) return undefined;
    this.#nextMs = next + 1_000 / joinsPerSecond;
    const at = Math.max(next, leastMs);
    this.#given.give(at, nowMs);
    return at;
  }

  /** A ticket of this kind and time is used. */
  used(kind: TicketKind, slotMs: number, nowMs: number): void {
    this.#take(kind, slotMs, nowMs);
  }

  /** A ticket of this kind and time is exchanged for one that says when to come again. */
  putOff(kind: TicketKind, slotMs: number, againMs: number, nowMs: number): void {
    if (this.#take(kind, slotMs, nowMs)) this.#again.give(againMs, nowMs);
  }

  /** Somebody who waits for the draw shows up; once per round. */
  showUp(nowMs: number): void {
    this.#roll.count(nowMs);
  }

  /** Follows the event's newest draw: from its making on nobody gets a time; from the opening on whoever came before has the one that was drawn. */
  follow(draw: DoorDraw | undefined, nowMs: number): void {
    if (draw === undefined) return;
    if (this.#lottery?.draw.seed !== draw.seed) {
      const seed = Buffer.from(draw.seed, "hex");
      this.#lottery = { draw, seed, hash: createHash("sha256").update(seed).digest("hex"), startMs: 0, windowMs: 0 };
    }
    const { startUnixMs, windowMs = 0 } = draw;
    if (startUnixMs === undefined || !this.#held) return;
    this.#lottery.startMs = startUnixMs;
    this.#lottery.windowMs = windowMs;
    this.#advance(nowMs);
    this.#undrawn = this.#roll.present(nowMs);
    this.#undrawnUntilMs = nowMs + GRACE_SECONDS * 1_000;
    this.#roll.clear();
    this.#nextMs = Math.max(this.#nextMs, startUnixMs + windowMs);
  }

  /** The time that was drawn for an early ticket, the same whenever it is asked; undefined where there was no draw. */
  drawn(nonce: Uint8Array): number | undefined {
    if (this.#lottery === undefined || this.#held) return undefined;
    const { seed, startMs, windowMs } = this.#lottery;
    const share = createHmac("sha256", seed).update(nonce).digest().readUInt32BE(0) / 2 ** 32;
    return startMs + Math.floor(share * windowMs);
  }

  /** An early ticket is exchanged for the time that was drawn for it. */
  tellDrawn(drawnMs: number, nowMs: number): void {
    if (this.#take("early", drawnMs, nowMs)) this.#given.give(drawnMs, nowMs);
  }

  /** Whether the ticket counted here until now. */
  #take(kind: TicketKind, slotMs: number, nowMs: number): boolean {
    if (kind === "slot") return this.#given.take(slotMs, nowMs);
    if (kind === "again") return this.#again.take(slotMs, nowMs);
    this.#advance(nowMs);
    if (this.#undrawn > 0) this.#undrawn--;
    else if (this.#undrawnLapsed > 0) this.#undrawnLapsed--;
    else return false;
    return true;
  }

  #advance(nowMs: number): void {
    this.#given.advance(nowMs);
    this.#again.advance(nowMs);
    if (this.#undrawn === 0 || nowMs < this.#undrawnUntilMs) return;
    this.#undrawnLapsed += this.#undrawn;
    this.#undrawn = 0;
  }
}
