import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { tries } from "../../core/test-length.ts";
import { unixMilliseconds } from "../../core/units.ts";
import type { PushNotice } from "../../wire/reminders.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import { TestPushService } from "../push/test-push-service.ts";
import { eveningAt, openReminders } from "./test-reminders.ts";

/** Kills, and how many browsers wait for news: their places in the spread take longer than the time between two acts, so that every kill finds notices unsent. */
const KILLS = tries(3, 12);
const BROWSERS = 25;
const MINUTE_MS = 60_000;
const by = { name: "host", role: "operator" } as const;

/** Lets the victim work until it acknowledged `count` acts, and kills it in the middle of what follows. */
async function killAfter(folder: string, eventId: string, run: number, count: number): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "reminder-victim.ts"), folder, eventId, String(run)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => {
    text += bytes.toString();
    if (text.split("\n").length > count) setTimeout(() => child.kill("SIGKILL"), run * 17);
  });
  const signal = await new Promise<string | null>((resolve) => child.once("close", (_, by) => resolve(by)));
  assert.equal(signal, "SIGKILL");
  return text.split("\n").slice(0, -1);
}

test("control is killed again and again while it moves an evening and tells of it: nobody is told an act twice, the latest act reaches everybody it can, older ones and old times are dropped", {
  timeout: 180_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-reminder-kill-"));
  const pushes = await TestPushService.open();
  t.after(async () => {
    pushes.close();
    await rm(folder, { recursive: true, force: true });
  });
  const path = join(folder, "earshot.sqlite");
  const draft = eveningAt(new Date(Date.now() + 5 * 86_400_000).toISOString());
  let eventId = "";
  {
    await using store = await openSqlite({ path });
    const { desk, reminders } = await openReminders(folder, store);
    const event = await desk.create(draft, by);
    eventId = event.id;
    for (let browser = 0; browser < BROWSERS; browser++) {
      const subscription = pushes.subscribe(`/${browser}`);
      await reminders.ask(event, {
        kind: "push",
        address: JSON.stringify(subscription),
        identity: subscription.endpoint,
        language: "en",
        timeZone: "Europe/Berlin",
      });
    }
  }
  const acknowledged: string[] = [];
  for (let run = 0; run < KILLS; run++) acknowledged.push(...(await killAfter(folder, eventId, run, 1 + (run % 3))));

  await using store = await openSqlite({ path });
  const { desk, outbox, sender, push } = await openReminders(folder, store);
  const rows = async () =>
    await store.read(store.sql.selectFrom("reminder_notice as notice").innerJoin("reminder_wave as wave", "wave.id", "notice.wave_id").selectAll());
  const before = await rows();
  const log = (await desk.schedule.history(eventId)).filter(({ act }) => act === "postpone" || act === "reschedule");
  assert.ok(acknowledged.every((reason) => log.some((entry) => entry.reason === reason)));
  const last = log.at(-1);
  do {
    await sender.round();
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while ((await outbox.waiting()) > 0);
  await sender.settled();
  push.close();
  const after = await rows();
  assert.deepEqual(pushes.wrong, []);

  // Every act is one wave, and every wave a row for each browser: whatever became of it.
  assert.deepEqual(new Set(after.map(({ mark }) => mark)), new Set(log.map(({ number }) => `act:${number}`)));
  assert.equal(after.length, log.length * BROWSERS);
  const sentOf = (all: typeof after, mark: string) => all.filter((row) => row.mark === mark && row.state === "sent").length;
  for (const { number } of log.slice(0, -1))
    assert.equal(sentOf(after, `act:${number}`), sentOf(before, `act:${number}`), "what was overtaken is not told after the restart");
  const told = pushes.received.map(({ path: browser, text }) => `${browser} ${/act \d+-\d+/.exec((JSON.parse(text) as PushNotice).body)?.[0]}`);
  assert.equal(new Set(told).size, told.length, "nobody is told an act twice");
  const latest = after.filter(({ mark }) => mark === `act:${last?.number}`);
  for (const { state, failure } of latest) assert.ok(state === "sent" || (state === "failed" && failure === "interrupted"), `${state} ${failure}`);
  assert.ok(latest.some(({ state }) => state === "sent"));
  assert.ok(
    after.some(({ state }) => state === "dropped"),
    "some news was overtaken before everybody had heard it",
  );

  // The doors follow the time that holds now, once, whichever process looks and however often.
  const event = await desk.schedule.reschedule(eventId, { startDate: new Date(Date.now() + 30 * 86_400_000).toISOString() }, "At last.", by);
  const doors = async (atMs: number) => {
    const later: Clock = { wallMs: () => unixMilliseconds(atMs), steadyMs: systemClock.steadyMs, sleep: systemClock.sleep };
    const { waves } = await openReminders(folder, store, later);
    await waves.followTimes([await desk.byId(eventId)]);
    return (await rows()).filter(({ topic }) => topic === "doors").length;
  };
  for (const { before: was } of log) if (was.door_ms !== undefined) assert.equal(await doors(was.door_ms - MINUTE_MS), 0, "an old time tells nobody");
  assert.equal(await doors(event.doorMs - 12 * MINUTE_MS), 0);
  assert.equal(await doors(event.doorMs - 5 * MINUTE_MS), BROWSERS);
  assert.equal(await doors(event.doorMs - 4 * MINUTE_MS), BROWSERS);
});
