import { randomBytes } from "node:crypto";

/** Bytes of randomness in a secret link. 18 bytes = 144 bits, out of reach of guessing, 24 characters in a link. */
const SECRET_BYTES = 18;

/** A new UUIDv7: sorts by time of making. @spec RFC 9562 §5.7 */
export function newId(unixMs: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 6; index++) bytes[index] = Math.floor(unixMs / 2 ** (8 * (5 - index))) % 256;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new secret for a personal link: base64url, 24 characters. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}
