import { type RecordingSettings, recordingSettings } from "../../wire/recording.ts";
import { eventFiles } from "../stage/event-files.ts";
import { readJson, writeDurably } from "./durable-file.ts";

/** What holds when nothing was decided. */
const DEFAULTS: RecordingSettings = { version: 1, trimStartSeconds: 0, clips: true, keepDays: null, keepTracks: false, keepLossless: false };

/** What host and operator decided about an event's recording. */
export async function readRecordingSettings(dataFolder: string, eventId: string): Promise<RecordingSettings> {
  return recordingSettings.safeParse(await readJson(eventFiles(dataFolder, eventId).recording)).data ?? DEFAULTS;
}

/** Keeps a decision; on disk when it resolves. */
export async function writeRecordingSettings(dataFolder: string, eventId: string, settings: RecordingSettings): Promise<void> {
  await writeDurably(eventFiles(dataFolder, eventId).recording, `${JSON.stringify(settings)}\n`);
}
