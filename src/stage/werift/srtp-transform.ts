import type { SrtpContext } from "./component.ts";
import { SrtpCm } from "./srtp-cm.ts";
import { SrtpGcm } from "./srtp-gcm.ts";

/** Numbers of the protection profiles. @spec RFC 5764 §4.1.2, RFC 7714 §14.2 */
const AES128_CM_HMAC_SHA1_80 = 1;
const AEAD_AES_128_GCM = 7;

/** Seals and opens the packets of one direction, without the copies and objects the component makes per packet. */
export interface SrtpTransform {
  /** Length of the authentication tag a packet ends in. Bytes. */
  readonly tagBytes: number;
  /** The whole packet for a header and a payload. @hot */
  seal(header: Buffer, payload: Uint8Array, rolloverCount: number): Buffer;
  /** The payload of a packet whose header ends at `headerBytes`; undefined when it is not authentic. At least {@link tagBytes} must follow the header. @hot */
  open(packet: Buffer, headerBytes: number, rolloverCount: number): Buffer | undefined;
}

/** The transform for the keys of one direction; undefined for a profile only the component knows. */
export function transformOf({ profile, srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag }: SrtpContext): SrtpTransform | undefined {
  if (profile === AEAD_AES_128_GCM) return new SrtpGcm(srtpSessionKey, srtpSessionSalt);
  return profile === AES128_CM_HMAC_SHA1_80 ? new SrtpCm(srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag) : undefined;
}
