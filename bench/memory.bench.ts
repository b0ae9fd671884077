import { LOAD_CORE, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { cpuSeconds, pin, residentBytes } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import type { Bench } from "./harness.ts";
import { ICECAST_PATH, startIcecast } from "./peers/icecast.ts";
import { startNginxTls } from "./peers/nginx.ts";

/** Audiences between which the slope is taken. Listeners. */
const SMALL = 2_000;
const LARGE = 15_000;
const ARRIVALS = 600;
/** The same over TLS, where each of nginx' listeners takes two of its connections and the load's handshakes cost it a millisecond each. */
const TLS_SMALL = 1_000;
const TLS_LARGE = 6_000;
const TLS_ARRIVALS = 250;
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
    tls_bytes_per_listener: { unit: "bytes per listener over TLS, nginx as terminator and front together" },
    tls_terminator_bytes: { unit: "bytes of these in nginx" },
    tls_us_per_listener_second: { unit: "us of CPU per listener and second over TLS, nginx and front together" },
    plain_us_per_listener_second: { unit: "us of CPU per listener and second without TLS, same audience" },
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

/** The same streams over TLS, taken off by nginx in front of the front; and what both cost, beside the front alone with as many listeners. */
async function measureTls(feed: ProgrammeFeed, progress: (text: string) => void): Promise<Readonly<Record<string, number>>> {
  const swarm = await Swarm.start(LOAD_CORE);
  const front = await startFront(feed.url);
  const nginx = await startNginxTls(front.port);
  for (const { pid } of [front, nginx]) pin(pid, SERVER_CORE);
  const cost = async () => {
    const before = cpuSeconds(front.pid) + cpuSeconds(nginx.pid);
    const at = performance.now();
    await sleep(SETTLE_SECONDS);
    const { open } = await swarm.report();
    return ((cpuSeconds(front.pid) + cpuSeconds(nginx.pid) - before) * 1e9) / (performance.now() - at) / open;
  };
  try {
    const points: { listeners: number; nginx: number; front: number; us: number }[] = [];
    for (const count of [TLS_SMALL, TLS_LARGE]) {
      const before = (await swarm.report()).open;
      await swarm.open({ port: nginx.port, count: count - before, perSecond: TLS_ARRIVALS, path: "/live/bench.mp3", secure: true });
      await sleep(SETTLE_SECONDS);
      const us = await cost();
      points.push({ listeners: (await swarm.report()).open, nginx: residentBytes(nginx.pid), front: residentBytes(front.pid), us });
      progress(`TLS: ${points.at(-1)?.listeners} listeners, ${us.toFixed(1)} us`);
    }
    await swarm.clear();
    await sleep(2);
    await swarm.open({ port: front.port, count: TLS_LARGE, perSecond: ARRIVALS, path: "/live/bench.mp3" });
    await sleep(SETTLE_SECONDS);
    const plain = await cost();
    const [small, large] = points as [(typeof points)[0], (typeof points)[0]];
    const more = large.listeners - small.listeners;
    return {
      tls_bytes_per_listener: (large.nginx + large.front - small.nginx - small.front) / more,
      tls_terminator_bytes: (large.nginx - small.nginx) / more,
      tls_us_per_listener_second: large.us,
      plain_us_per_listener_second: plain,
    };
  } finally {
    swarm.stop();
    await nginx.stop();
    await front.stop();
  }
}

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
