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

  /** Whether a ticket was used. `nonce`: 12 random bytes. @hot */
  has(nonce: Uint8Array): boolean {
    return isMarked(this.#newer, nonce) || isMarked(this.#older, nonce);
  }

  /** Marks a ticket as used. @hot */
  add(nonce: Uint8Array): void {
    for (let mark = 0; mark < MARKS; mark++) {
      const bit = bitOf(nonce, mark);
      this.#newer[bit >>> 3] = (this.#newer[bit >>> 3] as number) | (1 << (bit & 7));
    }
    if (++this.#size <= FULL) return;
    [this.#older, this.#newer] = [this.#newer, this.#older.fill(0)];
    this.#size = 0;
  }
}

function isMarked(bits: Uint8Array, nonce: Uint8Array): boolean {
  for (let mark = 0; mark < MARKS; mark++) {
    const bit = bitOf(nonce, mark);
    if (((bits[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Nonces are random: two words of them make all the positions (Kirsch and Mitzenmacher). */
function bitOf(nonce: Uint8Array, mark: number): number {
  return (word(nonce, 0) + Math.imul(mark, word(nonce, 4) | 1)) >>> 8;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}
