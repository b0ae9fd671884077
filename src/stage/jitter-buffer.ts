/** Depth at which playing starts. Packets of 20 ms: 40 ms covers the jitter of a good line. */
const START_DEPTH = 2;
/** Deepest the buffer is allowed to grow by itself. Packets; 240 ms, past which people talk over each other. */
const MAX_TARGET = 12;
/** Packets held at most, a power of two. 1.28 s: anything deeper is a stalled consumer or a flood. */
const CAPACITY = 64;
/** After this many pulls without a late packet the target sinks by one. 500 pulls = 10 s. */
const CALM_PULLS = 500;
/** Least pulls between two rises of the target, so that one burst of late packets counts once. 10 pulls = 200 ms. */
const RISE_PULLS = 10;
/** Pulls over which the least depth is watched before a packet is left out to catch up. 100 pulls = 2 s. */
const WATCH_PULLS = 100;
/** Spare packets that are left out even while somebody speaks, one per watch. 80 ms. */
const SPARE_LIMIT = 4;
/** Packets over the target from which every quiet one is left out. 160 ms. */
const DEEP = 8;
/** Packets over the target from which all of it is left out at once: what a stalled line delivers late is past saving. 600 ms. */
const TOO_DEEP = 30;
/** Most packets in a row that count as lost and not as a new beginning. 1 s: a radio that hands over loses half a second. */
const MAX_LOST_RUN = 50;
/** A jump in sequence numbers larger than this is a new stream, not loss. Packets; 10 s. */
const RESTART_JUMP = 500;
/** Largest step of RTP time within one stretch of speech. Samples at 48 kHz: the longest Opus packet, 120 ms; more is a sender that was silent (DTX). @spec RFC 7587 §4.2 */
const MAX_STEP_SAMPLES = 5_760;

/** What to play now: a packet, nothing because one is lost, or nothing because there is none. */
export type Pulled = "packet" | "lost" | "empty";

/** Evens out the arrival of RTP packets: gives them in order, one per call, holding back just enough. @spec RFC 3550 §6.4.1, A.1 */
export class JitterBuffer {
  readonly #slots: (Uint8Array | undefined)[] = new Array(CAPACITY).fill(undefined);
  /** Which packet of each slot was given out last: what comes twice is not late. */
  readonly #played = new Float64Array(CAPACITY).fill(-1);
  /** Sequence numbers here are unwrapped: they go on rising past 65,535. */
  #next: number | undefined;
  #highest = 0;
  #highestTimestamp = 0;
  #playing = false;
  #begun = false;
  /** Frames that had to be invented since the buffer ran dry. */
  #dry = 0;
  #target = START_DEPTH;
  #sinceLate = 0;
  #watched = 0;
  #least = CAPACITY;
  /** Quiet frames to be stretched so that the depth reaches a risen target. */
  #owed = 0;
  /** After `packet`: the packet. After `lost`: the one behind it, which may carry its repair. */
  payload: Uint8Array | undefined;
  /** Packets that came after their time. */
  late = 0;
  /** Packets that never came in time. */
  lost = 0;
  /** Lost packets whose copy came in time with a later one. */
  copies = 0;
  /** Packets left out to come closer to now. */
  dropped = 0;
  /** Times playing began anew, at whatever delay was right then. */
  begins = 0;
  /** Times the buffer ran dry in the middle of speech. */
  underruns = 0;

  /** Depth it aims for. Packets. */
  get target(): number {
    return this.#target;
  }

  /** Packets between what is played and the newest. */
  get depth(): number {
    return this.#next === undefined ? 0 : this.#highest - this.#next + 1;
  }

  /** Takes a packet by its 16-bit sequence number and RTP time; whichever of two copies comes first is kept. @hot */
  put(sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array): void {
    if (this.#next === undefined) this.#restart(sequenceNumber);
    let next = this.#next as number;
    let index = unwrap(sequenceNumber, next);
    if (Math.abs(index - next) > RESTART_JUMP) {
      this.#restart(sequenceNumber);
      next = index = sequenceNumber;
    }
    if (index < next) {
      if (this.#begun || next - index >= CAPACITY) {
        if (this.#played[index & (CAPACITY - 1)] === index) return;
        this.late++;
        if (this.#playing && this.#rise()) this.#owed++;
        return;
      }
      // The first packets came in the wrong order and none was played yet: begin earlier.
      this.#next = next = index;
    }
    if (!this.#playing && this.depth === 0) this.#resume(index, rtpTimestamp);
    while (index - (this.#next as number) >= CAPACITY) this.#skip();
    this.#slots[index & (CAPACITY - 1)] = payload;
    if (index > this.#highest) {
      this.#highest = index;
      this.#highestTimestamp = rtpTimestamp;
    }
  }

  /** Takes the copy of an earlier packet that a later one carried: it fills a hole. One that comes after its time says that a packet more held back would have saved it. @spec RFC 2198 @hot */
  putCopy(sequenceNumber: number, payload: Uint8Array): void {
    const next = this.#next;
    if (next === undefined) return;
    const index = unwrap(sequenceNumber, next);
    const at = index & (CAPACITY - 1);
    if (index < next) {
      if (this.#playing && next - index < CAPACITY && this.#played[at] !== index && this.#rise()) this.#owed++;
      return;
    }
    if (index >= this.#highest) return;
    if (this.#slots[at] !== undefined) return;
    this.#slots[at] = payload;
    this.copies++;
  }

  /** What belongs to the next 20 ms; `quiet` says that the last ones were silence, where time can be won or spent unheard. @hot */
  pull(quiet: boolean): Pulled {
    this.payload = undefined;
    if (this.#next === undefined) return "empty";
    if (!this.#playing) {
      if (this.depth < this.#target) {
        this.#dry++;
        return "empty";
      }
      this.#playing = true;
      this.#begun = true;
      this.begins++;
    }
    this.#adapt(quiet);
    if (this.depth <= 0) {
      this.#playing = false;
      this.#dry = 1;
      return "empty";
    }
    const at = this.#next & (CAPACITY - 1);
    // Where something has to be invented anyway, time can be spent as in silence: and the copy may come meanwhile.
    if (this.#owed > 0 && (quiet || this.#slots[at] === undefined)) {
      this.#owed--;
      return "empty";
    }
    this.payload = this.#slots[at];
    this.#slots[at] = undefined;
    this.#next++;
    if (this.payload !== undefined) {
      this.#played[at] = this.#next - 1;
      return "packet";
    }
    this.lost++;
    this.payload = this.#slots[this.#next & (CAPACITY - 1)];
    return "lost";
  }

  #adapt(quiet: boolean): void {
    if (++this.#sinceLate % CALM_PULLS === 0 && this.#target > START_DEPTH) this.#target--;
    const over = this.depth - this.#target;
    if (over > TOO_DEEP) for (let count = 0; count < over; count++) this.#drop();
    else if (over > DEEP && quiet) this.#drop();
    this.#least = Math.min(this.#least, this.depth);
    if (++this.#watched < WATCH_PULLS) return;
    const spare = this.#least - this.#target;
    this.#watched = 0;
    this.#least = CAPACITY;
    if (spare >= SPARE_LIMIT || (quiet && spare > 0)) this.#drop();
  }

  /** Raises the target; says whether it did. */
  #rise(): boolean {
    if (this.#target >= MAX_TARGET || (this.#sinceLate < RISE_PULLS && this.#target > START_DEPTH)) return false;
    this.#sinceLate = 0;
    this.#target++;
    return true;
  }

  /** The first packet after the buffer ran dry: were the ones before it lost, was the line late, or the speaker silent? */
  #resume(index: number, rtpTimestamp: number): void {
    if (!this.#begun) return;
    const next = this.#next as number;
    const missing = index - next;
    if (this.#dry <= missing && missing <= START_DEPTH + MAX_LOST_RUN) {
      // Lost, and this one is in time: what was invented stands for the first of them, and the delay stays what it was, but for what is owed to a risen target.
      const spent = Math.min(this.#owed, this.#dry);
      this.#owed -= spent;
      this.lost += this.#dry - spent;
      this.#next = next + this.#dry - spent;
      this.#playing = true;
    } else {
      const step = (rtpTimestamp - this.#highestTimestamp + 2 ** 32) % 2 ** 32;
      if (step <= MAX_STEP_SAMPLES * (missing + 1)) {
        this.underruns++;
        this.#rise();
      }
      // The time of whatever is missing in between has already passed in silence.
      if (missing > START_DEPTH) this.#next = index;
    }
    this.#highest = (this.#next as number) - 1;
  }

  #drop(): void {
    if (this.#slots[(this.#next as number) & (CAPACITY - 1)] !== undefined) this.dropped++;
    this.#skip();
  }

  #skip(): void {
    const next = this.#next as number;
    this.#slots[next & (CAPACITY - 1)] = undefined;
    this.#next = next + 1;
    if (this.#highest < next) this.#highest = next;
  }

  #restart(sequenceNumber: number): void {
    this.#slots.fill(undefined);
    this.#played.fill(-1);
    this.#next = sequenceNumber;
    this.#highest = sequenceNumber - 1;
    this.#playing = false;
    this.#begun = false;
    this.#dry = 0;
    this.#owed = 0;
  }
}

/** The number nearest to `near` that equals `sequenceNumber` modulo 2^16. */
function unwrap(sequenceNumber: number, near: number): number {
  const difference = (((sequenceNumber - near) % 65_536) + 65_536) % 65_536;
  return near + (difference < 32_768 ? difference : difference - 65_536);
}
