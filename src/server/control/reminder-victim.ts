// Moves an event again and again and sends reminders of it meanwhile, for ever; started and killed by reminder-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { EventDesk, ReminderDesk, ReminderOutbox, ReminderWaves } from "../../event/mod.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import { ensureVapidKeys, PushSender } from "../push/mod.ts";
import { ReminderSender } from "./reminder-sender.ts";

const [folder = "", eventId = "", run = "0"] = process.argv.slice(2);
const store = await openSqlite({ path: join(folder, "earshot.sqlite") });
const houseKey = new Uint8Array(32).fill(1);
const clock = systemClock;
const desk = new EventDesk({ store, houseKey, clock, onChange: () => {} });
const sender = new ReminderSender({
  ...{ desk, mail: undefined, mailsPerMinute: 1, publicUrl: "http://listen.test", backstageUrl: "http://backstage.test", clock, log: silentLog },
  reminders: new ReminderDesk({ store, clock, houseKey }),
  waves: new ReminderWaves({ store, clock, mailsPerMinute: 1, isReplayReady: async () => false }),
  outbox: new ReminderOutbox({ store, clock }),
  push: new PushSender({ keys: await ensureVapidKeys(folder), contact: "mailto:house@example.org", allowPrivate: true }),
});
const by = { name: "victim", role: "operator" } as const;

for (let act = 0; ; act++) {
  const reason = `act ${run}-${act}`;
  const startDate = new Date(clock.wallMs() + (5 + (act % 20)) * 86_400_000).toISOString();
  if (act % 2 === 0) await desk.schedule.reschedule(eventId, { startDate }, reason, by);
  else await desk.schedule.postpone(eventId, reason, by);
  // Written through at once, because the end comes without notice.
  writeSync(1, `${reason}\n`);
  for (let rounds = 0; rounds < 12; rounds++) {
    await sender.round();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
