import { request as httpRequest, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { EarshotError } from "../../../core/errors.ts";
import { refuse } from "../stage-pipe.ts";
import { STREAM_HEADERS } from "./stream-headers.ts";

/** Longest wait for the stage to begin. Milliseconds; it answers from memory. Afterwards its bus may be silent for hours, before the event. */
const ANSWER_MS = 8_000;

/** Passes a stage's part bus on as it is, byte for byte, until one of both ends. The stage cuts off a reader that does not read, and with it this one. */
export function passBus(response: ServerResponse, stageUrl: string, windowMs: string | null): void {
  const query = windowMs !== null && /^\d{1,9}$/.test(windowMs) ? `?windowMs=${windowMs}` : "";
  const onward = httpRequest(`${stageUrl}/bus${query}`, { agent: false, timeout: ANSWER_MS });
  onward.on("response", (answer) => {
    onward.setTimeout(0);
    response.writeHead(answer.statusCode ?? 502, STREAM_HEADERS).flushHeaders();
    pipeline(answer, response, () => onward.destroy());
  });
  onward.on("timeout", () => onward.destroy(new Error("the stage did not answer in time")));
  onward.on("error", (cause) => refuse(response, new EarshotError("stage-starting", {}, cause), {}));
  response.on("close", () => onward.destroy());
  onward.end();
}
