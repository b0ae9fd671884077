import { LOAD_CORE, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { cpuSeconds, pin } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import { type Bench, percentile } from "./harness.ts";
import { startNginxCache } from "./peers/nginx.ts";
import { startVarnish } from "./peers/varnish.ts";

const WAITERS = 1_000;
/** Parts waited for, per contestant; one after the other in turn. */
const PARTS = 16;
/** Rounds before those that count: the first finds no connection and no code warm. */
const WARM_UP = 2;
/**
 * How long after a part the next is asked for, and the time the questions are spread over: players ask when their line and their last answer let them.
 * All are there before the answer. Milliseconds; a part is 500. A cache that looks again at fixed intervals would otherwise look good or bad by the bench's choice of a moment.
 */
const ASK_AFTER_MS = 30;
const ASK_SPREAD_MS = 420;
/** Longest an answer is waited for. Milliseconds; nginx looks again every half a second. */
const PATIENCE_MS = 3_000;

/** How late a part is at those who wait for it, from the moment the stage has it: our front against caches in front of the same front. */
export const bench: Bench = {
  name: "wakeup",
  rounds: 1,
  figures: {
    p50_ms: { unit: "ms after the part was there" },
    p99_ms: { unit: "ms after the part was there", target: { limit: 25, direction: "at most" } },
    varnish_p50_ms: { unit: "ms" },
    varnish_p99_ms: { unit: "ms" },
    nginx_p50_ms: { unit: "ms" },
    nginx_p99_ms: { unit: "ms" },
    times_better_than_varnish: { unit: "times, p99", target: { limit: 15, direction: "at least" } },
    times_better_than_nginx: { unit: "times, p99", target: { limit: 30, direction: "at least" } },
    waiters: { unit: "connections that waited" },
    unanswered: { unit: "answers that did not come, or were no part", target: { limit: 0, direction: "at most" } },
    server_ms: { unit: "ms of CPU our front needs for one round of answers" },
    load_ms: { unit: "ms of CPU the load itself needs to take one round of answers" },
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    const front = await startFront(feed.url);
    const varnish = await startVarnish(front.port);
    const nginx = await startNginxCache(front.port);
    const contestants = { earshot: front, varnish, nginx };
    for (const { pid } of Object.values(contestants)) pin(pid, SERVER_CORE);
    type Name = keyof typeof contestants;
    const names = Object.keys(contestants) as Name[];
    const late: Record<Name, number[]> = { earshot: [], varnish: [], nginx: [] };
    const swarms = {} as Record<Name, Swarm>;
    let waiters = WAITERS;
    let unanswered = 0;
    const load: number[] = [];
    const own: number[] = [];
    try {
      for (const name of names) {
        swarms[name] = await Swarm.start(LOAD_CORE);
        waiters = Math.min(waiters, await swarms[name].open({ port: contestants[name].port, count: WAITERS, perSecond: 1_000 }));
      }
      for (let round = -WARM_UP; round < PARTS; round++) {
        for (const name of names) {
          const swarm = swarms[name];
          const number = feed.next("opus");
          await feed.published("opus", number);
          await sleep(ASK_AFTER_MS);
          await swarm.order({ type: "ask", path: `/live/bench/opus/part-${number + 1}.m4s`, spreadMs: ASK_SPREAD_MS });
          await sleep(ASK_SPREAD_MS + 15);
          await swarm.order({ type: "zero" });
          const cpu = cpuSeconds(contestants[name].pid);
          const at = await feed.published("opus", number + 1);
          const patience = performance.now() + PATIENCE_MS;
          let tally = await swarm.report();
          while (tally.answers < waiters && performance.now() < patience) {
            await sleep(100);
            tally = await swarm.report();
          }
          if (round < 0) continue;
          unanswered += waiters - tally.answers + tally.otherStatus;
          late[name].push(...tally.answeredAt.map((answered) => answered - at));
          if (name !== "earshot") continue;
          load.push(tally.cpuSeconds * 1000);
          own.push((cpuSeconds(contestants[name].pid) - cpu) * 1000);
        }
        if (round >= 0) progress(`part ${round + 1} of ${PARTS}: p99 so far ${names.map((name) => `${name} ${p99(late[name]).toFixed(1)} ms`).join(", ")}`);
      }
      const p50 = (name: Name) => percentile(sorted(late[name]), 0.5);
      return {
        p50_ms: p50("earshot"),
        p99_ms: p99(late.earshot),
        varnish_p50_ms: p50("varnish"),
        varnish_p99_ms: p99(late.varnish),
        nginx_p50_ms: p50("nginx"),
        nginx_p99_ms: p99(late.nginx),
        times_better_than_varnish: p99(late.varnish) / p99(late.earshot),
        times_better_than_nginx: p99(late.nginx) / p99(late.earshot),
        waiters,
        unanswered,
        load_ms: percentile(sorted(load), 0.5),
        server_ms: own.reduce((sum, ms) => sum + ms, 0) / own.length,
      };
    } finally {
      for (const swarm of Object.values(swarms)) swarm.stop();
      await Promise.all([varnish.stop(), nginx.stop()]);
      await front.stop();
      feed.stop();
    }
  },
};

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function p99(values: readonly number[]): number {
  return percentile(sorted(values), 0.99);
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
