import { createHash, createHmac } from "node:crypto";
import type { LotteryRecord } from "../../wire/door.ts";

/** Furthest time that is given out. Seconds; an evening is over by then. */
const LONGEST_SECONDS = 7_200;
/** Shortest draw. Milliseconds; those who wait hear of the opening within this. */
const SHORTEST_DRAW_MS = 20_000;
/** Time within which everybody who waits for the draw shows up once. Milliseconds. */
const ROLL_CALL_MS = 30_000;
/** How late a time may be used before it counts as given up. Seconds. */
const GRACE_SECONDS = 120;

/**
 * Gives out times, not places: one number per event says when the next newcomer may come. Nobody who waits costs any memory.
 * While the doors are held it gives out nothing; at opening those who came early draw their times, everybody later comes in the order of arrival.
 * Times in Unix milliseconds.
 */
export class WaitingLine {
  #nextMs = 0;
  /** Times given out, by the second they fall in; a ring. */
  readonly #due = new Uint32Array(LONGEST_SECONDS * 2);
  #countedSecond = 0;
  #waiting = 0;
  #lapsed = 0;
  /** Times that have come, were not used, and are still good. */
  #overdue = 0;
  #lottery: { readonly seed: Uint8Array; readonly hash: string; startMs: number; windowMs: number } | undefined;
  /** Early tickets shown in this and the last roll call. */
  #roll = [0, 0];
  #rollStartMs = 0;

  /** Times given out for moments still to come, and early tickets at the last roll call. Estimate: some have left. */
  waitingNow(nowMs: number): number {
    this.#advance(nowMs);
    return this.#waiting + (this.#held ? Math.max(...this.#roll) : 0);
  }

  /** Times that nobody used. */
  lapsed(nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(0, this.#lapsed);
  }

  /** How many may come at once because their time has come. */
  overdue(nowMs: number): number {
    this.#advance(nowMs);
    return this.#overdue;
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
    const { seed, hash, startMs, windowMs } = this.#lottery;
    return this.#held ? { seedHash: hash } : { seedHash: hash, seed: Buffer.from(seed).toString("hex"), startUnixMs: startMs, windowMs };
  }

  get #held(): boolean {
    return this.#lottery !== undefined && this.#lottery.startMs === 0;
  }

  /** Gives out the next time; undefined when that would be later than anybody waits. @hot */
  give(nowMs: number, joinsPerSecond: number): number | undefined {
    const at = Math.max(nowMs, this.#nextMs);
    if (at - nowMs > LONGEST_SECONDS * 1_000) return undefined;
    this.#nextMs = at + 1_000 / joinsPerSecond;
    this.#note(at, nowMs);
    return at;
  }

  /** A time that was given out is used. */
  used(slotMs: number, nowMs: number): void {
    this.#advance(nowMs);
    const second = Math.floor(slotMs / 1_000);
    // Whoever comes late enough has been taken for lost already.
    if (second < this.#countedSecond - GRACE_SECONDS) this.#lapsed--;
    else if ((this.#due[second % this.#due.length] as number) > 0) {
      this.#due[second % this.#due.length] = (this.#due[second % this.#due.length] as number) - 1;
      if (second >= this.#countedSecond) this.#waiting--;
      else this.#overdue--;
    }
  }

  /** Holds the doors: from now on nobody gets a time. `seed`: 32 secret random bytes, told only by their hash until the opening. */
  hold(seed: Uint8Array): void {
    if (this.#held) return;
    this.#lottery = { seed, hash: createHash("sha256").update(seed).digest("hex"), startMs: 0, windowMs: 0 };
  }

  /** Opens held doors: the draw's window is as long as those who came early need. */
  open(nowMs: number, joinsPerSecond: number): void {
    const lottery = this.#lottery;
    if (lottery === undefined || !this.#held) return;
    lottery.windowMs = Math.max(SHORTEST_DRAW_MS, (Math.max(...this.#roll) * 1_000) / joinsPerSecond);
    lottery.startMs = nowMs;
    this.#nextMs = Math.max(this.#nextMs, nowMs + (Math.max(...this.#roll) > 0 ? lottery.windowMs : 0));
    this.#roll = [0, 0];
  }

  /** Somebody shows an early ticket: undefined while the doors are held, then the drawn time; the same whenever it is asked. */
  draw(nonce: Uint8Array, nowMs: number): number | undefined {
    const lottery = this.#lottery;
    if (lottery === undefined || this.#held) {
      if (nowMs - this.#rollStartMs > ROLL_CALL_MS) {
        this.#roll = [0, this.#roll[0] as number];
        this.#rollStartMs = nowMs;
      }
      this.#roll[0] = (this.#roll[0] as number) + 1;
      return undefined;
    }
    const share = createHmac("sha256", lottery.seed).update(nonce).digest().readUInt32BE(0) / 2 ** 32;
    return lottery.startMs + Math.floor(share * lottery.windowMs);
  }

  #note(slotMs: number, nowMs: number): void {
    this.#advance(nowMs);
    const at = Math.floor(slotMs / 1_000) % this.#due.length;
    this.#due[at] = (this.#due[at] as number) + 1;
    this.#waiting++;
  }

  /** Counts the seconds that have passed: their times are no longer to come, and two minutes later they are given up. */
  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (this.#countedSecond === 0 || second - this.#countedSecond > LONGEST_SECONDS) this.#countedSecond = second;
    for (; this.#countedSecond < second; this.#countedSecond++) {
      const come = this.#due[this.#countedSecond % this.#due.length] as number;
      this.#waiting -= come;
      this.#overdue += come;
      const old = (this.#countedSecond - GRACE_SECONDS + this.#due.length) % this.#due.length;
      this.#lapsed += this.#due[old] as number;
      this.#overdue -= this.#due[old] as number;
      this.#due[old] = 0;
    }
  }
}
