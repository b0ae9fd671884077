import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { cosignedMessage, packCosignature } from "./verify/checkpoint.ts";
import { nodeSha256 } from "./verify/node-crypto.ts";
import { formatSignature, formatVerifierKey, isKeyName, keyIdOf, SIGNATURE_TYPES, type VerifierKey } from "./verify/note.ts";

/** Length of the secret an Ed25519 key is made from. Bytes. */
export const SEED_BYTES = 32;
/** What comes before the seed in the form Node reads. @spec RFC 8410 §7 */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key pair made from a secret of 32 bytes. @throws RangeError when the secret has another length. */
export function keyPairOf(seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: Uint8Array } {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return { privateKey, publicKey: new Uint8Array(publicKey) };
}

/** Signs notes under one name, as a log or as a witness. */
export class NoteSigner {
  readonly key: VerifierKey;
  readonly #privateKey: KeyObject;

  /** `name` without spaces and plus; `seed` 32 secret bytes. @throws RangeError when either breaks its rule. */
  constructor(name: string, kind: keyof typeof SIGNATURE_TYPES, seed: Uint8Array) {
    if (!isKeyName(name)) throw new RangeError(`not a key name: ${name}`);
    const { privateKey, publicKey } = keyPairOf(seed);
    const type = SIGNATURE_TYPES[kind];
    this.#privateKey = privateKey;
    this.key = { name, type, publicKey, keyId: keyIdOf(nodeSha256, name, type, publicKey) };
  }

  /** The public half, `name+id+base64`, to be handed to whoever checks. */
  get verifierKey(): string {
    return formatVerifierKey(this.key);
  }

  /** A log's signature line for a note's text. @spec C2SP signed-note */
  signNote(text: string): string {
    const signature = sign(null, Buffer.from(text), this.#privateKey);
    return formatSignature({ name: this.key.name, keyId: this.key.keyId, signature });
  }

  /** A witness's signature line for a checkpoint's text, with the time it looked. Unix seconds, whole. @spec C2SP tlog-cosignature */
  cosign(text: string, unixSeconds: number): string {
    const signature = packCosignature(unixSeconds, sign(null, cosignedMessage(text, unixSeconds), this.#privateKey));
    return formatSignature({ name: this.key.name, keyId: this.key.keyId, signature });
  }
}
