import { fromBase64 } from "./base64.ts";

/** Bits of a hash that choose its register. 2^14 registers: 0.81 % standard error. */
const REGISTER_BITS = 14;
/** Registers of one estimate, one byte each. */
export const REGISTERS = 2 ** REGISTER_BITS;
/** Highest value of a register: leading zeros of the remaining 50 of 64 bits, and one. */
const MAX_REGISTER = 64 - REGISTER_BITS + 1;
/** Standard error of the estimate, as a share: 1.04 / sqrt(registers). */
export const UNIQUES_ERROR = 1.04 / Math.sqrt(REGISTERS);

/**
 * How many different listeners the registers have seen. Unbiased at every size, no tables.
 * @spec O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6
 */
export function estimateUniques(registers: Uint8Array): number {
  const counts = new Float64Array(MAX_REGISTER + 1);
  for (const value of registers) counts[Math.min(value, MAX_REGISTER)] = (counts[Math.min(value, MAX_REGISTER)] as number) + 1;
  const m = registers.length;
  let z = m * tau(1 - (counts[MAX_REGISTER] as number) / m);
  for (let value = MAX_REGISTER - 1; value >= 1; value--) z = 0.5 * (z + (counts[value] as number));
  z += m * sigma((counts[0] as number) / m);
  return z === Number.POSITIVE_INFINITY ? 0 : (m * m) / (2 * Math.LN2 * z);
}

/** Joins what another edge has seen into `target`; nobody is counted twice. */
export function mergeUniques(target: Uint8Array, other: Uint8Array): void {
  for (let index = 0; index < target.length; index++) if ((other[index] as number) > (target[index] as number)) target[index] = other[index] as number;
}

/** Deflated bytes made whole again, at most `most` of them. Given from outside; rejects or throws when they are no such thing. @spec RFC 1951 */
export type Inflate = (deflated: Uint8Array, most: number) => Uint8Array | Promise<Uint8Array>;

/** Registers from an entry's field, or undefined when they are not that. Never rejects. */
export async function readUniques(encoded: string, inflate: Inflate): Promise<Uint8Array | undefined> {
  const deflated = fromBase64(encoded);
  try {
    const registers = deflated === undefined ? undefined : await inflate(deflated, REGISTERS);
    return registers?.length === REGISTERS && registers.every((value) => value <= MAX_REGISTER) ? registers : undefined;
  } catch {
    return undefined;
  }
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z, before] = [start, 1, start, -1];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let [x, y, z, before] = [start, 1, 1 - start, -1];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
