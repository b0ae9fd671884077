import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";

/** Rows of the table. Addresses share a row by hash: memory is fixed whatever comes, and a shared row only makes somebody wait. */
const ROWS = 4_096;
/** How attempts are bounded. */
export interface LimitRules {
  /** Attempts of one address at once. */
  readonly burst: number;
  readonly refillPerSecond: number;
  /** Whether an attempt that succeeds costs nothing. */
  readonly successIsFree: boolean;
}
/** Asking to speak: every attempt counts, because each writes. A school class behind one address still gets through within minutes. */
export const HAND_RULES: LimitRules = { burst: 12, refillPerSecond: 0.1, successIsFree: false };

/** Failed attempts a row forgives at once: a family or an office behind one address with old links. */
const BURST = 20;
/** Failed attempts forgiven per second from then on. A secret of 144 bits is out of reach anyway; this bounds the work. */
const REFILL_PER_SECOND = 0.2;
/** Attempts under way at the same time, from everybody together. */
const CONCURRENT = 16;
/** Groups of an IPv6 address that name a household: a /64. */
const IPV6_GROUPS = 4;
const ENTER_RULES: LimitRules = { burst: BURST, refillPerSecond: REFILL_PER_SECOND, successIsFree: true };

/** Bounds attempts to enter with a secret: failed ones per address, and all together at the same time. */
export class EnterLimit {
  readonly #clock: Clock;
  readonly #rules: LimitRules;
  // A key of its own, so that nobody can choose an address that shares a row with another.
  readonly #key = randomBytes(16);
  readonly #tokens = new Float64Array(ROWS);
  readonly #filledMs = new Float64Array(ROWS);
  #underWay = 0;
  /** Attempts turned away since the start. */
  refused = 0;

  constructor(clock: Clock, rules: LimitRules = ENTER_RULES) {
    this.#clock = clock;
    this.#rules = rules;
    this.#tokens.fill(rules.burst);
  }

  /** Runs an attempt; one that throws counts against its address. @throws `rate-limited` with the seconds to wait */
  async attempt<Result>(address: string, enter: () => Promise<Result>): Promise<Result> {
    const row = this.#fill(address);
    if (this.#underWay >= CONCURRENT) this.#refuse(row);
    this.#underWay++;
    try {
      // Taken before, given back after success: a hundred attempts at once cannot all be the first.
      this.#take(row);
      const result = await enter();
      if (this.#rules.successIsFree) this.#tokens[row] = Math.min(this.#rules.burst, (this.#tokens[row] ?? 0) + 1);
      return result;
    } finally {
      this.#underWay--;
    }
  }

  /** Counts something that has happened against a key. @throws `rate-limited` when there was too much of it; who is right is never asked */
  spend(key: string): void {
    this.#take(this.#fill(key));
  }

  #take(row: number): void {
    if ((this.#tokens[row] ?? 0) < 1) this.#refuse(row);
    this.#tokens[row] = (this.#tokens[row] ?? 0) - 1;
  }

  #refuse(row: number): never {
    this.refused++;
    const tokens = this.#tokens[row] ?? 0;
    throw new EarshotError("rate-limited", { retry_after_seconds: tokens < 1 ? Math.ceil((1 - tokens) / this.#rules.refillPerSecond) : 1 });
  }

  /** The row of a key, with what it was forgiven since the last time. */
  #fill(key: string): number {
    const row = this.#row(key);
    const nowMs = this.#clock.steadyMs();
    const { burst, refillPerSecond } = this.#rules;
    this.#tokens[row] = Math.min(burst, (this.#tokens[row] ?? 0) + ((nowMs - (this.#filledMs[row] ?? 0)) / 1000) * refillPerSecond);
    this.#filledMs[row] = nowMs;
    return row;
  }

  #row(address: string): number {
    const network = address.startsWith("::ffff:") || !address.includes(":") ? address : address.split(":").slice(0, IPV6_GROUPS).join(":");
    return createHmac("sha256", this.#key).update(network).digest().readUInt32BE(0) % ROWS;
  }
}
