/** Positions and lengths in the table. Ticks per second: one tick is 16 samples at 48 kHz, so that every codec's frame is a whole number of them. */
export const TICKS_PER_SECOND = 3_000;
/** Samples at 48 kHz in one tick. */
export const SAMPLES_PER_TICK = 16;
/** Parts of the table that grow apart from each other. Many small steps instead of one that holds up every listener. */
const SHARDS = 64;
const SHARD_SHIFT = 26;
const FIRST_CAPACITY = 16;
/** Share of places taken from which a part of the table grows. */
const FULLEST = 0.75;

/** Bits of a session's `flags`. */
const USED = 1;
const LISTENED = 2;
const REACHED = 4;
const MACHINE = 8;
const FORM_SHIFT = 4;
const FORM_MASK = 0x70;
/** Windows without audio after which a session is over: one minute of silence. */
const OVER_AFTER_WINDOWS = 6;

/** What became of all sessions in one closed window. Lengths in ticks. */
export interface WindowSums {
  listening: number;
  joins: number;
  leaves: number;
  partial: number;
  sessions: number;
  machines: number;
  netTicks: number;
  grossTicks: number;
  readonly byForm: Uint32Array;
}

class Shard {
  capacity = FIRST_CAPACITY;
  size = 0;
  /** Keys: two halves of a 64-bit salted hash. */
  high = new Uint32Array(FIRST_CAPACITY);
  low = new Uint32Array(FIRST_CAPACITY);
  /** Position on the programme's timeline up to which audio was delivered; wraps after 16 days. */
  position = new Int32Array(FIRST_CAPACITY);
  /** New audio in this window, and in the session so far. */
  window = new Uint32Array(FIRST_CAPACITY);
  total = new Uint32Array(FIRST_CAPACITY);
  flags = new Uint8Array(FIRST_CAPACITY);
  idle = new Uint8Array(FIRST_CAPACITY);
}

/** Sessions of one event at one edge, in fixed columns: 22 bytes a place, nothing per session on the heap. */
export class SessionTable {
  readonly #shards = Array.from({ length: SHARDS }, () => new Shard());
  /** Sessions begun since the last window closed. */
  begun = 0;

  /** Sessions remembered now. */
  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.size, 0);
  }

  /** Bytes of all columns. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.capacity * 22, 0);
  }

  /**
   * Credits a session with the audio of [from, to) that it has not had yet; `keep` as many ticks at most (a stream that left parts out had less).
   * Positions in ticks. Returns the ticks credited. @hot
   */
  take(high: number, low: number, from: number, to: number, form: number, machine: boolean, keep = 0x7fff_ffff): number {
    const shard = this.#shards[high >>> SHARD_SHIFT] as Shard;
    const at = this.#place(shard, high, low, from, form, machine);
    const known = shard.position[at] as number;
    const start = (from - known) | 0;
    // Wrapping differences: a position is ahead of another when the difference is positive.
    let fresh = start > 0 ? (to - from) | 0 : (to - known) | 0;
    if (fresh <= 0) return 0;
    if (fresh > keep) fresh = keep;
    shard.position[at] = to | 0;
    shard.window[at] = (shard.window[at] as number) + fresh;
    return fresh;
  }

  /** Whether a session got audio within the last minute. @hot */
  has(high: number, low: number): boolean {
    const shard = this.#shards[high >>> SHARD_SHIFT] as Shard;
    for (let at = low & (shard.capacity - 1); (shard.flags[at] as number) !== 0; at = (at + 1) & (shard.capacity - 1))
      if (shard.low[at] === low && shard.high[at] === high) return true;
    return false;
  }

  /** Closes a window of which `listeningTicks` make a listener and `sessionTicks` in all make a session. */
  closeWindow(listeningTicks: number, sessionTicks: number, forms: number): WindowSums {
    const sums: WindowSums = {
      listening: 0,
      joins: 0,
      leaves: 0,
      partial: 0,
      sessions: 0,
      machines: 0,
      netTicks: 0,
      grossTicks: 0,
      byForm: new Uint32Array(forms),
    };
    this.begun = 0;
    for (const shard of this.#shards) closeShard(shard, listeningTicks, sessionTicks, sums);
    return sums;
  }

  #place(shard: Shard, high: number, low: number, from: number, form: number, machine: boolean): number {
    let at = low & (shard.capacity - 1);
    while ((shard.flags[at] as number) !== 0) {
      if (shard.low[at] === low && shard.high[at] === high) return at;
      at = (at + 1) & (shard.capacity - 1);
    }
    if (shard.size + 1 > shard.capacity * FULLEST) {
      rebuild(shard, shard.capacity * 2);
      return this.#place(shard, high, low, from, form, machine);
    }
    shard.size++;
    this.begun++;
    shard.high[at] = high;
    shard.low[at] = low;
    shard.position[at] = from | 0;
    shard.flags[at] = USED | (machine ? MACHINE : 0) | (form << FORM_SHIFT);
    return at;
  }
}

function closeShard(shard: Shard, listeningTicks: number, sessionTicks: number, sums: WindowSums): void {
  const { flags, window, total, idle } = shard;
  let over = 0;
  for (let at = 0; at < shard.capacity; at++) {
    let flag = flags[at] as number;
    if (flag === 0) continue;
    const fresh = window[at] as number;
    window[at] = 0;
    sums.grossTicks += fresh;
    if (fresh === 0) {
      idle[at] = (idle[at] as number) + 1;
      if ((idle[at] as number) >= OVER_AFTER_WINDOWS) over++;
    } else idle[at] = 0;
    const listening = fresh >= listeningTicks;
    if ((flag & MACHINE) !== 0) {
      if (listening) sums.machines++;
      continue;
    }
    const all = (total[at] as number) + fresh;
    total[at] = all;
    if (listening) {
      sums.listening++;
      const form = (flag & FORM_MASK) >> FORM_SHIFT;
      sums.byForm[form] = (sums.byForm[form] as number) + 1;
      if ((flag & LISTENED) === 0) sums.joins++;
      flag |= LISTENED;
    } else {
      if (fresh > 0) sums.partial++;
      if ((flag & LISTENED) !== 0) sums.leaves++;
      flag &= ~LISTENED;
    }
    if ((flag & REACHED) !== 0) sums.netTicks += fresh;
    else if (all >= sessionTicks) {
      sums.sessions++;
      sums.netTicks += all;
      flag |= REACHED;
    }
    flags[at] = flag;
  }
  if (over === 0) return;
  shard.size -= over;
  let capacity = FIRST_CAPACITY;
  while (shard.size + 1 > capacity * FULLEST) capacity *= 2;
  rebuild(shard, capacity);
}

/** Moves what is alive into columns of another size. */
function rebuild(shard: Shard, capacity: number): void {
  const { capacity: before, high, low, position, window, total, flags, idle } = shard;
  shard.capacity = capacity;
  shard.high = new Uint32Array(capacity);
  shard.low = new Uint32Array(capacity);
  shard.position = new Int32Array(capacity);
  shard.window = new Uint32Array(capacity);
  shard.total = new Uint32Array(capacity);
  shard.flags = new Uint8Array(capacity);
  shard.idle = new Uint8Array(capacity);
  for (let from = 0; from < before; from++) {
    if ((flags[from] as number) === 0 || (idle[from] as number) >= OVER_AFTER_WINDOWS) continue;
    let at = (low[from] as number) & (capacity - 1);
    while ((shard.flags[at] as number) !== 0) at = (at + 1) & (capacity - 1);
    shard.high[at] = high[from] as number;
    shard.low[at] = low[from] as number;
    shard.position[at] = position[from] as number;
    shard.window[at] = window[from] as number;
    shard.total[at] = total[from] as number;
    shard.flags[at] = flags[from] as number;
    shard.idle[at] = idle[from] as number;
  }
}
