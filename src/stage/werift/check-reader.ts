/** What a shared port reads of an ICE check before anything is proved: where the sender says it belongs, within bounds and nothing else. */

/** @spec RFC 8489 §5 */
const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
/** Type and length of an attribute, whose value is padded to a multiple of this. Bytes. @spec RFC 8489 §14 */
const ATTRIBUTE_HEAD_BYTES = 4;
const USERNAME = 0x0006;
const COLON = 0x3a;
/** Longest check that is read. Bytes; browsers' have under 200, and one of 64 KB with nothing but empty attributes would take a third of a millisecond. */
export const MAX_CHECK_BYTES = 1_500;
/** Longest user fragment that is looked up. Characters; ours have eight. */
const MAX_UFRAG_CHARACTERS = 32;

/** Whether a datagram says by its first bytes that it is a STUN binding request. */
export function isCheck(data: Buffer): boolean {
  return data.length >= HEADER_BYTES && data[0] === 0 && data[1] === 1;
}

/** The user fragment of the agent a check is for: what stands before the colon in its USERNAME. Undefined: none, or not a well-formed check. @spec RFC 8445 §7.2.2 */
export function readCheckUfrag(data: Buffer): string | undefined {
  if (!isCheck(data) || data.length > MAX_CHECK_BYTES) return undefined;
  if (data.readUInt16BE(2) !== data.length - HEADER_BYTES || data.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  let at = HEADER_BYTES;
  while (at + ATTRIBUTE_HEAD_BYTES <= data.length) {
    const value = at + ATTRIBUTE_HEAD_BYTES;
    const end = value + data.readUInt16BE(at + 2);
    if (end > data.length) return undefined;
    if (data.readUInt16BE(at) === USERNAME) {
      const colon = data.indexOf(COLON, value);
      if (colon <= value || colon >= end || colon - value > MAX_UFRAG_CHARACTERS) return undefined;
      return data.toString("latin1", value, colon);
    }
    at = Math.ceil(end / ATTRIBUTE_HEAD_BYTES) * ATTRIBUTE_HEAD_BYTES;
  }
  return undefined;
}
