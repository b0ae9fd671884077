/** Depth at which playing starts. Packets of 20 ms: 40 ms covers the jitter of a good line. */
const START_DEPTH = 2;
/** Deepest the buffer is allowed to grow by itself. Packets; 240 ms, past which talking over each other begins. */
const MAX_TARGET = 12;
/** Packets held at most. Anything deeper is a stalled consumer or a flood. */
const CAPACITY = 64;
/** After this many pulls without a late packet the target sinks by one. 500 pulls = 10 s. */
const CALM_PULLS = 500;
/** Pulls over which the least depth is watched before a packet is dropped to catch up. 100 pulls = 2 s. */
const WATCH_PULLS = 100;
/** A jump in sequence numbers larger than this is a new stream, not loss. Packets. */
const RESTART_JUMP = 500;

/** What to play now. `lost`: conceal; `next` is the packet after it, which may carry its repair. */
export type Pulled = { readonly kind: "packet"; readonly payload: Uint8Array } | { readonly kind: "lost"; readonly next: Uint8Array | undefined } | { readonly kind: "empty" };

const EMPTY: Pulled = { kind: "empty" };

/** Evens out the arrival of RTP packets: gives them in order, one per call, holding back just enough. */
export class JitterBuffer {
  readonly #slots: (Uint8Array | undefined)[] = new Array(CAPACITY).fill(undefined);
  #next: number | undefined;
  #highest = 0;
  #playing = false;
  #target = START_DEPTH;
  #sinceLate = 0;
  #watched = 0;
  #least = CAPACITY;
  /** Packets that came after their time. */
  late = 0;
  /** Packets that never came in time. */
  lost = 0;
  /** Packets left out to come closer to now. */
  dropped = 0;

  /** Depth it aims for. Packets. */
  get target(): number {
    return this.#target;
  }

  /** Packets between what is played and the newest. */
  get depth(): number {
    return this.#next === undefined ? 0 : this.#highest - this.#next + 1;
  }

  /** Takes a packet by its 16-bit sequence number. @spec RFC 3550 §5.1 */
  put(sequenceNumber: number, payload: Uint8Array): void {
    if (this.#next === undefined) {
      this.#next = sequenceNumber;
      this.#highest = sequenceNumber - 1;
    }
    const index = unwrap(sequenceNumber, this.#next);
    if (Math.abs(index - this.#next) > RESTART_JUMP) {
      this.#restart(sequenceNumber, payload);
      return;
    }
    if (index < this.#next) {
      this.late++;
      this.#sinceLate = 0;
      if (this.#playing && this.#target < MAX_TARGET) this.#target++;
      return;
    }
    while (index - this.#next >= CAPACITY) this.#skip();
    this.#slots[index % CAPACITY] = payload;
    if (index > this.#highest) this.#highest = index;
  }

  /** What belongs to the next 20 ms; `quiet` says that the last ones were silence, where a packet can be left out unheard. */
  pull(quiet: boolean): Pulled {
    if (this.#next === undefined) return EMPTY;
    if (!this.#playing) {
      if (this.depth < this.#target) return EMPTY;
      this.#playing = true;
    }
    this.#adapt(quiet);
    if (this.depth <= 0) {
      this.#playing = false;
      return EMPTY;
    }
    const at = this.#next % CAPACITY;
    const payload = this.#slots[at];
    this.#slots[at] = undefined;
    this.#next++;
    if (payload !== undefined) return { kind: "packet", payload };
    this.lost++;
    return { kind: "lost", next: this.#slots[this.#next % CAPACITY] };
  }

  #adapt(quiet: boolean): void {
    if (++this.#sinceLate >= CALM_PULLS) {
      this.#sinceLate = 0;
      if (this.#target > START_DEPTH) this.#target--;
    }
    this.#least = Math.min(this.#least, this.depth);
    if (++this.#watched < WATCH_PULLS) return;
    const spare = this.#least - this.#target;
    this.#watched = 0;
    this.#least = CAPACITY;
    // Deep for two seconds on end: late audio that never catches up is worse than one missing packet.
    if (spare > 3 || (quiet && spare > 0)) {
      this.dropped++;
      this.#skip();
    }
  }

  #skip(): void {
    if (this.#next === undefined) return;
    this.#slots[this.#next % CAPACITY] = undefined;
    this.#next++;
    if (this.#highest < this.#next - 1) this.#highest = this.#next - 1;
  }

  #restart(sequenceNumber: number, payload: Uint8Array): void {
    this.#slots.fill(undefined);
    this.#next = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#playing = false;
    this.#slots[sequenceNumber % CAPACITY] = payload;
  }
}

/** The number nearest to `near` that equals `sequenceNumber` modulo 2^16. */
function unwrap(sequenceNumber: number, near: number): number {
  const difference = (((sequenceNumber - near) % 65_536) + 65_536) % 65_536;
  return near + (difference < 32_768 ? difference : difference - 65_536);
}
