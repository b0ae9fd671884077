import { LOAD_CORE, measureWindow, median, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { pin } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import type { Bench } from "./harness.ts";
import { startNginxFile } from "./peers/nginx.ts";
import { startVarnish } from "./peers/varnish.ts";

const CONNECTIONS = 2_000;
const REQUESTS_PER_SECOND = 6_000;
const PASSES = 4;
const WARM_UP_SECONDS = 1;
const WINDOW_SECONDS = 6;
/** Bit rate at which an Opus part is as near to 2,048 bytes as whole packets allow. Bits per second. */
const OPUS_BITRATE = 29_200;

/** What a small answer that is ready costs: a part of ours, the same part from varnish's memory, a file of the same length from nginx. */
export const bench: Bench = {
  name: "request",
  rounds: 1,
  figures: {
    us_per_request: { unit: "us of CPU" },
    nginx_us_per_request: { unit: "us of CPU" },
    varnish_us_per_request: { unit: "us of CPU" },
    ratio_vs_nginx: { unit: "of nginx' CPU" },
    ratio_vs_varnish: { unit: "of varnish's CPU" },
    body_bytes: { unit: "bytes" },
    connections: { unit: "connections kept alive" },
    requests_per_second: { unit: "requests answered per second" },
    load_share: { unit: "of a core, the load itself at most", target: { limit: 0.8, direction: "at most" } },
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start(OPUS_BITRATE);
    const front = await startFront(feed.url);
    const path = `/live/bench/opus/part-${feed.next("opus") - 1}.m4s`;
    const length = (await (await fetch(`http://127.0.0.1:${front.port}${path}`)).arrayBuffer()).byteLength;
    const varnish = await startVarnish(front.port);
    const nginx = await startNginxFile(length);
    const contestants = { earshot: { name: "earshot", ...front }, nginx, varnish };
    type Name = keyof typeof contestants;
    for (const { pid } of Object.values(contestants)) pin(pid, SERVER_CORE);
    const swarm = await Swarm.start(LOAD_CORE);
    const costs: Record<Name, number[]> = { earshot: [], nginx: [], varnish: [] };
    let connections = CONNECTIONS;
    let load = 0;
    let answered = 0;
    try {
      for (let pass = 0; pass < PASSES; pass++) {
        for (const name of Object.keys(contestants) as Name[]) {
          const contestant = contestants[name];
          connections = Math.min(connections, await swarm.open({ port: contestant.port, count: CONNECTIONS, perSecond: 2_000 }));
          await swarm.order({ type: "poll", path: name === "nginx" ? "/object" : path, perSecond: REQUESTS_PER_SECOND });
          await sleep(WARM_UP_SECONDS);
          const window = await measureWindow(swarm, contestant, WINDOW_SECONDS);
          await swarm.clear();
          if (window.tally.otherStatus > 0) throw new Error(`${contestant.name} answered ${window.tally.otherStatus} times with another status than 200`);
          const cost = (window.cpuSeconds * 1e6) / window.tally.answers;
          progress(
            `${contestant.name}: ${cost.toFixed(1)} us, ${(window.tally.answers / window.seconds).toFixed(0)} a second, load ${((window.tally.cpuSeconds / window.seconds) * 100).toFixed(0)} %${window.spoilt === undefined ? "" : `: not used, ${window.spoilt}`}`,
          );
          if (window.spoilt !== undefined) continue;
          costs[name].push(cost);
          load = Math.max(load, window.tally.cpuSeconds / window.seconds);
          answered = window.tally.answers / window.seconds;
        }
      }
      const own = median(costs.earshot);
      return {
        us_per_request: own,
        nginx_us_per_request: median(costs.nginx),
        varnish_us_per_request: median(costs.varnish),
        ratio_vs_nginx: own / median(costs.nginx),
        ratio_vs_varnish: own / median(costs.varnish),
        body_bytes: length,
        connections,
        requests_per_second: answered,
        load_share: load,
      };
    } finally {
      swarm.stop();
      await Promise.all([varnish.stop(), nginx.stop()]);
      await front.stop();
      feed.stop();
    }
  },
};

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
