import { get } from "node:http";
import { LOAD_CORE, measureWindow, SERVER_CORE } from "./load/contest.ts";
import { startFront } from "./load/front-process.ts";
import { pin, residentBytes } from "./load/process-cost.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";
import { Swarm } from "./load/swarm.ts";
import type { Bench } from "./harness.ts";

/** What is assumed; every one of them is printed with the result. */
const INPUT = {
  /** Audience of the model, and how long it stays. */
  listeners: 1_300_000,
  hours: 2,
  /** Share of a machine's cores and line that is used: the rest is for peaks. */
  cpu_share: 0.7,
  line_share: 0.8,
  cores_per_machine: 2,
  /** Line of a machine. */
  line_gbit: 10,
  /** List price of a large CDN for the first terabytes in Europe and North America, and per 10,000 HTTPS requests. Source: scale reference 3.6, S48. */
  usd_per_gb: 0.085,
  usd_per_10000_requests: 0.01,
  /** Headers of TCP and IP per packet, and what a packet carries. Bytes. */
  packet_header_bytes: 52,
  packet_payload_bytes: 1_400,
  /** Requests per listener and second: one per segment of 4 s, against playlist and part once a second. */
  segment_stream_requests: 0.25,
  llhls_requests: 2,
} as const;

/** Audiences between which the slope is taken; both are full houses, so that all further listeners are served alike. Listeners. */
const SMALL = 5_000;
const LARGE = 15_000;
const ARRIVALS = 800;
const SETTLE_SECONDS = 4;
const WINDOW_SECONDS = 10;

/** What an evening with 1.3 million listeners takes, from what listeners cost here: machines of our own, or the bill of a CDN. */
export const bench: Bench = {
  name: "cost",
  rounds: 1,
  figures: {
    machines_2core: { unit: "machines, without TLS and spares" },
    machines_by_cpu: { unit: "machines" },
    machines_by_line: { unit: "machines" },
    gbit_per_second: { unit: "Gbit/s on the wire, own streams" },
    bill_usd: { unit: "USD list price, segments of 4 s followed while they are made" },
    bill_low_usd: { unit: "USD list price, the same at half the data" },
    bill_llhls_1s_usd: { unit: "USD list price, low-latency HLS with parts of 1 s" },
    bill_ratio_vs_llhls_1s: { unit: "of the bill of low-latency HLS", target: { limit: 0.33, direction: "at most" } },
    us_per_listener_second: { unit: "us of CPU, slope" },
    bytes_per_listener: { unit: "bytes of memory, slope" },
    stream_bytes_per_second: { unit: "bytes per listener and second, as read from the socket" },
    low_segment_bytes_per_second: { unit: "bytes per listener and second at half the data, head included" },
    segment_bytes_per_second: { unit: "bytes per listener and second, head included" },
    llhls_bytes_per_second: { unit: "bytes per listener and second, heads and packed playlist included" },
    ...Object.fromEntries(Object.keys(INPUT).map((name) => [`input_${name}`, { unit: "assumed" }])),
  },
  async measure(progress) {
    const feed = await ProgrammeFeed.start();
    const front = await startFront(feed.url);
    pin(front.pid, SERVER_CORE);
    const swarm = await Swarm.start(LOAD_CORE);
    try {
      const points: { listeners: number; us: number; memory: number; bytes: number }[] = [];
      for (const listeners of [SMALL, LARGE]) {
        const before = (await swarm.report()).open;
        const open = await swarm.open({ port: front.port, count: listeners - before, perSecond: ARRIVALS, path: "/live/bench/stream.mp4" });
        await sleep(SETTLE_SECONDS);
        const window = await measureWindow(swarm, { name: "earshot", ...front }, WINDOW_SECONDS);
        if (window.spoilt !== undefined) throw new Error(window.spoilt);
        points.push({
          listeners: open,
          us: (window.cpuSeconds * 1e6) / window.seconds,
          memory: residentBytes(front.pid),
          bytes: window.tally.bytes / window.seconds / open,
        });
        progress(`${open} listeners: ${(window.cpuSeconds / window.seconds).toFixed(2)} cores`);
      }
      const [small, large] = points as [(typeof points)[0], (typeof points)[0]];
      const more = large.listeners - small.listeners;
      const us = (large.us - small.us) / more;
      const sizes = await measureSizes(front.port, feed);
      const streamWire = onWire(large.bytes);
      const gbit = (streamWire * 8 * INPUT.listeners) / 1e9;
      const byCpu = (us * INPUT.listeners) / 1e6 / (INPUT.cores_per_machine * INPUT.cpu_share);
      const byLine = gbit / (INPUT.line_gbit * INPUT.line_share);
      const bill = billOf(sizes.segment, INPUT.segment_stream_requests);
      const llhls = billOf(sizes.llhls, INPUT.llhls_requests);
      return {
        machines_2core: Math.ceil(Math.max(byCpu, byLine)),
        machines_by_cpu: Math.ceil(byCpu),
        machines_by_line: Math.ceil(byLine),
        gbit_per_second: gbit,
        bill_usd: bill,
        bill_low_usd: billOf(sizes.low, INPUT.segment_stream_requests),
        bill_llhls_1s_usd: llhls,
        bill_ratio_vs_llhls_1s: bill / llhls,
        us_per_listener_second: us,
        bytes_per_listener: (large.memory - small.memory) / more,
        stream_bytes_per_second: large.bytes,
        low_segment_bytes_per_second: sizes.low,
        segment_bytes_per_second: sizes.segment,
        llhls_bytes_per_second: sizes.llhls,
        ...Object.fromEntries(Object.entries(INPUT).map(([name, value]) => [`input_${name}`, value])),
      };
    } finally {
      swarm.stop();
      await front.stop();
      feed.stop();
    }
  },
};

/** Bytes per listener and second of each way, from answers of the real front. */
async function measureSizes(port: number, feed: ProgrammeFeed): Promise<{ readonly segment: number; readonly low: number; readonly llhls: number }> {
  const newest = feed.next("opus") - 1;
  const segmentNumber = Math.floor(newest / 8) - 1;
  const segment = await sizeOf(port, `/live/bench/opus/stream-${segmentNumber}.m4s`);
  const low = await sizeOf(port, `/live/bench/low/stream-${segmentNumber}.m4s`);
  const part = await sizeOf(port, `/live/bench/opus/part-${newest}.m4s`);
  const list = await sizeOf(port, `/live/bench/opus/index.m3u8?_HLS_msn=${Math.floor(newest / 8)}&_HLS_part=${newest % 8}&_HLS_skip=YES`);
  // Parts here are half a second: one of a second has twice the audio under one head and one set of boxes.
  return {
    segment: (segment.head + segment.body) / 4,
    low: (low.head + low.body) / 4,
    llhls: part.head + part.body * 2 - BOXES_PER_PART + list.head + list.body,
  };
}

/** moof and mdat around the packets of a part, without what each packet adds. Bytes; they are there once in a longer part. */
const BOXES_PER_PART = 116;

async function sizeOf(port: number, path: string): Promise<{ readonly head: number; readonly body: number }> {
  return await new Promise((resolve, reject) => {
    get({ port, path, headers: { "accept-encoding": "gzip" }, agent: false }, (response) => {
      let body = 0;
      response.on("data", (bytes: Buffer) => {
        body += bytes.length;
      });
      response.once("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`));
        // As the head came: names, values, ": " and line ends, the first line and the empty one.
        const head = response.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0) + "HTTP/1.1 200 OK\r\n\r\n".length;
        resolve({ head, body });
      });
    }).once("error", reject);
  });
}

function onWire(bytes: number): number {
  return bytes * (1 + INPUT.packet_header_bytes / INPUT.packet_payload_bytes);
}

function billOf(bytesPerSecond: number, requestsPerSecond: number): number {
  const listenerSeconds = INPUT.listeners * INPUT.hours * 3600;
  return (onWire(bytesPerSecond) * listenerSeconds * INPUT.usd_per_gb) / 1e9 + (requestsPerSecond * listenerSeconds * INPUT.usd_per_10000_requests) / 10_000;
}

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
