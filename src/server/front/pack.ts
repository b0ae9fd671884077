import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import type { Answer } from "../../audience/mod.ts";

/** Bodies shorter than this are not packed. Bytes; they fit into one network packet either way. */
const PACK_FROM = 1_000;

/** Whether who asks can unpack. */
export function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""));
}

/** A text as it goes to a client: packed where it is worth it and can be unpacked. */
export function pack(answer: Answer, acceptsGzip: boolean): Answer {
  if (answer.body.length < PACK_FROM) return answer;
  return acceptsGzip ? { ...answer, body: gzipSync(answer.body), gzip: true } : { ...answer, gzip: false };
}
