import type { FigureSpec } from "../harness.ts";
import { startNginxTls } from "../peers/nginx.ts";
import { makeCertificate } from "../../src/server/adapters/test-certificate.ts";
import { LOAD_CORE, SERVER_CORE } from "./contest.ts";
import { startFront } from "./front-process.ts";
import { Http2Swarm } from "./http2-swarm.ts";
import { cpuSeconds, pin, residentBytes } from "./process-cost.ts";
import type { ProgrammeFeed } from "./programme-feed.ts";
import { Swarm } from "./swarm.ts";

/** Audiences between which the slopes are taken. Listeners; the load's own handshakes cost it a millisecond each, and nginx takes two connections for one listener. */
const SMALL = 500;
const LARGE = 2_000;
/** Pace of arrivals. Per second. */
const ARRIVALS = 250;
/** Before memory and CPU are read, and how long CPU is counted. Seconds; several rounds of sends. */
const SETTLE_SECONDS = 5;
const COUNT_SECONDS = 8;
const PATH = "/live/bench/stream.mp4";

/** What TLS costs, in this process and before it. */
export const TLS_FIGURES = {
  tls_bytes_per_listener: { unit: "bytes per listener over TLS in the process, HTTP/1.1" },
  tls_http2_bytes_per_listener: { unit: "bytes per listener over TLS in the process, HTTP/2" },
  tls_terminator_bytes_per_listener: { unit: "bytes per listener over TLS taken off by nginx, nginx and front together" },
  tls_terminator_http2_bytes_per_listener: { unit: "bytes per listener over TLS and HTTP/2 taken off by nginx, nginx and front together" },
  tls_us_per_listener_second: { unit: "us of CPU per listener and second, TLS in the process, HTTP/1.1" },
  tls_http2_us_per_listener_second: { unit: "us of CPU per listener and second, TLS in the process, HTTP/2" },
  tls_terminator_us_per_listener_second: { unit: "us of CPU per listener and second, nginx and front together" },
  tls_terminator_http2_us_per_listener_second: { unit: "us of CPU per listener and second over HTTP/2, nginx and front together" },
  plain_us_per_listener_second: { unit: "us of CPU per listener and second without TLS, same audience" },
  tls_join_us: { unit: "us of CPU per listener who comes, handshake and first seconds, in the process, HTTP/1.1" },
  tls_terminator_join_us: { unit: "us of CPU per listener who comes, nginx and front together" },
  tls_cpu_ratio_in_process_vs_terminator: { unit: "CPU of listening in the process over CPU with nginx in front, HTTP/1.1" },
  tls_http2_cpu_ratio_in_process_vs_terminator: { unit: "the same over HTTP/2, as browsers come" },
} as const satisfies Readonly<Record<string, FigureSpec>>;

/** Whoever opens listeners: over HTTP/1.1 or HTTP/2. */
interface Load {
  open(options: {
    readonly port: number;
    readonly count: number;
    readonly perSecond: number;
    readonly path: string;
    readonly secure: boolean;
  }): Promise<unknown>;
  listening(): Promise<number>;
  stop(): void;
}

interface Cost {
  readonly bytes: number;
  readonly us: number;
  readonly joinUs: number;
}

/** Measures listeners of our own player's stream, all on the same cores: TLS in the process, by nginx in front, and none. */
export async function measureTls(feed: ProgrammeFeed, progress: (text: string) => void): Promise<Readonly<Record<keyof typeof TLS_FIGURES, number>>> {
  const files = await makeCertificate();
  try {
    const inProcess = await contest("in process, HTTP/1.1", overHttp1, true, () => startFront(feed.url, files).then((front) => [front]));
    const http2 = await contest("in process, HTTP/2", overHttp2, true, () => startFront(feed.url, files).then((front) => [front]));
    const behindNginx = (http2Spoken: boolean) => async () => {
      const front = await startFront(feed.url);
      return [await startNginxTls(front.port, files, http2Spoken), front];
    };
    const terminator = await contest("nginx in front, HTTP/1.1", overHttp1, true, behindNginx(false));
    const terminatorHttp2 = await contest("nginx in front, HTTP/2", overHttp2, true, behindNginx(true));
    const plain = await contest("no TLS", overHttp1, false, () => startFront(feed.url).then((front) => [front]));
    return {
      tls_bytes_per_listener: inProcess.bytes,
      tls_http2_bytes_per_listener: http2.bytes,
      tls_terminator_bytes_per_listener: terminator.bytes,
      tls_terminator_http2_bytes_per_listener: terminatorHttp2.bytes,
      tls_terminator_http2_us_per_listener_second: terminatorHttp2.us,
      tls_us_per_listener_second: inProcess.us,
      tls_http2_us_per_listener_second: http2.us,
      tls_terminator_us_per_listener_second: terminator.us,
      plain_us_per_listener_second: plain.us,
      tls_join_us: inProcess.joinUs,
      tls_terminator_join_us: terminator.joinUs,
      tls_cpu_ratio_in_process_vs_terminator: inProcess.us / terminator.us,
      tls_http2_cpu_ratio_in_process_vs_terminator: http2.us / terminatorHttp2.us,
    };
  } finally {
    await files.remove();
  }

  /** The first of `start`'s processes is the one listeners connect to. */
  async function contest(
    name: string,
    makeLoad: () => Promise<Load>,
    secure: boolean,
    start: () => Promise<readonly { readonly pid: number; readonly port: number; stop(): Promise<void> }[]>,
  ): Promise<Cost> {
    const load = await makeLoad();
    const servers = await start();
    const port = servers[0]?.port ?? 0;
    for (const { pid } of servers) pin(pid, SERVER_CORE);
    const sum = (of: (pid: number) => number) => servers.reduce((total, { pid }) => total + of(pid), 0);
    try {
      const points: { readonly listeners: number; readonly bytes: number; readonly us: number; readonly openedUs: number }[] = [];
      for (const count of [SMALL, LARGE]) {
        const here = await load.listening();
        const opening = sum(cpuSeconds);
        await load.open({ port, count: count - here, perSecond: ARRIVALS, path: PATH, secure });
        const openedUs = ((sum(cpuSeconds) - opening) * 1e6) / (count - here);
        await sleep(SETTLE_SECONDS);
        const [before, at] = [sum(cpuSeconds), performance.now()];
        await sleep(COUNT_SECONDS);
        const listeners = await load.listening();
        const us = ((sum(cpuSeconds) - before) * 1e9) / (performance.now() - at) / listeners;
        points.push({ listeners, bytes: sum(residentBytes), us, openedUs });
        progress(`${name}: ${listeners} listeners, ${us.toFixed(1)} us per second, ${(sum(residentBytes) / 1e6).toFixed(1)} MB`);
      }
      const [small, large] = points as [(typeof points)[0], (typeof points)[0]];
      return { bytes: (large.bytes - small.bytes) / (large.listeners - small.listeners), us: large.us, joinUs: large.openedUs };
    } finally {
      load.stop();
      for (const server of servers) await server.stop();
    }
  }
}

async function overHttp1(): Promise<Load> {
  const swarm = await Swarm.start(LOAD_CORE);
  return { open: (options) => swarm.open(options), listening: async () => (await swarm.report()).open, stop: () => swarm.stop() };
}

async function overHttp2(): Promise<Load> {
  const swarm = await Http2Swarm.start(LOAD_CORE);
  return { open: (options) => swarm.open(options), listening: () => swarm.listening(), stop: () => swarm.stop() };
}

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
