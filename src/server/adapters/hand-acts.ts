import { type HandAct, handActs } from "../../wire/hands.ts";
import { eventFiles } from "../stage/event-files.ts";
import { readJson, writeDurably } from "./durable-file.ts";

/** What was done with raised hands, as control wrote it; nothing when nothing was, or the file is none. */
export async function readHandActs(dataFolder: string, eventId: string): Promise<readonly HandAct[]> {
  const { data } = handActs.safeParse(await readJson(eventFiles(dataFolder, eventId).handActs));
  return data?.acts ?? [];
}

/** Writes them down where something was done. Rejects with the file system's error. */
export async function writeHandActs(dataFolder: string, eventId: string, acts: readonly HandAct[]): Promise<void> {
  if (acts.length > 0) await writeDurably(eventFiles(dataFolder, eventId).handActs, `${JSON.stringify({ version: 1, acts })}\n`);
}
