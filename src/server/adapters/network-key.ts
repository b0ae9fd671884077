import { hkdfSync } from "node:crypto";

/** What the key is derived for; another purpose of the house key is another word. */
const CONTEXT = "earshot/networks/v1";

/**
 * Key of the networks' hashes in tickets, the same at every front and edge of a house and at every start: a ticket stays good wherever its holder comes back.
 * 32 bits, unsigned. @spec RFC 5869
 */
export function networkKeyOf(houseKey: Uint8Array): number {
  return Buffer.from(hkdfSync("sha256", houseKey, "", CONTEXT, 4)).readUInt32BE();
}
