import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Keep these derivations apart from every other use of the house key. */
const SEAL_CONTEXT = "earshot reminder address v1";
const HASH_CONTEXT = "earshot reminder hash v1";
const LINK_CONTEXT = "earshot reminder link v1";
/** Bytes of an id, of the code that proves it, of GCM's nonce and of its tag. */
const ID_BYTES = 16;
const MAC_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const derive = (houseKey: Uint8Array, ...parts: readonly string[]) => createHmac("sha256", houseKey).update(parts.join("\0")).digest();

/** What stands in the database instead of an address: AES-256-GCM under a key derived from the house key, bound to the reminder. */
export function sealAddress(houseKey: Uint8Array, reminderId: string, address: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", derive(houseKey, SEAL_CONTEXT), nonce).setAAD(Buffer.from(reminderId));
  const sealed = Buffer.concat([cipher.update(address, "utf8"), cipher.final()]);
  return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]));
}

/** The address again; undefined when the house key is another or a byte was changed. */
export function openAddress(houseKey: Uint8Array, reminderId: string, sealed: Uint8Array): string | undefined {
  try {
    const decipher = createDecipheriv("aes-256-gcm", derive(houseKey, SEAL_CONTEXT), sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(reminderId)).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** Tells whether an address asked before, without holding it. 32 bytes, another for each event. */
export function addressHash(houseKey: Uint8Array, eventId: string, kind: string, address: string): Uint8Array {
  return new Uint8Array(derive(houseKey, HASH_CONTEXT, eventId, kind, address));
}

/** What a link in a mail carries: the reminder's id and a proof that we gave it out. base64url, 43 characters. */
export function reminderToken(houseKey: Uint8Array, reminderId: string): string {
  const id = Buffer.from(reminderId.replaceAll("-", ""), "hex");
  return Buffer.concat([id, derive(houseKey, LINK_CONTEXT, reminderId).subarray(0, MAC_BYTES)]).toString("base64url");
}

/** A token read back. */
export type ReminderTokenResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly code: "reminder-unknown"; readonly offset: number };

/** Reads a link's token. Untrusted; never throws. `offset`: first byte that is wrong. */
export function readReminderToken(houseKey: Uint8Array, token: string): ReminderTokenResult {
  const bytes = /^[\w-]{43}$/.test(token) ? Buffer.from(token, "base64url") : Buffer.alloc(0);
  if (bytes.length !== ID_BYTES + MAC_BYTES) return { ok: false, code: "reminder-unknown", offset: 0 };
  const hex = bytes.subarray(0, ID_BYTES).toString("hex");
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  const mac = derive(houseKey, LINK_CONTEXT, id).subarray(0, MAC_BYTES);
  if (!timingSafeEqual(mac, bytes.subarray(ID_BYTES))) return { ok: false, code: "reminder-unknown", offset: ID_BYTES };
  return { ok: true, id };
}
