import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Bits of the hash that choose a register. 14: 16,384 registers, one standard deviation of 0.81 %. */
const PRECISION = 14;
const REGISTERS = 1 << PRECISION;
/** Bits of the hash left for the register's value. */
const REST = 64 - PRECISION;
/** One standard deviation of the estimate, as a share of it. @spec HyperLogLog (Flajolet et al. 2007): 1.04 / sqrt(m) */
export const UNIQUE_ERROR_SHARE = 1.04 / Math.sqrt(REGISTERS);

/**
 * Estimates how many distinct keys were added: HyperLogLog of 64-bit hashes with Ertl's estimator, which has no bump where small and large meet.
 * Keys must be salted hashes, and the salt must be forgotten afterwards: otherwise anyone could ask whether a guessed key is in it.
 * @spec Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6
 */
export class UniqueEstimate {
  #registers = new Uint8Array(REGISTERS);

  /** Adds a key: two halves of a 64-bit hash. @hot */
  add(high: number, low: number): void {
    const register = high >>> (32 - PRECISION);
    const rest = (high << PRECISION) >>> 0;
    // Leading zeros of the 50 bits that follow the register's number.
    const zeros = rest !== 0 ? Math.clz32(rest) : 32 - PRECISION + Math.clz32(low);
    if (zeros + 1 > (this.#registers[register] as number)) this.#registers[register] = zeros + 1;
  }

  /** Takes in what another edge saw under the same salt. */
  merge(other: UniqueEstimate): void {
    for (let index = 0; index < REGISTERS; index++) {
      const value = other.#registers[index] as number;
      if (value > (this.#registers[index] as number)) this.#registers[index] = value;
    }
  }

  /** How many distinct keys there were. */
  estimate(): number {
    const counts = new Float64Array(REST + 2);
    for (const value of this.#registers) counts[value] = (counts[value] as number) + 1;
    let z = REGISTERS * tau(1 - (counts[REST + 1] as number) / REGISTERS);
    for (let value = REST; value >= 1; value--) z = 0.5 * (z + (counts[value] as number));
    z += REGISTERS * sigma((counts[0] as number) / REGISTERS);
    return ((REGISTERS / (2 * Math.LN2)) * REGISTERS) / z;
  }

  /** The registers, deflated, base64: a few bytes while there were few, about 8 KB when there were many. */
  pack(): string {
    return deflateRawSync(this.#registers).toString("base64");
  }

  /** Reads {@link pack}; undefined when it is none. */
  static unpack(text: string): UniqueEstimate | undefined {
    try {
      const registers = inflateRawSync(Buffer.from(text, "base64"), { maxOutputLength: REGISTERS });
      if (registers.length !== REGISTERS || registers.some((value) => value > REST + 1)) return undefined;
      const estimate = new UniqueEstimate();
      estimate.#registers = new Uint8Array(registers);
      return estimate;
    } catch {
      return undefined;
    }
  }
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (let before = -1; z !== before; ) {
    before = z;
    x *= x;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; z !== before; ) {
    before = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
