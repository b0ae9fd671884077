import { createHmac } from "node:crypto";
import { secretHash, suspensionKey } from "../event/mod.ts";

/** Bytes of a mark. 9 bytes = 12 characters: two browsers of an event never share one. */
const MARK_BYTES = 9;

/** Who writes: an account of this house on some device, a listener by their personal link, or a guest, known by the device alone. */
export type Author =
  | { readonly kind: "account"; readonly accountId: string; readonly device: string; readonly name: string }
  | { readonly kind: "invited"; readonly linkId: string; readonly device: string; readonly name: string }
  | { readonly kind: "guest"; readonly device: string; readonly name: string };

/** Under what an author is known in the database. Both keys count: who is suspended is so on the device too. */
export interface AuthorKeys {
  readonly author: string;
  readonly device: string;
}

/** The keys of an author; of a device's secret only the hash is kept. */
export function keysOf(author: Author): AuthorKeys {
  const device = suspensionKey(secretHash(author.device));
  if (author.kind === "account") return { author: `account:${author.accountId}`, device };
  // Whoever forgets a cookie is still who was invited.
  return { author: author.kind === "invited" ? `listener:${author.linkId}` : device, device };
}

/** A mark that tells a browser in a public file that it is meant, and tells everybody else nothing. `use` keeps marks of different uses apart. */
export function markOf(houseKey: Uint8Array, use: string, eventId: string, key: string): string {
  return createHmac("sha256", houseKey).update(`earshot ${use} v1\n${eventId}\n${key}`).digest().subarray(0, MARK_BYTES).toString("base64url");
}
