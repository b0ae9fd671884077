import assert from "node:assert/strict";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { AudienceAnswer, EventView } from "../../../wire/api.ts";
import type { DoorRecord } from "../../../wire/door.ts";
import type { AudienceWindow } from "../../../wire/audience.ts";
import { testWindow } from "../../../wire/test-window.ts";
import { goodDraft, TEST_NOW_MS, TestHouse } from "../test-house.ts";

const windowAt = (index: number, more: Partial<AudienceWindow>) => testWindow("front-a", TEST_NOW_MS + index * 10_000, { seq: index, ...more });

test("the host reads the account that the edges wrote, and orders the doors", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { id, slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const look = async () => (await operator.call<AudienceAnswer>("GET", `/api/events/${slug}/audience`)).body;
  assert.deepEqual(await look(), { orders: { mode: "auto" }, nowUnixMs: TEST_NOW_MS });
  const file = join(house.folder, "events", id, "audience.jsonl");
  const door = { pressure: 0.5, step: 0, mode: "auto" as const, joinsPerSecond: 200, admitted: 7, tickets: 3, refused: 1, waitSeconds: 2 };
  for (const [index, listeningNow] of [90, 140, 120].entries())
    await appendFile(
      file,
      `${JSON.stringify(windowAt(index, { listeningNow, listenedMs: 3_600_000, sessions: 10, forms: { page: 60 }, door: { ...door, ...(index === 2 ? { flooded: true } : {}) }, waitingNow: 4 }))}\n`,
    );
  const { audience } = await look();
  assert.deepEqual(
    [audience?.listeningNow, audience?.peak, audience?.peakUnixMs, audience?.listeningHours, audience?.sessions, audience?.waitingNow],
    [120, 140, TEST_NOW_MS, 3, 30, 4],
  );
  assert.deepEqual([audience?.forms, audience?.door?.joinsPerSecond, audience?.recent.map(([, sum]) => sum)], [{ page: 60 }, 200, [90, 140, 120]]);
  assert.equal(audience?.door?.flooded, true, "a flood that is held off is told");
  assert.equal((await operator.call("POST", `/api/events/${slug}/doors`, { mode: "hold", message: "A moment" })).status, 204);
  assert.deepEqual((await look()).orders, { mode: "hold", message: "A moment" });
  const record = async () => JSON.parse(await readFile(join(house.folder, "events", id, "doors.json"), "utf8")) as DoorRecord;
  const { draws = [], ...rest } = await record();
  assert.deepEqual([rest, draws.length, draws[0]?.heldUnixMs], [{ mode: "hold", message: "A moment" }, 1, TEST_NOW_MS]);
  await operator.call("POST", `/api/events/${slug}/doors`, { mode: "hold" });
  assert.deepEqual((await record()).draws, draws, "a new word to those who wait is no new draw");
  await appendFile(file, `${JSON.stringify(windowAt(3, { waitingNow: 9_000, door }))}\n`);
  await operator.call("POST", `/api/events/${slug}/doors`, { mode: "auto" });
  const opened = { ...draws[0], startUnixMs: TEST_NOW_MS, windowMs: 45_000 };
  assert.deepEqual((await record()).draws, [opened], "as long as those who wait need at the rate of the doors");
  await operator.call("POST", `/api/events/${slug}/doors`, { mode: "hold" });
  const [first, second] = (await record()).draws ?? [];
  assert.deepEqual(first, opened, "a second hold keeps the first draw");
  assert.notEqual(second?.seed, opened.seed);
  for (const wrong of [{ mode: "ajar" }, { mode: "auto", joinsPerSecond: 0 }, { mode: "auto", message: "x".repeat(201) }, {}])
    assert.equal((await operator.call("POST", `/api/events/${slug}/doors`, wrong)).status, 422, JSON.stringify(wrong));
});
