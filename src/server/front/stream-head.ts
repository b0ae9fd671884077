import { type EndlessKind, endlessType } from "../../audience/mod.ts";

/** What an endless stream's answer tells. */
export interface StreamAnswer {
  readonly kind: EndlessKind;
  readonly title: string;
  readonly cadenceMs: number;
  /** Whether it has one of the places near the stage; absent: it did not ask. */
  readonly near?: boolean;
  /** Whether it has half the data because so many listen; absent: no. */
  readonly cheaper?: boolean;
  /** What the door gave to come back with. */
  readonly pass?: string;
}

/** Fields of an endless stream's answer. */
export function streamFields({ kind, title, cadenceMs, near = false, cheaper = false, pass }: StreamAnswer): Record<string, string> {
  return {
    "content-type": endlessType(kind),
    "earshot-cadence-ms": String(Math.round(cadenceMs)),
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    ...(near ? { "earshot-near": "1" } : {}),
    ...(cheaper ? { "earshot-stream": "low" } : {}),
    "access-control-expose-headers": "earshot-cadence-ms, earshot-near, earshot-stream",
    "accept-ranges": "none",
    // Header fields are Latin-1: anything else would be refused by the parser on the other side.
    "icy-name": title.replace(/[^\x20-\x7e]/g, "?"),
    "icy-pub": "0",
    // The stream ends with the connection: nothing has to be wrapped around each piece.
    connection: "close",
    ...(pass === undefined ? {} : { "earshot-pass": pass }),
  };
}

/** The head of an endless stream's answer. @spec RFC 9112 §6.3, number 8 */
export function streamHead(stream: StreamAnswer): Buffer {
  const lines = Object.entries(streamFields(stream)).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`, "latin1");
}
