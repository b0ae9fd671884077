/** Networks watched at a time. 1,024: whoever sends more than a thousandth of everything is among them for certain. */
const WATCHED = 1_024;
/** Places of the index, a power of two. Four times as many, so that a look takes one or two steps. */
const PLACES = 4_096;

/**
 * Finds the networks that send the most, in fixed memory: Space-Saving. A count is never too low, and too high by at most all / 1,024.
 * @spec Metwally, Agrawal, El Abbadi 2005, "Efficient computation of frequent and top-k elements in data streams"
 */
export class HeavyHitters {
  readonly #keys = new Uint32Array(WATCHED);
  readonly #counts = new Float64Array(WATCHED);
  /** Index: place to slot + 1; 0 is free. */
  readonly #index = new Uint16Array(PLACES);
  /** A binary heap of slots, the smallest count first, and each slot's position in it. */
  readonly #heap = new Uint16Array(WATCHED);
  readonly #position = new Uint16Array(WATCHED);
  #size = 0;
  /** Everything counted. */
  total = 0;

  /** Counts one for a key (a keyed hash) and returns its count so far. @hot */
  add(key: number): number {
    this.total++;
    let slot = this.#find(key);
    if (slot < 0) {
      if (this.#size < WATCHED) {
        slot = this.#size++;
        this.#heap[slot] = slot;
        this.#position[slot] = slot;
        this.#counts[slot] = 0;
        this.#rise(slot);
      } else {
        // The newcomer takes the smallest one's place and count: that is what makes a count never too low.
        slot = this.#heap[0] as number;
        this.#remove(this.#keys[slot] as number);
      }
      this.#keys[slot] = key;
      this.#insert(key, slot);
    }
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    this.#sink(this.#position[slot] as number);
    return this.#counts[slot] as number;
  }

  /** A key's count, an upper bound; 0 when it is not watched. @hot */
  count(key: number): number {
    const slot = this.#find(key);
    return slot < 0 ? 0 : (this.#counts[slot] as number);
  }

  /** Keys that surely sent at least `share` of everything. */
  above(share: number): number[] {
    const least = (this.#size === WATCHED ? (this.#counts[this.#heap[0] as number] as number) : 0) + share * this.total;
    return [...this.#keys.subarray(0, this.#size)].filter((_, slot) => (this.#counts[slot] as number) >= least);
  }

  /** Halves everything: what was long ago weighs less. */
  fade(): void {
    this.total /= 2;
    for (let slot = 0; slot < this.#size; slot++) this.#counts[slot] = (this.#counts[slot] as number) / 2;
  }

  #find(key: number): number {
    for (let at = key & (PLACES - 1); ; at = (at + 1) & (PLACES - 1)) {
      const slot = (this.#index[at] as number) - 1;
      if (slot < 0) return -1;
      if (this.#keys[slot] === key) return slot;
    }
  }

  #insert(key: number, slot: number): void {
    let at = key & (PLACES - 1);
    while (this.#index[at] !== 0) at = (at + 1) & (PLACES - 1);
    this.#index[at] = slot + 1;
  }

  #remove(key: number): void {
    let at = key & (PLACES - 1);
    while (this.#keys[(this.#index[at] as number) - 1] !== key) at = (at + 1) & (PLACES - 1);
    // What stands behind moves up, so that no look ends too early.
    for (let next = (at + 1) & (PLACES - 1); ; next = (next + 1) & (PLACES - 1)) {
      const slot = this.#index[next] as number;
      if (slot === 0) break;
      const home = (this.#keys[slot - 1] as number) & (PLACES - 1);
      if (((next - home) & (PLACES - 1)) >= ((next - at) & (PLACES - 1))) {
        this.#index[at] = slot;
        at = next;
      }
    }
    this.#index[at] = 0;
  }

  #rise(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLess(at, parent)) return;
      at = parent;
    }
  }

  #sink(start: number): void {
    for (let at = start; ; ) {
      const left = at * 2 + 1;
      if (left >= this.#size) return;
      const right = left + 1;
      const child = right < this.#size && this.#countAt(right) < this.#countAt(left) ? right : left;
      if (!this.#swapIfLess(child, at)) return;
      at = child;
    }
  }

  #countAt(position: number): number {
    return this.#counts[this.#heap[position] as number] as number;
  }

  #swapIfLess(child: number, parent: number): boolean {
    if (this.#countAt(child) >= this.#countAt(parent)) return false;
    const [one, other] = [this.#heap[child] as number, this.#heap[parent] as number];
    this.#heap[child] = other;
    this.#heap[parent] = one;
    this.#position[other] = child;
    this.#position[one] = parent;
    return true;
  }
}
