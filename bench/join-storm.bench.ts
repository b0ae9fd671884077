import { type Contestant, LOAD_CORE, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { cpuSeconds, pin } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import { type Bench, percentile } from "./harness.ts";
import { ICECAST_PATH, startIcecast } from "./peers/icecast.ts";

const JOINS = 10_000;
/** Pace of the storm. Joins per second: all come within one second, which is about as fast as one core can open connections. */
const PER_SECOND = 10_000;
/** Joins before those that count: the first thousand find no code warm. A front has served the page to everybody before an event. */
const WARM_UP_JOINS = 1_000;
/** What counts as at once. Milliseconds from the start of connecting to the first byte of audio. */
const AT_ONCE_MS = 500;
/** Time after the storm in which late ones still count as served. Seconds. */
const AFTER_SECONDS = 8;
const ROUNDS = 3;

/** Ten thousand people at the door in one second: how many hear something at once. */
export const bench: Bench = {
  name: "join-storm",
  rounds: 1,
  figures: {
    p50_first_audio_ms: { unit: "ms from connecting to the first byte of audio" },
    p99_first_audio_ms: { unit: "ms from connecting to the first byte of audio" },
    refused: { unit: "joins that got no audio in all rounds", target: { limit: 0, direction: "at most" } },
    joins_within_500ms: { unit: "joins" },
    icecast_joins_within_500ms: { unit: "joins" },
    icecast_refused: { unit: "joins that got no audio within the time" },
    joins_within_500ms_vs_icecast: { unit: "times as many", target: { limit: 20, direction: "at least" } },
    us_per_join: { unit: "us of CPU per join, with the first seconds of audio" },
    load_share: { unit: "of a core, the load itself while they join" },
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    const front = await startFront(feed.url);
    const icecast = await startIcecast("icecast", feed, { everyMs: 250 });
    for (const { pid } of [front, icecast]) pin(pid, SERVER_CORE);
    const swarm = await Swarm.start(LOAD_CORE);
    const storm = async (contestant: Contestant, path: string) => {
      await swarm.open({ port: contestant.port, count: WARM_UP_JOINS, perSecond: WARM_UP_JOINS / 2, path });
      await swarm.clear();
      await sleep(1);
      const before = cpuSeconds(contestant.pid);
      const started = performance.now();
      await swarm.order({ type: "open", port: contestant.port, count: JOINS, perSecond: PER_SECOND, path, addresses: 8 });
      while ((await swarm.report()).firstByteMs.length < JOINS && performance.now() - started < (JOINS / PER_SECOND + AFTER_SECONDS) * 1000) await sleep(0.1);
      const seconds = (performance.now() - started) / 1000;
      const tally = await swarm.report();
      const cost = cpuSeconds(contestant.pid) - before;
      await swarm.clear();
      await sleep(1.5);
      const times = [...tally.firstByteMs].sort((a, b) => a - b);
      const result = { times, atOnce: times.filter((ms) => ms <= AT_ONCE_MS).length, refused: JOINS - times.length, cost, load: tally.cpuSeconds / seconds };
      progress(
        `${contestant.name}: ${result.atOnce} within ${AT_ONCE_MS} ms, ${result.refused} without audio, p99 ${percentile(times, 0.99).toFixed(0)} ms, load ${(result.load * 100).toFixed(0)} % over ${seconds.toFixed(1)} s`,
      );
      return result;
    };
    try {
      const ours: Awaited<ReturnType<typeof storm>>[] = [];
      for (let round = 0; round < ROUNDS; round++) ours.push(await storm({ name: "earshot", ...front }, "/live/bench.mp3"));
      const theirs = await storm(icecast, ICECAST_PATH);
      const times = ours.flatMap((each) => each.times).sort((a, b) => a - b);
      const atOnce = percentile(
        ours.map((each) => each.atOnce).sort((a, b) => a - b),
        0.5,
      );
      return {
        p50_first_audio_ms: percentile(times, 0.5),
        p99_first_audio_ms: percentile(times, 0.99),
        refused: ours.reduce((sum, each) => sum + each.refused, 0),
        joins_within_500ms: atOnce,
        icecast_joins_within_500ms: theirs.atOnce,
        icecast_refused: theirs.refused,
        joins_within_500ms_vs_icecast: atOnce / Math.max(1, theirs.atOnce),
        us_per_join: (ours.reduce((sum, each) => sum + each.cost, 0) * 1e6) / ours.length / JOINS,
        load_share: Math.max(...ours.map((each) => each.load)),
      };
    } finally {
      swarm.stop();
      await Promise.all([front.stop(), icecast.stop()]);
      feed.stop();
    }
  },
};

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
