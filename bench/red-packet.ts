import { FRAME_SAMPLES } from "../src/core/units.ts";

/** Payload type written into packets with copies: any will do. */
const PAYLOAD_TYPE = 111;

/** A packet of 20 ms that carries the one before once more, as browsers send it. @spec RFC 2198 §3 */
export function withCopy(copy: Uint8Array | undefined, packet: Uint8Array): Uint8Array {
  if (copy === undefined) return Uint8Array.from([PAYLOAD_TYPE, ...packet]);
  const header = [0x80 | PAYLOAD_TYPE, FRAME_SAMPLES >> 6, ((FRAME_SAMPLES & 63) << 2) | (copy.length >> 8), copy.length & 255, PAYLOAD_TYPE];
  return Uint8Array.from([...header, ...copy, ...packet]);
}
