import type { Page } from "playwright-core";
import { TestLine } from "../src/stage/werift/test-line.ts";
import { openBrowser } from "../test/e2e/house.ts";
import { type Bench, percentile } from "./harness.ts";
import { BenchHouse, endStage } from "./recording/stage-child.ts";
import { encodeConversation } from "./stage-rig/conversation.ts";
import { residentBytes } from "./load/process-cost.ts";
import { servePage } from "./stage-rig/rig.ts";
import { Speakers } from "./stage-rig/speakers.ts";
import { delays, twoSeats } from "./stage-rig/two-seats.ts";

/** Length of the run. Minutes; `SOAK_MINUTES` makes it shorter. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);
/** Speakers who are real WebRTC clients; two more sit in a browser. */
const CLIENTS = 11;
/** Seats of the two in the browser, after the clients'. */
const SEATS: Readonly<Record<string, number>> = { mouth: CLIENTS, ear: CLIENTS + 1 };
/** What every speaker's line does, each way: share of datagrams lost, delay and its unrest in milliseconds. A home's wireless network in the evening. */
const LOSS = 0.01;
const DELAY_MS = 15;
const UNREST_MS = 10;
/** How often latency and memory are looked at. Milliseconds. */
const LOOK_MS = 30_000;
/** Looks left out at the beginning: code is compiled, buffers find their depth. */
const WARM_UP_LOOKS = 2;

/** Thirteen on air, eleven real clients and two in Chromium, each over a line that loses and delays, for half an hour: nothing may drift, grow or leak. */
export const bench: Bench = {
  name: "stage-soak",
  rounds: 1,
  figures: {
    minutes: { unit: "min on air with 13 on stage" },
    latency_first_ms: { unit: "ms mouth to ear, median of the first third" },
    latency_last_ms: { unit: "ms, median of the last third" },
    drift_ms_per_hour: { unit: "ms/h, slope of the latency over all looks" },
    latency_growth_ms: { unit: "ms from the first third to the last", target: { limit: 20, direction: "at most" } },
    rss_mb_first: { unit: "MB of the stage after the warm-up" },
    rss_mb_last: { unit: "MB at the end" },
    rss_growth_mb_per_hour: { unit: "MB/h, slope over all looks" },
    heard_share: { unit: "share of the clicks that came to the other ear" },
    returns_share: { unit: "share of the clients' return packets that came back" },
    stage_restarts: { unit: "times the stage was gone", target: { limit: 0, direction: "at most" } },
  },
  async measure(progress) {
    progress("encoding what the clients say");
    const tracks = await encodeConversation(CLIENTS, false);
    const house = await BenchHouse.open("soak");
    const stage = await house.startStage();
    let restarts = 0;
    stage.child.once("exit", () => restarts++);
    const lines: TestLine[] = [];
    // Joining is measured elsewhere; the component as DTLS server, which only these clients use it as, does not bear packets that overtake each other.
    let joined = false;
    const join = async (offer: string, seat: number) => {
      const line = new TestLine(() => joined && Math.random() < LOSS, { delayMs: () => (joined ? DELAY_MS + UNREST_MS * Math.random() : 0) });
      lines.push(line);
      return await line.through((await house.publish(stage, seat, offer)).answer);
    };
    const page = await servePage(twoSeats({ amongVoices: true }), (seat, offer) => join(offer, SEATS[seat] ?? 0));
    const browser = await openBrowser();
    let speakers: Speakers | undefined;
    try {
      speakers = await Speakers.open(tracks, join);
      const seats = await browser.newPage();
      await seats.goto(page.url);
      await seats.evaluate("start()");
      await seats.evaluate("join('mouth', mouth.stream)");
      await seats.evaluate("join('ear', still.stream)");
      joined = true;
      await house.command(stage.url, "go-live");
      await seats.evaluate("clicks.port.postMessage('go')");
      return { ...(await watch(seats, speakers, stage.child.pid as number, progress)), stage_restarts: restarts };
    } finally {
      await speakers?.close();
      await browser.close();
      page.close();
      for (const line of lines) line.close();
      if (restarts === 0) await endStage(stage, "SIGTERM");
      await house.close();
    }
  },
};

async function watch(seats: Page, speakers: Speakers, pid: number, progress: (text: string) => void): Promise<Record<string, number>> {
  const latencies: number[] = [];
  const memory: number[] = [];
  let [spokenCount, heardCount] = [0, 0];
  const looks = Math.round((MINUTES * 60_000) / LOOK_MS);
  const startedAt = performance.now();
  for (let look = 1; look <= looks; look++) {
    await seats.waitForTimeout(Math.max(0, look * LOOK_MS - (performance.now() - startedAt)));
    const { spoken, heard } = (await seats.evaluate("({ spoken: spoken.splice(0), heard: heard.splice(0) })")) as {
      spoken: { time: number }[];
      heard: number[];
    };
    const times = delays(
      spoken.map(({ time }) => time),
      heard,
      1_000,
    );
    if (look <= WARM_UP_LOOKS) continue;
    spokenCount += spoken.length;
    heardCount += times.length;
    latencies.push(percentile(times, 0.5));
    memory.push(residentBytes(pid) / 1e6);
    progress(
      `${Math.round((look * LOOK_MS) / 6_000) / 10} of ${MINUTES} min: ${Math.round(latencies.at(-1) ?? 0)} ms mouth to ear, ${Math.round(memory.at(-1) ?? 0)} MB`,
    );
  }
  const third = Math.max(1, Math.floor(latencies.length / 3));
  const median = (values: readonly number[]) =>
    percentile(
      [...values].sort((a, b) => a - b),
      0.5,
    );
  const [first, last] = [median(latencies.slice(0, third)), median(latencies.slice(-third))];
  const sent = (performance.now() - startedAt) / 20;
  return {
    minutes: (performance.now() - startedAt) / 60_000,
    latency_first_ms: first,
    latency_last_ms: last,
    latency_growth_ms: last - first,
    drift_ms_per_hour: slope(latencies) * (3_600_000 / LOOK_MS),
    rss_mb_first: memory[0] ?? Number.NaN,
    rss_mb_last: memory.at(-1) ?? Number.NaN,
    rss_growth_mb_per_hour: slope(memory) * (3_600_000 / LOOK_MS),
    heard_share: heardCount / spokenCount,
    returns_share: Math.min(1, speakers.received.reduce((sum, received) => sum + received, 0) / (sent * CLIENTS)),
  };
}

/** Slope of the best straight line through values one step apart. Per step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [over, under] = [0, 0];
  for (const [index, value] of values.entries()) {
    over += (index - middle) * (value - mean);
    under += (index - middle) ** 2;
  }
  return under === 0 ? 0 : over / under;
}
