import { toBase64 } from "./base64.ts";
import type { Sha256 } from "./merkle.ts";

/** First bytes of what an edge signs, so that the signature can mean nothing elsewhere. */
const DOMAIN = new TextEncoder().encode("earshot-window/v1\n");
/** `,"sig":"` + 88 characters of base64 + `"}`. Bytes. */
const TAIL_BYTES = 8 + 88 + 2;
const TAIL_START = new TextEncoder().encode(',"sig":"');

/** Bytes an edge signs for a window line without its signature: the domain, then the line's beginning and "}". */
export function windowMessage(unsignedLine: Uint8Array): Uint8Array {
  const message = new Uint8Array(DOMAIN.length + unsignedLine.length);
  message.set(DOMAIN);
  message.set(unsignedLine, DOMAIN.length);
  return message;
}

/** The signed bytes of a whole window line, or undefined when its signature is not its last field. Never throws. */
export function signedPartOf(line: Uint8Array): Uint8Array | undefined {
  const cut = line.length - TAIL_BYTES;
  if (cut < 1 || !TAIL_START.every((byte, index) => line[cut + index] === byte)) return undefined;
  // A copy in any case: a Buffer's own slice would share the line's bytes.
  const unsigned = Uint8Array.from(line.subarray(0, cut + 1));
  unsigned[cut] = 0x7d;
  return windowMessage(unsigned);
}

/** What the next line of the edge must carry as `prev`: the hash of this line, or of its public key before the first. Base64. */
export function linkOf(sha256: Sha256, lineOrKey: Uint8Array): string {
  return toBase64(sha256(lineOrKey));
}
