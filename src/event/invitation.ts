import { createHash, createHmac } from "node:crypto";

/** Bytes of a derived secret. 18 bytes = 144 bits, out of reach of guessing, 24 characters in a link. */
const SECRET_BYTES = 18;
/** Keeps these derivations apart from every other use of the house key. */
const CONTEXT = "earshot personal link v1";

/**
 * The secret of a person's link: derived from the house key, so that the host can be shown it again although the database only holds its hash.
 * `generation` rises when the link is renewed. base64url, 24 characters. See docs/decisions/0002.
 */
export function personalSecret(houseKey: Uint8Array, personId: string, generation: number): string {
  const mac = createHmac("sha256", houseKey).update(`${CONTEXT}\0${personId}\0${generation}`).digest();
  return mac.subarray(0, SECRET_BYTES).toString("base64url");
}

/** What is stored of a secret: SHA-256, 32 bytes. No salt and no slow hash are needed for 144 random bits. */
export function secretHash(secret: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(secret).digest());
}
