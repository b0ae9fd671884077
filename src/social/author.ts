import { createHmac } from "node:crypto";

/** Bytes of a mark. 9 bytes = 12 characters: two browsers of an event never share one. */
const MARK_BYTES = 9;

/** Who writes: an account of this house on some device, who may listen by a personal link; a listener by such a link; or a guest, known by the device alone. */
export type Author =
  | { readonly kind: "account"; readonly accountId: string; readonly linkId?: string | undefined; readonly device: string; readonly name: string }
  | { readonly kind: "invited"; readonly linkId: string; readonly device: string; readonly name: string }
  | { readonly kind: "guest"; readonly device: string; readonly name: string };

/** A mark that tells a browser in a public file that it is meant, and tells everybody else nothing. `use` keeps marks of different uses apart. */
export function markOf(houseKey: Uint8Array, use: string, eventId: string, key: string): string {
  return createHmac("sha256", houseKey).update(`earshot ${use} v1\n${eventId}\n${key}`).digest().subarray(0, MARK_BYTES).toString("base64url");
}
