import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { EventDesk, ReminderDesk, ReminderOutbox, ReminderWaves } from "../../event/mod.ts";
import type { EventDraft } from "../../wire/api.ts";
import type { Database } from "../adapters/database.ts";
import { ensureVapidKeys, PushSender } from "../push/mod.ts";
import { ReminderSender } from "./reminder-sender.ts";

const houseKey = new Uint8Array(32).fill(1);

/** The parts of control that remind, over one database; `clock` can be another day's. The caller closes `push`. */
export async function openReminders(folder: string, store: Database, clock: Clock = systemClock, isReplayReady: () => Promise<boolean> = async () => false) {
  const desk = new EventDesk({ store, houseKey, clock, onChange: () => {} });
  const reminders = new ReminderDesk({ store, clock, houseKey });
  const waves = new ReminderWaves({ store, clock, mailsPerMinute: 1, isReplayReady });
  const outbox = new ReminderOutbox({ store, clock });
  const push = new PushSender({ keys: await ensureVapidKeys(folder), contact: "mailto:house@example.org", allowPrivate: true });
  const settings = { mail: undefined, mailsPerMinute: 1, publicUrl: "http://listen.test", backstageUrl: "http://backstage.test", clock, log: silentLog };
  return { desk, reminders, waves, outbox, push, sender: new ReminderSender({ ...settings, desk, reminders, waves, outbox, push }) };
}

/** An evening that starts at this time. */
export function eveningAt(startDate: string): EventDraft {
  return {
    ...{ title: "Looms", startDate, timeZone: "Europe/Berlin", description: "", language: "en" },
    ...{ visibility: "public", plannedMinutes: 60, doorsMinutesBefore: 15, speakers: [{ name: "Ada", role: "speaker" }] },
  };
}
