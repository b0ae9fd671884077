import { LEVELS, type Networks } from "./network.ts";

/** Places per row. 65,536: 20 hostile networks share a place with one honest one in 1,600, in both rows with one in ten million. */
const PLACES = 65_536;
/** Rows with positions of their own: an attempt is refused only where both say so. */
const ROWS = 2;
/** Listening sessions in a network that double its budget, by level. */
const DOUBLES_AT = [10, 40, 400] as const;
/** Share of a /16's budget that an IPv6 /48 gets: a /16 is a carrier, a /48 may be one household. */
const V6_WIDEST_SHARE = 0.1;
/** What a window's listening counts for in the next. */
const MEMORY = 0.5;

/** How much a network may do: so many at once, and so many per second from then on; by level, the narrowest first. */
export interface BudgetShape {
  readonly burst: readonly [number, number, number];
  readonly perSecond: readonly [number, number, number];
}

/**
 * Budgets per network in tables of fixed size that can neither overflow nor be filled up: a network has one place in each of two rows,
 * decided by a keyed hash, and shares it with whoever else falls there. Networks in which people listen get more: a carrier's address is many people.
 */
export class NetworkBudget {
  readonly #shape: BudgetShape;
  readonly #spent = new Float32Array(LEVELS * ROWS * PLACES);
  readonly #at = new Float64Array(LEVELS * ROWS * PLACES);
  readonly #listening: Float32Array;

  /** `sharing`: another budget whose listening counts here too; credited and faded there. */
  constructor(shape: BudgetShape, sharing?: NetworkBudget) {
    this.#shape = shape;
    this.#listening = sharing === undefined ? new Float32Array(LEVELS * ROWS * PLACES) : sharing.#listening;
  }

  /** Bytes of the tables. */
  get bytes(): number {
    return this.#spent.byteLength + this.#at.byteLength + this.#listening.byteLength;
  }

  /** Spends one if every level allows it. `scale`: budgets grow or shrink with what there is to share. @hot */
  spend(networks: Networks, nowMs: number, scale = 1): boolean {
    for (let level = 0; level < LEVELS; level++) {
      const hash = networks[level] as number;
      const share = level === LEVELS - 1 && networks[LEVELS] === 1 ? V6_WIDEST_SHARE : 1;
      // Both are looked at every time: a row that was not would think that nothing had been spent since it last was.
      const first = this.#allows(place(level, 0, hash), level, nowMs, scale, share);
      const second = this.#allows(place(level, 1, hash), level, nowMs, scale, share);
      if (!first && !second) return false;
    }
    for (let level = 0; level < LEVELS; level++) {
      for (let row = 0; row < ROWS; row++) {
        const at = place(level, row, networks[level] as number);
        this.#spent[at] = (this.#spent[at] as number) + 1;
      }
    }
    return true;
  }

  /** Credits a network with listening, in sessions. */
  listened(networks: Networks, sessions: number): void {
    for (let level = 0; level < LEVELS; level++)
      for (let row = 0; row < ROWS; row++) {
        const at = place(level, row, networks[level] as number);
        this.#listening[at] = (this.#listening[at] as number) + sessions;
      }
  }

  /** Lets what was listened fade; once per counting window. */
  fade(): void {
    for (let at = 0; at < this.#listening.length; at++) if (this.#listening[at] !== 0) this.#listening[at] = (this.#listening[at] as number) * MEMORY;
  }

  #allows(at: number, level: number, nowMs: number, scale: number, share: number): boolean {
    const grown = scale * (1 + (this.#listening[at] as number) / (DOUBLES_AT[level] as number));
    const left = (this.#spent[at] as number) - ((nowMs - (this.#at[at] as number)) / 1_000) * (this.#shape.perSecond[level] as number) * share * grown;
    this.#spent[at] = left > 0 ? left : 0;
    this.#at[at] = nowMs;
    return (this.#spent[at] as number) + 1 <= (this.#shape.burst[level] as number) * share * Math.max(1, grown);
  }
}

function place(level: number, row: number, hash: number): number {
  const index = row === 0 ? hash & (PLACES - 1) : hash >>> 16;
  return (level * ROWS + row) * PLACES + index;
}

/** Tickets per network and second for work, at the same rate as those without: half as many again, so that whoever rents processors does not fill the line either. */
const WORK_BUDGET = { burst: [100, 100, 1_000], perSecond: [2, 2, 50] } as const;

/** The budget of tickets for work that the doors of a front share. */
export function makeWorkBudget(sharing?: NetworkBudget): NetworkBudget {
  return new NetworkBudget(WORK_BUDGET, sharing);
}

/** Requests per network under pressure: an HLS listener makes five a second, a page a burst of ten; where more people listen there is more. */
const REQUEST_BUDGET = { burst: [60, 150, 3_000], perSecond: [10, 30, 600] } as const;
/** The same for those who are in or bring what the door gave out: with {@link DOUBLES_AT} six a second for each who listens there, and a sixth of a hall that comes with its tickets at once. */
const LISTENER_BUDGET = { burst: [120, 480, 4_800], perSecond: [60, 240, 2_400] } as const;

/** The budget of requests per network of those who are in; grows with what is credited to `sharing`. */
export function makeListenerBudget(sharing: NetworkBudget): NetworkBudget {
  return new NetworkBudget(LISTENER_BUDGET, sharing);
}

/** HTTP/2 streams taken back per network: four sessions that wind as fast as one may, from one address; where more people listen there is more. */
const RESET_BUDGET = { burst: [240, 960, 9_600], perSecond: [16, 64, 640] } as const;

/** The budget of streams taken back per network; grows with what is credited to `sharing`. */
export function makeResetBudget(sharing: NetworkBudget): NetworkBudget {
  return new NetworkBudget(RESET_BUDGET, sharing);
}

/** The budget of requests per network that a front keeps. */
export function makeRequestBudget(): NetworkBudget {
  return new NetworkBudget(REQUEST_BUDGET);
}
