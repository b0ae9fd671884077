import type { IncomingMessage } from "node:http";
import { EarshotError } from "../../../core/errors.ts";

/** Longest pause in a file that is sent. Milliseconds; a connection that only holds a place ends. */
const PAUSE_MS = 15_000;
/** Longest time a file takes to come. Milliseconds; 64 MB at one megabit per second. */
export const UPLOAD_MS = 600_000;

/** A file as it comes. @throws `bad-request` when its sender pauses or goes away */
export async function* takeUpload(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const pause = setTimeout(() => incoming.destroy(new Error(`nothing came for ${PAUSE_MS / 1000} s`)), PAUSE_MS);
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      pause.refresh();
      yield chunk;
    }
  } catch (cause) {
    throw new EarshotError("bad-request", { rule: "the whole file" }, cause);
  } finally {
    clearTimeout(pause);
  }
}
