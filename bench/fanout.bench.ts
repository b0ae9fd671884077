import { type Contestant, LOAD_CORE, measureWindow, median, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { pin } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import type { Bench } from "./harness.ts";
import { ICECAST_PATH, startIcecast } from "./peers/icecast.ts";
import { NGINX_PLAYLIST, NGINX_SEGMENT_MS, startNginxHls } from "./peers/nginx.ts";

/** Listeners, and how often each size is measured, one contestant after the other. */
const SIZES = [
  { listeners: 2_000, passes: 3 },
  { listeners: 15_000, passes: 2 },
] as const;
/** Pace at which listeners come. Per second; icecast's backlog of five loses more than so many. */
const ARRIVALS = 1_500;
const ICECAST_ARRIVALS = 500;
const WARM_UP_SECONDS = 3;
const WINDOW_SECONDS = 8;
/** How often the source writes to icecast. Milliseconds. What ffmpeg writes frame by frame leaves icecast in the same blocks, 4.25 a second. */
const FFMPEG_WRITE_MS = 250;
/** Parts our own streams send at once when the house is full. */
const OWN_PARTS = 4;
/** A second of the programme's MP3. Bytes. */
const BYTES_PER_SECOND = 6_000;

type Name = "earshot" | "icecast_default" | "icecast_equal_cadence" | "nginx_hls";

/** What one listener costs per second, here and in the servers people use for this today: same MP3, same machine, same run. */
export const bench: Bench = {
  name: "fanout",
  rounds: 1,
  figures: {
    ratio_vs_icecast_default: { unit: "of icecast's CPU, at 2,000", target: { limit: 0.33, direction: "at most" } },
    ratio_vs_icecast_equal_cadence: { unit: "of icecast's CPU, at 2,000", target: { limit: 1.1, direction: "at most" } },
    ratio_vs_nginx_hls: { unit: "of nginx' CPU, at 2,000" },
    ratio_per_send_vs_icecast: { unit: "of icecast's CPU per send, at 2,000" },
    ratio_vs_icecast_default_15000: { unit: "of icecast's CPU, at 15,000", target: { limit: 0.33, direction: "at most" } },
    ratio_vs_icecast_equal_cadence_15000: { unit: "of icecast's CPU, at 15,000", target: { limit: 1.1, direction: "at most" } },
    ratio_vs_nginx_hls_15000: { unit: "of nginx' CPU, at 15,000" },
    ratio_per_send_vs_icecast_15000: { unit: "of icecast's CPU per send, at 15,000" },
    ...Object.fromEntries(
      SIZES.flatMap(({ listeners }) => [
        ...(["earshot", "icecast_default", "icecast_equal_cadence", "nginx_hls"] as const).map((name) => [
          `${name}_us_${listeners}`,
          { unit: "us of CPU per listener-second of audio delivered" },
        ]),
        [`earshot_listeners_${listeners}`, { unit: "listeners connected" }],
        [`icecast_listeners_${listeners}`, { unit: "listeners connected" }],
        [`earshot_sends_${listeners}`, { unit: "reads per listener and second" }],
        [`icecast_sends_${listeners}`, { unit: "reads per listener and second" }],
        [`delivered_ratio_${listeners}`, { unit: "of icecast's bytes per listener" }],
        [`load_share_${listeners}`, { unit: "of a core, the load itself at most", target: { limit: 0.8, direction: "at most" as const } }],
      ]),
    ),
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    const front = await startFront(feed.url);
    const icecast = await startIcecast("icecast, stock", feed, { everyMs: FFMPEG_WRITE_MS });
    const merged = await startIcecast("icecast, merged", feed, { parts: OWN_PARTS });
    const nginx = await startNginxHls(feed);
    const contestants: Readonly<Record<Name, Contestant>> = {
      earshot: { name: "earshot", ...front },
      icecast_default: icecast,
      icecast_equal_cadence: merged,
      nginx_hls: nginx,
    };
    for (const { pid } of Object.values(contestants)) pin(pid, SERVER_CORE);
    const swarm = await Swarm.start(LOAD_CORE);
    const figures: Record<string, number> = {};
    try {
      for (const { listeners, passes } of SIZES) {
        const costs: Record<Name, number[]> = { earshot: [], icecast_default: [], icecast_equal_cadence: [], nginx_hls: [] };
        const perSend: Record<Name, number[]> = { earshot: [], icecast_default: [], icecast_equal_cadence: [], nginx_hls: [] };
        const sends: Record<string, number> = {};
        const bytes: Record<string, number> = {};
        const connected: Record<string, number> = {};
        let load = 0;
        for (let pass = 1; pass <= passes; pass++) {
          for (const name of Object.keys(contestants) as Name[]) {
            const contestant = contestants[name];
            const open = await swarm.open({
              port: contestant.port,
              count: listeners,
              perSecond: name.startsWith("icecast") ? ICECAST_ARRIVALS : ARRIVALS,

              ...(name === "nginx_hls" ? {} : { path: name === "earshot" ? "/live/bench.mp3" : ICECAST_PATH }),
            });
            if (name === "nginx_hls") await swarm.order({ type: "hls", playlist: NGINX_PLAYLIST, segmentMs: NGINX_SEGMENT_MS });
            await sleep((name === "nginx_hls" ? NGINX_SEGMENT_MS / 1000 : 0) + WARM_UP_SECONDS);
            const window = await measureWindow(swarm, contestant, WINDOW_SECONDS);
            const perListener = 1 / window.seconds / open;
            // What counts is audio delivered: a connection that stands and is given nothing costs little.
            const cost = (window.cpuSeconds * 1e6) / (window.tally.bytes / BYTES_PER_SECOND);
            progress(
              `${contestant.name}: ${open} listeners, ${cost.toFixed(1)} us, ${(window.tally.reads * perListener).toFixed(2)} reads and ${(window.tally.bytes * perListener).toFixed(0)} bytes per listener and second, load ${((window.tally.cpuSeconds / window.seconds) * 100).toFixed(0)} %, unclaimed ${window.softirqSeconds.toFixed(2)} s${window.spoilt === undefined ? "" : `: not used, ${window.spoilt}`}`,
            );
            await swarm.clear();
            await sleep(1);
            if (window.spoilt !== undefined) continue;
            costs[name].push(cost);
            perSend[name].push((window.cpuSeconds * 1e6) / window.tally.reads);
            sends[name] = window.tally.reads * perListener;
            bytes[name] = window.tally.bytes * perListener;
            connected[name] = open;
            load = Math.max(load, window.tally.cpuSeconds / window.seconds);
          }
        }
        const suffix = listeners === 2_000 ? "" : `_${listeners}`;
        const own = median(costs.earshot);
        for (const name of Object.keys(contestants) as Name[]) figures[`${name}_us_${listeners}`] = median(costs[name]);
        figures[`ratio_vs_icecast_default${suffix}`] = own / median(costs.icecast_default);
        figures[`ratio_vs_icecast_equal_cadence${suffix}`] = own / median(costs.icecast_equal_cadence);
        figures[`ratio_vs_nginx_hls${suffix}`] = own / median(costs.nginx_hls);
        figures[`ratio_per_send_vs_icecast${suffix}`] = median(perSend.earshot) / median(perSend.icecast_default);
        figures[`earshot_listeners_${listeners}`] = connected.earshot ?? 0;
        figures[`icecast_listeners_${listeners}`] = connected.icecast_default ?? 0;
        figures[`earshot_sends_${listeners}`] = sends.earshot ?? Number.NaN;
        figures[`icecast_sends_${listeners}`] = sends.icecast_default ?? Number.NaN;
        figures[`delivered_ratio_${listeners}`] = (bytes.earshot ?? Number.NaN) / (bytes.icecast_default ?? Number.NaN);
        figures[`load_share_${listeners}`] = load;
      }
      return figures;
    } finally {
      swarm.stop();
      await Promise.all([front.stop(), icecast.stop(), merged.stop(), nginx.stop()]);
      feed.stop();
    }
  },
};

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
