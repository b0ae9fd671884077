/** Lengths of the networks that have budgets, the narrowest first. Bits. */
const V4_BITS = [32, 24, 16] as const;
const V6_BITS = [64, 56, 48] as const;
/** Levels of networks. */
export const LEVELS = 3;

/** The networks an address is in, as keyed 32-bit hashes, the narrowest first; then 1 for IPv6, 0 for IPv4. Overwritten by the next call. */
export type Networks = Uint32Array;

/** Hashes addresses' networks under a secret number, so that nobody can choose whom to collide with. Reads text without allocating. */
export class NetworkHash {
  readonly #out: Networks = new Uint32Array(LEVELS + 1);
  readonly #groups = new Uint16Array(8);
  readonly #secret: number;

  constructor(secret: number) {
    this.#secret = secret >>> 0;
  }

  /** The networks of an address; nonsense hashes as the empty address. @hot */
  of(address: string): Networks {
    const out = this.#out;
    const v4 = readV4(address);
    out[LEVELS] = v4 >= 0 ? 0 : 1;
    if (v4 >= 0) {
      for (let level = 0; level < LEVELS; level++) out[level] = mix(this.#secret ^ level, (v4 >>> (32 - (V4_BITS[level] as number))) >>> 0, 4);
      return out;
    }
    const groups = this.#groups;
    readV6(address, groups);
    const high = ((groups[0] as number) << 16) | (groups[1] as number);
    const low = ((groups[2] as number) << 16) | (groups[3] as number);
    for (let level = 0; level < LEVELS; level++) out[level] = mix(this.#secret ^ (level + LEVELS), high, low >>> (64 - (V6_BITS[level] as number)));
    return out;
  }
}

function mix(secret: number, one: number, other: number): number {
  let hash = secret ^ 0x9e37_79b9;
  hash = Math.imul(hash ^ one, 0x85eb_ca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash ^ other, 0xc2b2_ae35);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x27d4_eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** An IPv4 address as a number, also in IPv6 clothes; -1 when it is none. */
function readV4(address: string): number {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = address.startsWith("::ffff:") ? 7 : 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code === 46) {
      if (digits === 0) return -1;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots++;
    } else if (code >= 48 && code <= 57) {
      octet = octet * 10 + code - 48;
      digits++;
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : -1;
}

/** The first four groups of an IPv6 address; those are all a budget needs. */
function readV6(address: string, groups: Uint16Array): void {
  groups.fill(0);
  let group = 0;
  let at = 0;
  for (; at < address.length && group < 4; at++) {
    const code = address.charCodeAt(at);
    if (code === 58) {
      // "::" stands for zeros; what follows it lies behind the fourth group unless it is nearly the whole address.
      if (address.charCodeAt(at + 1) === 58) return fillFromEnd(address, at + 2, group + (at === 0 ? 0 : 1), groups);
      group++;
      continue;
    }
    const digit = code >= 97 && code <= 102 ? code - 87 : code >= 65 && code <= 70 ? code - 55 : code >= 48 && code <= 57 ? code - 48 : -1;
    if (digit < 0) return;
    groups[group] = ((groups[group] as number) << 4) | digit;
  }
}

function fillFromEnd(address: string, from: number, before: number, groups: Uint16Array): void {
  const after = address.slice(from).split(":");
  const first = 8 - after.length;
  for (let index = Math.max(before, first); index < 4; index++) groups[index] = Number.parseInt(after[index - first] ?? "0", 16) || 0;
}
