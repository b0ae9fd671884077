import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { unixMilliseconds } from "../../core/units.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { unpackAudience } from "../../wire/timed-metadata.ts";
import { HouseNews } from "./house-news.ts";

const WINDOW_END = 1_800_000_000_000;
const line = (edge: string, listeningNow: number, endUnixMs: number) =>
  `${JSON.stringify({
    ...{ v: 1, eventId: "ev1", edge, seq: 0, endUnixMs, windowMs: 10_000, listeningNow, joins: 0, leaves: 0, partial: 0, sessions: 0, sessionsGross: 0 },
    ...{ machines: 0, listenedMs: 0, listenedGrossMs: 0, bytes: 0, turnedAway: 0, waitingNow: 0 },
  })}\n`;

test("the stage tells the sum of all fronts' lines, and that the announced event or its languages are others", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-news-"));
  await mkdir(join(dataFolder, "events/ev1"), { recursive: true });
  await mkdir(join(dataFolder, "public"));
  let state: LiveState = { eventId: "ev1", slug: "evening", phase: "live", epoch: 1, onStage: [], revision: 1 };
  // The rounds of its own never come: looks are the test's.
  const clock: Clock = { ...systemClock, wallMs: () => unixMilliseconds(WINDOW_END + 12_000), sleep: () => new Promise(() => {}) };
  const news = new HouseNews({ dataFolder, eventId: "ev1", slug: "evening", state: () => state, clock, log: silentLog });
  await news.look();
  assert.equal(news.audience, undefined);
  const before = news.revision;
  const lines = join(dataFolder, "events/ev1/audience.jsonl");
  await writeFile(lines, line("front-a", 300, WINDOW_END) + line("front-b", 45, WINDOW_END));
  await news.look();
  assert.deepEqual([unpackAudience(news.audience)?.listeningNow, unpackAudience(news.audience)?.asOfUnixMs, news.revision], [345, WINDOW_END, before]);
  await appendFile(lines, line("front-a", 20, WINDOW_END + 10_000) + line("front-b", 40, WINDOW_END + 10_000));
  await writeFile(join(dataFolder, "public/evening.json"), '{"handsOpen":true}');
  await news.look();
  const told = unpackAudience(news.audience);
  assert.deepEqual([told?.listeningNow, told?.peak, told?.peakUnixMs], [60, 345, WINDOW_END - 10_000]);
  const announced = news.revision;
  assert.notEqual(announced, before);
  await news.look();
  assert.equal(news.revision, announced);
  state = { ...state, revision: 2, interpretation: { floor: "en", into: ["de"] } };
  await news.look();
  assert.notEqual(news.revision, announced);
  news.close();
  await rm(dataFolder, { recursive: true });
});
