import { cpuSeconds, softirqThreadSeconds, stolenSeconds } from "./process-cost.ts";
import type { Tally } from "./orders.ts";
import type { Swarm } from "./swarm.ts";

/** Core of every server under measurement, and of the load. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
/** Share of its core from which the load itself is the bottleneck, and share of stolen time from which a window says nothing. Source: protocol of the scale reference, 6.1. */
const LOAD_LIMIT = 0.8;
const STOLEN_LIMIT = 0.05;

/** A server under measurement. */
export interface Contestant {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
}

/** What one window of a contestant cost and delivered. */
export interface Window {
  readonly tally: Tally;
  readonly seconds: number;
  /** CPU time of the contestant in this window. Seconds. */
  readonly cpuSeconds: number;
  /** CPU time the kernel charged to nobody. Seconds. */
  readonly softirqSeconds: number;
  /** Why the window should not be used; undefined when it can be. */
  readonly spoilt: string | undefined;
}

/** Counts for `seconds` what a contestant costs while the swarm listens. */
export async function measureWindow(swarm: Swarm, contestant: Contestant, seconds: number): Promise<Window> {
  await swarm.order({ type: "zero" });
  const before = { cpu: cpuSeconds(contestant.pid), softirq: softirqThreadSeconds(), stolen: stolenSeconds(), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const tally = await swarm.report();
  const elapsed = (performance.now() - before.at) / 1000;
  const stolen = (stolenSeconds() - before.stolen) / elapsed / 2;
  const load = tally.cpuSeconds / elapsed;
  return {
    tally,
    seconds: elapsed,
    cpuSeconds: cpuSeconds(contestant.pid) - before.cpu,
    softirqSeconds: softirqThreadSeconds() - before.softirq,
    spoilt:
      load > LOAD_LIMIT
        ? `the load used ${Math.round(load * 100)} % of its core`
        : stolen > STOLEN_LIMIT
          ? `${Math.round(stolen * 100)} % of the machine's time was stolen`
          : undefined,
  };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
