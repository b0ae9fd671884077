import { stat } from "node:fs/promises";
import type { eventFiles } from "../stage/event-files.ts";

/** Whether an event has captions: a WebVTT file in its archive, written by the stage as they were typed. */
export async function hasCaptions({ captions }: Pick<ReturnType<typeof eventFiles>, "captions">): Promise<boolean> {
  return (await stat(captions).catch(() => undefined))?.isFile() === true;
}
