import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { TEST_DISK } from "../../core/test-disk.ts";
import { milliseconds, unixMilliseconds } from "../../core/units.ts";
import type { EdgeCounts } from "../../wire/edge.ts";
import { EventCounts } from "./event-counts.ts";
import type { SignedLine } from "./signed-line.ts";
import { countLine } from "./test-lines.ts";

const HOUR_MS = 3_600_000;
let folder: string;
let nowMs = 0;
/** What the house was told, and what it answers. */
let told: EdgeCounts[] = [];
let house: (counts: EdgeCounts) => number = () => 0;
const clock: Clock = { ...systemClock, wallMs: () => unixMilliseconds(nowMs), steadyMs: () => milliseconds(nowMs) };
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(TEST_DISK, "earshot-counts-"));
  [nowMs, told] = [0, []];
  let due = 0;
  house = ({ windows }) => (due += windows.length);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () =>
  EventCounts.open({
    eventId: "e",
    folder,
    seed: new Uint8Array(32).fill(9),
    clock,
    log: silentLog,
    line: {
      name: "south",
      tell: async (_path: string, counts: EdgeCounts) => {
        const due = house(counts);
        told.push(structuredClone(counts));
        return { due };
      },
    } as unknown as SignedLine,
  });

/** Lets windows pass, in each of which the front counts. */
async function listen(from: number, to: number): Promise<void> {
  for (let window = from; window < to; window++) {
    nowMs = (window + 1) * 10_000;
    await appendFile(join(folder, "audience.jsonl"), `${countLine("e", { seq: window, endUnixMs: nowMs, listeningNow: window })}\n`);
  }
  nowMs += 6_000;
}

const windowsTold = () => told.flatMap(({ windows }) => windows.map((text) => JSON.parse(text) as { seq: number; listening: number; last: boolean }));

test("hours without the house and a kill lose nothing: every line and every window comes home once, in order", async () => {
  const before = await open();
  await listen(0, 300);
  await before.collect();
  await listen(300, 720);
  const counts = await open();
  await counts.collect();
  await counts.tell(signal);
  counts.end(nowMs);
  nowMs += 60_000;
  await counts.collect();
  await counts.tell(signal);
  assert.deepEqual(
    windowsTold().map(({ seq, listening, last }) => [seq, listening, last]),
    Array.from({ length: 720 }, (_, index) => [index, index, index === 719]),
  );
  assert.deepEqual(told.flatMap(({ lines }) => lines).join("\n"), (await readFile(join(folder, "audience.jsonl"), "utf8")).trimEnd());
  assert.deepEqual([counts.waiting, counts.isHome], [0, true]);
  const posts = told.length;
  const again = await open();
  await again.collect();
  assert.equal(again.isHome, false, "only the house knows what it has");
  await again.tell(signal);
  assert.deepEqual([again.isHome, told.slice(posts)], [true, [{ lines: [], windows: [] }]]);
});

test("a line cut off by a crash is not told: the house would refuse all that come with it", async () => {
  const counts = await open();
  await appendFile(join(folder, "audience.jsonl"), `{"v":1,"eventId":"e","ed\n${countLine("other")}\n${countLine("e")}\n`);
  nowMs = 16_000;
  await counts.collect();
  await counts.tell(signal);
  assert.deepEqual(
    told.flatMap(({ lines }) => lines),
    [countLine("e")],
  );
});

test("the last window waits until the event is over: said by its stage, or its stage not there for an hour while the house is", async () => {
  const counts = await open();
  await listen(0, 3);
  counts.running(false);
  await counts.collect();
  nowMs += HOUR_MS - 1_000;
  counts.running(undefined);
  counts.running(false);
  nowMs += 2_000;
  await counts.collect();
  await counts.tell(signal);
  assert.deepEqual([windowsTold().length, counts.endedUnixMs], [2, undefined], "while the house is away nothing is known");
  nowMs += HOUR_MS;
  await counts.collect();
  nowMs += 30_000;
  await counts.collect();
  await counts.tell(signal);
  assert.deepEqual(
    windowsTold().map(({ last }) => last),
    [false, false, true],
  );
});

test("a house that has windows which this disk does not know is never given others of the same number", async () => {
  house = () => 7;
  const counts = await open();
  await listen(0, 4);
  await counts.collect();
  await counts.tell(signal);
  await listen(4, 9);
  await counts.collect();
  await counts.tell(signal);
  assert.deepEqual(windowsTold(), []);
});

test("an account the house has closed is not knocked at for ever", async () => {
  house = () => {
    throw new EarshotError("event-ended");
  };
  const counts = await open();
  await listen(0, 4);
  await counts.collect();
  await counts.tell(signal);
  nowMs += 60_000;
  assert.deepEqual([counts.waiting, counts.isHome], [0, true]);
});
