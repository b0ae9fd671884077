import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { LiveState } from "../../wire/public-state.ts";
import type { PushNotice } from "../../wire/reminders.ts";
import { type Engine, ENGINES } from "../adapters/test-engines.ts";
import { TestPushService } from "../push/test-push-service.ts";
import { TEST_NOW_MS, TestClock } from "./test-house.ts";
import { eveningAt, openReminders } from "./test-reminders.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const by = { name: "Grace", role: "host" } as const;

/** An evening in an hour, and one browser that wants to hear of it. */
async function evening(t: TestContext, engine: Engine) {
  const folder = await mkdtemp(join(tmpdir(), "earshot-reminder-life-"));
  const store = await (await engine.newDatabase()).open();
  const pushes = await TestPushService.open();
  const clock = new TestClock();
  const replay = { ready: false };
  const house = await openReminders(folder, store, clock, async () => replay.ready);
  t.after(async () => {
    house.push.close();
    pushes.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const event = await house.desk.create(eveningAt(new Date(TEST_NOW_MS + HOUR_MS).toISOString()), by);
  const subscription = pushes.subscribe("/eve");
  await house.reminders.ask(event, {
    kind: "push",
    address: JSON.stringify(subscription),
    identity: subscription.endpoint,
    language: "en",
    timeZone: "Europe/Berlin",
  });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await house.sender.round();
    await house.sender.settled();
  };
  const stage = (more: Partial<LiveState>) =>
    house.desk.followStage({ eventId: event.id, slug: event.slug, phase: "live", epoch: 1, originUnixMs: clock.wallMs(), onStage: [], revision: 1, ...more });
  const titles = () => pushes.received.map(({ text }) => (JSON.parse(text) as PushNotice).title.split(":")[0]);
  const kept = async () => (await store.read(store.sql.selectFrom("reminder").selectAll())).length;
  return { ...house, event, pushes, clock, replay, pass, stage, titles, kept };
}

for (const engine of ENGINES) {
  describe(engine.name, () => {
    test("from the doors to the replay everybody who asked is told once each, and the address leaves when the replay was told", async (t) => {
      const { clock, replay, pass, stage, titles, kept } = await evening(t, engine);
      await pass(40 * MINUTE_MS);
      await pass(15 * MINUTE_MS);
      await pass(5 * MINUTE_MS);
      await stage({});
      await pass(1_000);
      assert.deepEqual(titles(), ["Soon", "On air now"]);
      await pass(HOUR_MS);
      await stage({ phase: "ended", endedUnixMs: clock.wallMs() });
      await pass(MINUTE_MS);
      assert.deepEqual([titles().length, await kept()], [2, 1]);
      replay.ready = true;
      await pass(10_000);
      assert.deepEqual(titles(), ["Soon", "On air now", "To hear again"]);
      await pass(MINUTE_MS);
      assert.equal(await kept(), 0);
    });

    test("without a recording the address leaves a day after the end; an evening that never began keeps it a week", async (t) => {
      const { clock, pass, stage, kept } = await evening(t, engine);
      await stage({});
      await stage({ phase: "ended", endedUnixMs: clock.wallMs() });
      await pass(23 * HOUR_MS);
      assert.equal(await kept(), 1);
      await pass(2 * HOUR_MS);
      assert.equal(await kept(), 0);
      const never = await evening(t, engine);
      await never.pass(7 * 24 * HOUR_MS);
      assert.equal(await never.kept(), 1);
      await never.pass(2 * HOUR_MS);
      assert.equal(await never.kept(), 0);
    });

    test("what is taken back is told as what holds then, and only the latest of several acts is told", async (t) => {
      const { desk, event, pass, titles, pushes } = await evening(t, engine);
      await desk.schedule.postpone(event.id, "Storm.", by);
      await desk.schedule.cancel(event.id, "No more.", by);
      await pass(1_000);
      assert.deepEqual(titles(), ["Called off"]);
      await desk.schedule.undo(event.id, undefined, by);
      await pass(1_000);
      assert.deepEqual(titles(), ["Called off", "Postponed"]);
      await desk.schedule.reschedule(event.id, { startDate: new Date(event.startMs).toISOString() }, "", by);
      await pass(1_000);
      assert.deepEqual(titles(), ["Called off", "Postponed", "Back again"]);
      assert.match(pushes.received.at(-1)?.text ?? "", /It takes place Saturday,? 3 October 2026 at 21:00 CEST after all\./);
      await desk.schedule.edit(event.id, { title: "Looms and numbers" }, by);
      await desk.schedule.undo(event.id, undefined, by);
      await pass(1_000);
      assert.equal(titles().length, 3, "a corrected title is no news");
      for (const hours of [2, 3, 4])
        await desk.schedule.reschedule(event.id, { startDate: new Date(event.startMs + hours * HOUR_MS).toISOString() }, `${hours} hours`, by);
      await pass(1_000);
      await pass(1_000);
      assert.deepEqual(
        pushes.received.slice(3).map(({ text }) => /\d hours/.exec(text)?.[0]),
        ["4 hours"],
      );
    });

    test("who asks while a notice is under way is told the next one, not this", async (t) => {
      const { desk, reminders, event, pass, pushes } = await evening(t, engine);
      await desk.schedule.postpone(event.id, "", by);
      await pass(1_000);
      const late = pushes.subscribe("/late");
      const seen = await desk.byId(event.id);
      await reminders.ask(seen, { kind: "push", address: JSON.stringify(late), identity: late.endpoint, language: "de", timeZone: "Europe/Berlin" });
      await pass(1_000);
      assert.deepEqual(
        pushes.received.map(({ path }) => path),
        ["/eve"],
      );
      await desk.schedule.undo(event.id, undefined, by);
      await pass(1_000);
      await pass(1_000);
      assert.deepEqual(pushes.received.map(({ path }) => path).toSorted(), ["/eve", "/eve", "/late"]);
    });
  });
}
