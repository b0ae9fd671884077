import type { Clock } from "../../../core/clock.ts";
import type { PersonKeys } from "../../../event/mod.ts";
import { EnterLimit, type LimitRules } from "./enter-limit.ts";

/** Posts of one device or account: a few at once, then one every ten seconds. Every attempt counts, because each is looked at. */
const POST_RULES: LimitRules = { burst: 8, refillPerSecond: 0.1, successIsFree: false };
/** Posts out of one network (IPv4 address, IPv6 /64): a school class behind one address writes a post each, then one a second together. */
const POST_NETWORK_RULES: LimitRules = { burst: 60, refillPerSecond: 1, successIsFree: false };
/** Votes and reactions of one device or account: as fast as one taps. */
const TOUCH_RULES: LimitRules = { burst: 30, refillPerSecond: 1, successIsFree: false };
/** Votes and reactions out of one network. */
const TOUCH_NETWORK_RULES: LimitRules = { burst: 300, refillPerSecond: 20, successIsFree: false };

/** Bounds what anybody can write: per network, per device, per account, and everybody together by what is under way at once. */
export class WallBudget {
  readonly #posts: readonly [network: EnterLimit, person: EnterLimit];
  readonly #touches: readonly [network: EnterLimit, person: EnterLimit];

  constructor(clock: Clock) {
    this.#posts = [new EnterLimit(clock, POST_NETWORK_RULES), new EnterLimit(clock, POST_RULES)];
    this.#touches = [new EnterLimit(clock, TOUCH_NETWORK_RULES), new EnterLimit(clock, TOUCH_RULES)];
  }

  /** Requests turned away since the start. */
  get refused(): number {
    return [...this.#posts, ...this.#touches].reduce((sum, limit) => sum + limit.refused, 0);
  }

  /** Runs what writes a text. @throws `rate-limited` */
  post<Result>(address: string, keys: PersonKeys, work: () => Promise<Result>): Promise<Result> {
    return spend(this.#posts, address, keys, work);
  }

  /** Runs a vote, a reaction, or a look at one's own. @throws `rate-limited` */
  touch<Result>(address: string, keys: PersonKeys, work: () => Promise<Result>): Promise<Result> {
    return spend(this.#touches, address, keys, work);
  }
}

async function spend<Result>(
  [network, person]: readonly [EnterLimit, EnterLimit],
  address: string,
  { author, device }: PersonKeys,
  work: () => Promise<Result>,
): Promise<Result> {
  // Keys hold a colon, by which an address of IPv6 is cut.
  const row = (key: string) => key.replaceAll(":", " ");
  const byDevice = () => person.attempt(row(device), work);
  return await network.attempt(address, author === device ? byDevice : () => person.attempt(row(author), byDevice));
}
