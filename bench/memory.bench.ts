import { LOAD_CORE, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { pin, residentBytes } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import type { Bench } from "./harness.ts";
import { ICECAST_PATH, startIcecast } from "./peers/icecast.ts";
import { measureTls, TLS_FIGURES } from "./load/tls-contest.ts";

/** Audiences between which the slope is taken. Listeners. */
const SMALL = 2_000;
const LARGE = 15_000;
const ARRIVALS = 600;
/** Pace at which those come who ask once and keep their connection: all are here before the first is let go as idle. */
const ASKING_ARRIVALS = 2_000;
/** Time for which nothing changes before memory is read. Seconds; several rounds of sends. */
const SETTLE_SECONDS = 6;

/** Memory of the serving process per listener, as the slope between a small and a large audience: what the process itself needs falls out. The kernel's share comes on top, for everyone alike. */
export const bench: Bench = {
  name: "memory",
  rounds: 1,
  figures: {
    bytes_per_listener: { unit: "bytes per listener of an endless stream", target: { limit: 6_144, direction: "at most" } },
    keepalive_bytes: { unit: "bytes per connection of an HLS listener between two questions" },
    ...TLS_FIGURES,
    icecast_bytes_per_listener: { unit: "bytes per listener" },
    front_small_mb: { unit: "MB in all, small audience" },
    front_large_mb: { unit: "MB in all, large audience" },
    listeners_small: { unit: "listeners connected" },
    listeners_large: { unit: "listeners connected" },
    icecast_listeners_large: { unit: "listeners connected" },
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    const swarm = await Swarm.start(LOAD_CORE);
    const grow = async (name: string, { pid, port }: { pid: number; port: number }, path: string, perSecond: number = ARRIVALS) => {
      pin(pid, SERVER_CORE);
      const points: { listeners: number; bytes: number }[] = [];
      for (const count of [SMALL, LARGE]) {
        const before = (await swarm.report()).open;
        await swarm.open({ port, count: count - before, perSecond, path });
        await sleep(SETTLE_SECONDS);
        const { open } = await swarm.report();
        points.push({ listeners: open, bytes: residentBytes(pid) });
        progress(`${name}: ${open} listeners, ${((points.at(-1)?.bytes ?? 0) / 1e6).toFixed(1)} MB`);
      }
      await swarm.clear();
      const [small, large] = points as [(typeof points)[0], (typeof points)[0]];
      return { small, large, slope: (large.bytes - small.bytes) / (large.listeners - small.listeners) };
    };
    const measure = async (name: string, path: string, perSecond: number) => {
      const front = await startFront(feed.url);
      try {
        return await grow(name, front, path, perSecond);
      } finally {
        await front.stop();
      }
    };
    try {
      const tls = await measureTls(feed, progress);
      const stream = await measure("earshot, streams", "/live/bench.mp3", ARRIVALS);
      const waiting = await measure("earshot, connections kept alive", `/live/bench/opus/part-${feed.next("opus") - 2}.m4s`, ASKING_ARRIVALS);
      const icecast = await startIcecast("icecast", feed, { everyMs: 250 });
      const theirs = await grow("icecast", icecast, ICECAST_PATH).finally(() => icecast.stop());
      return {
        bytes_per_listener: stream.slope,
        ...tls,
        keepalive_bytes: waiting.slope,
        icecast_bytes_per_listener: theirs.slope,
        front_small_mb: stream.small.bytes / 1e6,
        front_large_mb: stream.large.bytes / 1e6,
        listeners_small: stream.small.listeners,
        listeners_large: stream.large.listeners,
        icecast_listeners_large: theirs.large.listeners,
      };
    } finally {
      swarm.stop();
      feed.stop();
    }
  },
};

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
