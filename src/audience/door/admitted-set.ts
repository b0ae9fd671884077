/** Bits of one half. 2^24: 2 MB, one wrong "was here" in a hundred at 1.7 million tickets. */
const BITS = 2 ** 24;
/** Bits set per ticket. */
const MARKS = 7;
/** Tickets in a half from which the older half is emptied and used on. */
const FULL = 1_700_000;

/** Remembers which tickets were used, in 4 MB whatever happens; forgets the oldest. A wrong "was here" costs a fresh place in the line, never the way in. */
export class AdmittedSet {
  #newer = new Uint8Array(BITS / 8);
  #older = new Uint8Array(BITS / 8);
  #size = 0;

  /** Whether a ticket was used; marks it as used. `nonce`: 12 random bytes. @hot */
  use(nonce: Uint8Array): boolean {
    let inNewer = true;
    let inOlder = true;
    // Nonces are random: two words of them make all the positions (Kirsch and Mitzenmacher).
    const one = word(nonce, 0);
    const other = word(nonce, 4) | 1;
    for (let mark = 0; mark < MARKS; mark++) {
      const bit = (one + Math.imul(mark, other)) >>> 8;
      const at = bit >>> 3;
      const mask = 1 << (bit & 7);
      if (((this.#older[at] as number) & mask) === 0) inOlder = false;
      if (((this.#newer[at] as number) & mask) === 0) {
        inNewer = false;
        this.#newer[at] = (this.#newer[at] as number) | mask;
      }
    }
    if (inNewer || inOlder) return true;
    if (++this.#size > FULL) {
      [this.#older, this.#newer] = [this.#newer, this.#older.fill(0)];
      this.#size = 0;
    }
    return false;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}
