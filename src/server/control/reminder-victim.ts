// Moves an event again and again and sends reminders of it meanwhile, for ever; started and killed by reminder-kill.test.ts.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import { openReminders } from "./test-reminders.ts";

const [folder = "", eventId = "", run = "0"] = process.argv.slice(2);
const { desk, sender } = await openReminders(folder, await openSqlite({ path: join(folder, "earshot.sqlite") }));
const by = { name: "victim", role: "operator" } as const;

for (let act = 0; ; act++) {
  const reason = `act ${run}-${act}`;
  const startDate = new Date(systemClock.wallMs() + (5 + (act % 20)) * 86_400_000).toISOString();
  // Moves follow moves, too: only the latest of them holds.
  if (act % 3 < 2) await desk.schedule.reschedule(eventId, { startDate }, reason, by);
  else await desk.schedule.postpone(eventId, reason, by);
  // Written through at once, because the end comes without notice.
  writeSync(1, `${reason}\n`);
  for (let rounds = 0; rounds < 12; rounds++) {
    await sender.round();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
