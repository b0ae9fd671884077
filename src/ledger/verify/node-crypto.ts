import * as crypto from "node:crypto";
import { inflateRawSync } from "node:zlib";
import type { CheckSignature } from "./checkpoint.ts";
import type { Sha256 } from "./merkle.ts";
import type { Inflate } from "./uniques.ts";

/** SHA-256 by Node; the one-call form where this Node has it (from 20.12). */
export const nodeSha256: Sha256 =
  typeof crypto.hash === "function" ? (data) => crypto.hash("sha256", data, "buffer") : (data) => crypto.createHash("sha256").update(data).digest();

/** Inflates by Node. */
export const nodeInflate: Inflate = (deflated, most) => inflateRawSync(deflated, { maxOutputLength: most });

/** What comes before the 32 bytes of an Ed25519 key in the form Node reads. @spec RFC 8410 §4 */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** Keys kept ready; more edges than any event has had. */
const MAX_READY_KEYS = 10_000;

/** Ed25519 by Node. Keeps keys it has seen ready, since an edge signs thousands of lines. */
export function nodeSignatureCheck(): CheckSignature {
  const ready = new Map<string, crypto.KeyObject>();
  return (publicKey, message, signature) => {
    const name = Buffer.from(publicKey).toString("latin1");
    let key = ready.get(name);
    if (key === undefined) {
      key = crypto.createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
      if (ready.size < MAX_READY_KEYS) ready.set(name, key);
    }
    return crypto.verify(null, message, key, signature);
  };
}
