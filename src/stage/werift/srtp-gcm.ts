import { type CipherGCM, createCipheriv, createDecipheriv, createSecretKey, type DecipherGCM, type KeyObject } from "node:crypto";
import type { SrtpTransform } from "./srtp-transform.ts";

/** Length of a packet's authentication tag. Bytes. @spec RFC 7714 §13.2 */
const TAG_BYTES = 16;
const IV_BYTES = 12;
const CIPHER = "aes-128-gcm";
const OPTIONS = { authTagLength: TAG_BYTES };

/** AES-GCM: cipher and authentication in one. @spec RFC 7714 §8 */
export class SrtpGcm implements SrtpTransform {
  readonly tagBytes = TAG_BYTES;
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(IV_BYTES);

  /** `key`, `salt`: of the session, derived by the component. */
  constructor(key: Buffer, salt: Buffer) {
    this.#key = createSecretKey(key);
    this.#salt = salt;
  }

  /** @hot */
  seal(header: Buffer, payload: Uint8Array, rolloverCount: number): Buffer {
    const cipher: CipherGCM = createCipheriv(CIPHER, this.#key, this.#ivOf(header, rolloverCount), OPTIONS);
    cipher.setAAD(header);
    const sealed = cipher.update(payload);
    cipher.final();
    // Not a buffer that is used again: the socket may hold it until the network takes it.
    const packet = Buffer.allocUnsafe(header.length + sealed.length + TAG_BYTES);
    packet.set(header, 0);
    packet.set(sealed, header.length);
    packet.set(cipher.getAuthTag(), header.length + sealed.length);
    return packet;
  }

  /** @hot */
  open(packet: Buffer, headerBytes: number, rolloverCount: number): Buffer | undefined {
    const end = packet.length - TAG_BYTES;
    const decipher: DecipherGCM = createDecipheriv(CIPHER, this.#key, this.#ivOf(packet, rolloverCount), OPTIONS);
    decipher.setAAD(packet.subarray(0, headerBytes));
    decipher.setAuthTag(packet.subarray(end));
    const payload = decipher.update(packet.subarray(headerBytes, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return payload;
  }

  /** Two zero bytes, SSRC, rollover counter and sequence number, turned by the salt. @spec RFC 7714 §8.1 */
  #ivOf(header: Buffer, rolloverCount: number): Buffer {
    const iv = this.#iv;
    iv[0] = 0;
    iv[1] = 0;
    for (let index = 0; index < 4; index++) iv[2 + index] = header[8 + index] as number;
    iv[6] = rolloverCount >>> 24;
    iv[7] = rolloverCount >>> 16;
    iv[8] = rolloverCount >>> 8;
    iv[9] = rolloverCount;
    iv[10] = header[2] as number;
    iv[11] = header[3] as number;
    for (let index = 0; index < IV_BYTES; index++) iv[index] = (iv[index] as number) ^ (this.#salt[index] as number);
    return iv;
  }
}
