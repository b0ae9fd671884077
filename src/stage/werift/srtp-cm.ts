import { createCipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { SrtpTransform } from "./srtp-transform.ts";

/** Length of a packet's authentication tag: 80 bits. Bytes. @spec RFC 3711 §5.2 */
const TAG_BYTES = 10;
const IV_BYTES = 16;
const CIPHER = "aes-128-ctr";
const DIGEST = "sha1";

/** AES in counter mode with HMAC-SHA1: what Chromium chooses. @spec RFC 3711 §4.1.1, §4.2.1 */
export class SrtpCm implements SrtpTransform {
  readonly tagBytes = TAG_BYTES;
  readonly #key: KeyObject;
  readonly #authKey: KeyObject;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(IV_BYTES);
  readonly #rollover = Buffer.alloc(4);

  /** `key`, `salt`, `authKey`: of the session, derived by the component. */
  constructor(key: Buffer, salt: Buffer, authKey: Buffer) {
    this.#key = createSecretKey(key);
    this.#authKey = createSecretKey(authKey);
    this.#salt = salt;
  }

  /** @hot */
  seal(header: Buffer, payload: Uint8Array, rolloverCount: number): Buffer {
    const sealed = createCipheriv(CIPHER, this.#key, this.#ivOf(header, rolloverCount)).update(payload);
    const end = header.length + sealed.length;
    // Not a buffer that is used again: the socket may hold it until the network takes it.
    const packet = Buffer.allocUnsafe(end + TAG_BYTES);
    packet.set(header, 0);
    packet.set(sealed, header.length);
    this.#tag(packet, end, rolloverCount).copy(packet, end, 0, TAG_BYTES);
    return packet;
  }

  /** @hot */
  open(packet: Buffer, headerBytes: number, rolloverCount: number): Buffer | undefined {
    const end = packet.length - TAG_BYTES;
    const tag = this.#tag(packet, end, rolloverCount).subarray(0, TAG_BYTES);
    if (!timingSafeEqual(tag, packet.subarray(end))) return undefined;
    return createCipheriv(CIPHER, this.#key, this.#ivOf(packet, rolloverCount)).update(packet.subarray(headerBytes, end));
  }

  #tag(packet: Buffer, end: number, rolloverCount: number): Buffer {
    this.#rollover.writeUInt32BE(rolloverCount);
    return createHmac(DIGEST, this.#authKey).update(packet.subarray(0, end)).update(this.#rollover).digest();
  }

  /** SSRC and packet index, turned by the salt; the last two bytes count blocks. @spec RFC 3711 §4.1.1 */
  #ivOf(header: Buffer, rolloverCount: number): Buffer {
    const iv = this.#iv;
    iv.fill(0);
    for (let index = 0; index < 4; index++) iv[4 + index] = header[8 + index] as number;
    iv.writeUInt32BE(rolloverCount, 8);
    iv[12] = header[2] as number;
    iv[13] = header[3] as number;
    for (let index = 0; index < this.#salt.length; index++) iv[index] = (iv[index] as number) ^ (this.#salt[index] as number);
    return iv;
  }
}
