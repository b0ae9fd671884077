import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ReminderOffer } from "../../wire/reminders.ts";
import { writeDurably } from "./durable-file.ts";

/** The file control writes and fronts read. The underscore keeps it apart from every event's address. */
export const REMINDER_OFFER = join("public", "_reminders.json");

/** Says what event pages offer to those who want to be reminded. */
export async function writeReminderOffer(dataFolder: string, offer: ReminderOffer): Promise<void> {
  await mkdir(join(dataFolder, "public"), { recursive: true });
  await writeDurably(join(dataFolder, REMINDER_OFFER), `${JSON.stringify(offer)}\n`);
}
