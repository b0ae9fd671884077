import { createHmac, timingSafeEqual } from "node:crypto";

/** Keeps what lets somebody write apart from what lets them listen. */
const WRITING = "write\0";
/** Keeps this derivation apart from every other use of the house key. */
const CONTEXT = "earshot listener links v1";
/** Bytes of the signature. 18 bytes = 144 bits, out of reach of guessing. */
const MAC_BYTES = 18;
const TOKEN = /^([\w-]{12})\.([\w-]{24})$/;

/** The key of personal listener links: derived, so that the fronts, which meet strangers, never hold the house key itself. 32 bytes. */
export function listenerKey(houseKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", houseKey).update(CONTEXT).digest());
}

/** The token in a personal listener link: the link's id and a signature over event and id. 37 characters that need no escaping anywhere. */
export function mintListenerToken(key: Uint8Array, eventId: string, linkId: string): string {
  return `${linkId}.${signature(key, eventId, linkId).toString("base64url")}`;
}

/** What shows, on the wall of an event by invitation, whose link somebody listens by. It opens no sound, so that a page may hold it. */
export function mintWritingToken(key: Uint8Array, eventId: string, linkId: string): string {
  return mintListenerToken(key, WRITING + eventId, linkId);
}

/** Id of the link a writing token stands for; undefined when it is none of this event's. Whether it was taken away since is another question. */
export function readWritingToken(key: Uint8Array, eventId: string, token: string): string | undefined {
  return readListenerToken(key, WRITING + eventId, token);
}

/** Id of the link a token came with; undefined when it is none of this event's. Whether it was taken away since is another question. */
export function readListenerToken(key: Uint8Array, eventId: string, token: string): string | undefined {
  const [, linkId = "", mac = ""] = TOKEN.exec(token) ?? [];
  if (linkId === "") return undefined;
  const told = Buffer.from(mac, "base64url");
  return told.length === MAC_BYTES && timingSafeEqual(told, signature(key, eventId, linkId)) ? linkId : undefined;
}

function signature(key: Uint8Array, eventId: string, linkId: string): Buffer {
  return createHmac("sha256", key).update(`${eventId}\0${linkId}`).digest().subarray(0, MAC_BYTES);
}
