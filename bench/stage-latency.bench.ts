import type { Page } from "playwright-core";
import { openBrowser } from "../test/e2e/house.ts";
import { type Bench, percentile } from "./harness.ts";
import { delays, PERIOD_S, twoSeats } from "./stage-rig/two-seats.ts";
import { openRig, type Rig } from "./stage-rig/rig.ts";
import { killStages, type WayBack } from "./stage-rig/way-back.ts";

/** Clicks heard per loss rate; one every {@link PERIOD_S}. Fewer to try whether the bench still runs. */
const CLICKS = Number(process.env.STAGE_CLICKS ?? 40);
/** Joins tried at 20 % loss, and the longest one may take. Milliseconds. */
const JOINS = 15;
const JOIN_LIMIT_MS = 8_000;
/** A stage is killed this often for the time until its speaker is back. */
const KILLS = 5;

/** Mouth to ear between two speakers and to the programme, joining under loss, and the way back after a stage is killed. */
export const bench: Bench = {
  name: "stage-latency",
  rounds: 1,
  figures: {
    p50_ms: { unit: "ms, mouth to the other speaker's ear, no loss", target: { limit: 130, direction: "at most" } },
    p95_ms: { unit: "ms", target: { limit: 180, direction: "at most" } },
    programme_p50_ms: { unit: "ms, mouth to the programme's mix" },
    programme_p95_ms: { unit: "ms" },
    p50_ms_loss5: { unit: "ms at 5 % loss each way" },
    p95_ms_loss5: { unit: "ms" },
    p50_ms_loss20: { unit: "ms at 20 % loss each way" },
    p95_ms_loss20: { unit: "ms" },
    programme_p50_ms_loss5: { unit: "ms, mouth to the programme's mix, at 5 % loss each way" },
    programme_p95_ms_loss5: { unit: "ms" },
    programme_p50_ms_loss20: { unit: "ms, mouth to the programme's mix, at 20 % loss each way" },
    programme_p95_ms_loss20: { unit: "ms" },
    programme_heard_share_loss20: { unit: "share of the clicks that were in the programme at 20 % loss" },
    heard_share_loss20: { unit: "share of the clicks that were heard at 20 % loss" },
    joins_ok_share: { unit: `share of ${JOINS} joins at 20 % loss with sound within ${JOIN_LIMIT_MS / 1_000} s`, target: { limit: 1, direction: "at least" } },
    join_p50_ms: { unit: "ms from the offer to the first sound at 20 % loss" },
    reconnect_ms: { unit: "ms from kill -9 of the stage to a speaker being back, median over everybody", target: { limit: 3_000, direction: "at most" } },
    reconnect_max_ms: { unit: "ms, the slowest of all", target: { limit: 3_000, direction: "at most" } },
    reconnect_listens_ms: { unit: "ms until the new stage listens, median" },
    reconnect_room_ms: { unit: "ms until a page is in the room again, median" },
    reconnect_answered_ms: { unit: "ms until its offer is answered, median" },
    reconnect_connected_ms: { unit: "ms until ICE and DTLS are through, median" },
  },
  async measure(progress) {
    const rig = await openRig(twoSeats());
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(rig.url);
      await page.evaluate("start()");
      progress("joining 15 times at 20 % loss");
      const joins = await joinUnderLoss(rig, page);
      const clean = await listen(rig, page, 0, progress);
      const five = await listen(rig, page, 0.05, progress);
      const twenty = await listen(rig, page, 0.2, progress);
      await browser.close();
      await rig.close();
      const ways = (await killStages(KILLS, progress)).flat();
      const step = (name: keyof WayBack) => ways.map((way) => way[name]).sort((a, b) => a - b);
      return {
        p50_ms: percentile(clean.ear, 0.5),
        p95_ms: percentile(clean.ear, 0.95),
        programme_p50_ms: percentile(clean.programme, 0.5),
        programme_p95_ms: percentile(clean.programme, 0.95),
        p50_ms_loss5: percentile(five.ear, 0.5),
        p95_ms_loss5: percentile(five.ear, 0.95),
        p50_ms_loss20: percentile(twenty.ear, 0.5),
        p95_ms_loss20: percentile(twenty.ear, 0.95),
        programme_p50_ms_loss5: percentile(five.programme, 0.5),
        programme_p95_ms_loss5: percentile(five.programme, 0.95),
        programme_p50_ms_loss20: percentile(twenty.programme, 0.5),
        programme_p95_ms_loss20: percentile(twenty.programme, 0.95),
        programme_heard_share_loss20: twenty.programme.length / twenty.spoken,
        heard_share_loss20: twenty.ear.length / twenty.spoken,
        joins_ok_share: joins.length / JOINS,
        join_p50_ms: percentile(joins, 0.5),
        reconnect_ms: percentile(step("back"), 0.5),
        reconnect_max_ms: step("back").at(-1) ?? Number.NaN,
        reconnect_listens_ms: percentile(step("listens"), 0.5),
        reconnect_room_ms: percentile(step("room"), 0.5),
        reconnect_answered_ms: percentile(step("answered"), 0.5),
        reconnect_connected_ms: percentile(step("connected"), 0.5),
      };
    } finally {
      await browser.close();
      await rig.close().catch(() => {});
    }
  },
};

/** Times of the joins that came up. Milliseconds, sorted. */
async function joinUnderLoss(rig: Rig, page: Page): Promise<number[]> {
  rig.loss = 0.2;
  const times: number[] = [];
  for (let count = 0; count < JOINS; count++) {
    const seat = `guest${count}`;
    const asked = performance.now();
    await page.evaluate(`join("${seat}", mouth.stream)`);
    while ((rig.stage.lines.get(seat)?.packetsReceived ?? 0) === 0 && performance.now() - asked < JOIN_LIMIT_MS) await page.waitForTimeout(10);
    if ((rig.stage.lines.get(seat)?.packetsReceived ?? 0) > 0) times.push(performance.now() - asked);
    await page.evaluate(`peers["${seat}"].close()`);
    // A place on stage is given back only after a minute of silence: the bench gives it back itself.
    rig.stage.setManifest({ eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [seat], soundCheck: false });
  }
  return times.sort((a, b) => a - b);
}

/** Delays of a click train. Milliseconds, sorted. */
async function listen(rig: Rig, page: Page, loss: number, progress: (text: string) => void): Promise<{ ear: number[]; programme: number[]; spoken: number }> {
  rig.loss = loss;
  const inProgramme: number[] = [];
  rig.onProgramme = (frame) => {
    const now = performance.timeOrigin + performance.now();
    if (now - (inProgramme.at(-1) ?? 0) > (PERIOD_S * 1_000) / 2 && frame.some((sample) => Math.abs(sample) > 0.05)) inProgramme.push(now);
  };
  progress(`${CLICKS} clicks at ${loss * 100} % loss`);
  await page.evaluate(`join("mouth", mouth.stream)`);
  await page.evaluate(`join("ear", still.stream)`);
  // Until the jitter buffers have found their depth and the leveller its gain.
  await page.evaluate("clicks.port.postMessage('go')");
  await page.waitForTimeout(8_000);
  await page.evaluate("spoken.length = heard.length = 0");
  inProgramme.length = 0;
  await page.waitForTimeout(CLICKS * PERIOD_S * 1_000);
  const { spoken, heard } = (await page.evaluate("({ spoken: spoken.slice(), heard: heard.slice() })")) as {
    spoken: { time: number; wall: number }[];
    heard: number[];
  };
  const times = spoken.map(({ time }) => time);
  return {
    ear: delays(times, heard, 1_000),
    programme: delays(
      spoken.map(({ wall }) => wall),
      inProgramme,
      1,
    ),
    spoken: spoken.length,
  };
}
