import { FRAME_MS } from "../../core/units.ts";
import type { LineFigures } from "../../wire/path-record.ts";
import { FULLBAND } from "./opus-packet.ts";
import type { PacketWatch } from "./packet-watch.ts";

/** How often a line is looked at. Milliseconds. */
export const STEP_MS = 200;
/** Steps over which losses are counted. 25 = 5 s. */
const STEPS = 25;
/** Loss from which it is a finding: over five seconds, or packets at once. Share; packets (80 ms, a syllable). */
const LOSSY = 0.03;
const LEAST_LOST = 5;
const BURST_LOST = 4;
/** Times a line runs dry in five seconds from which it stutters. */
const DRY_TIMES = 3;
/** Packets in five seconds that are no Opus from which it is no accident. */
const BROKEN_PACKETS = 5;
/** Part of five seconds that had to be invented from which one hears it. Share; 250 ms. */
const INVENTED = 0.05;
/** Without a packet for so long the line is out. Steps; 1 s: an encoder that stays silent on purpose sends every 400 ms. */
const OUT_STEPS = 5;
/** Steps of talk in a row that must show a new bandwidth: the first one, and later. 10 = 2 s: encoders begin narrow and widen in the first second. */
const FIRST_STEPS = 10;
const BANDWIDTH_STEPS = 5;

/** Counters of one connection since it opened. */
export interface LineCounters {
  readonly packets: PacketWatch;
  /** Packets that came after their time, and those whose copy in a later one came in time. @spec RFC 2198 */
  readonly late: number;
  readonly copies: number;
  /** Times it ran dry, frames invented, frames rebuilt, packets that were no Opus. */
  readonly underruns: number;
  readonly concealed: number;
  readonly repaired: number;
  readonly broken: number;
}

type Counts = Record<"packets" | "bytes" | "lost" | "underruns" | "concealed" | "repaired" | "broken", number>;
const none = (): Counts => ({ packets: 0, bytes: 0, lost: 0, underruns: 0, concealed: 0, repaired: 0, broken: 0 });
const KEYS = Object.keys(none()) as (keyof Counts)[];

/** Watches one seat's line, 200 ms at a time. */
export class LineWatch {
  /** What the newest steps counted, in a ring. */
  readonly #steps = Array.from({ length: STEPS }, none);
  #step = 0;
  #sum = none();
  /** Steps of the present connection in the ring. */
  #summed = 0;
  #packets: PacketWatch | undefined;
  #before = none();
  #firstLoss = Number.NEGATIVE_INFINITY;
  #lastLoss = Number.NEGATIVE_INFINITY;
  #quietSteps = 0;
  #flowed = false;
  #candidate = 0;
  #candidateSteps = 0;
  #candidateFirst = 0;
  /** Counts over all connections. */
  readonly totals = none();
  /** Whether packets came in the newest step. */
  flowing = false;
  /** Packets lost or late over five seconds; 0 when there is nothing to say. Share. */
  lossShare = 0;
  /** Times it ran dry and packets that were no Opus over five seconds, and the part of them that was invented; each 0 when there is nothing to say. */
  dry = 0;
  broken = 0;
  invented = 0;
  /** How long no packet came. Milliseconds; 0 when they come. */
  outMs = 0;
  /** What the sender's encoder passes while somebody talks. Hertz; 0 before it is known. */
  codedHertz = 0;
  /** How long ago {@link codedHertz} began to hold, at the step that found it. Milliseconds. */
  codedSinceMs = 0;
  /** Sound in the newest packet. Milliseconds. */
  packetMs = 0;

  /** How long ago the losses began that go on, and how long ago the newest was. Milliseconds. */
  get lossAgoMs(): number {
    return (this.#step - this.#firstLoss + 1) * STEP_MS;
  }
  get lastLossAgoMs(): number {
    return (this.#step - this.#lastLoss) * STEP_MS;
  }

  /** Looks at the counters of the open connection. `talk`: whether somebody spoke in this step: an encoder may narrow silence. */
  step({ packets, late, copies, underruns, concealed, repaired, broken }: LineCounters, talk: boolean): void {
    if (packets !== this.#packets) this.#before = none();
    this.#packets = packets;
    const lost = packets.expected - packets.received + late - copies;
    const now: Counts = { packets: packets.received, bytes: packets.bytes, lost, underruns, concealed, repaired, broken };
    const step = this.#steps[++this.#step % STEPS] as Counts;
    for (const key of KEYS) {
      step[key] = now[key] - this.#before[key];
      this.totals[key] += step[key];
    }
    this.#before = now;
    this.flowing = step.packets > 0;
    if (this.flowing) this.packetMs = packets.packetMs;
    this.#summed = Math.min(STEPS, this.#summed + 1);
    this.#judge(step);
    this.#followSilence();
    this.#followBandwidth(packets.takeBandwidth(), talk);
  }

  /** The last five seconds, or as long as the connection is there; undefined when nothing came in them. */
  get figures(): LineFigures | undefined {
    const { packets, bytes, lost, concealed, repaired } = this.#sum;
    if (packets === 0) return undefined;
    const ms = this.#summed * STEP_MS;
    const share = (frames: number) => toThousandths(Math.min(1, (frames * FRAME_MS) / ms));
    return {
      packetMs: this.packetMs,
      bitrate: Math.round((bytes * 8 * 1_000) / ms),
      lossShare: toThousandths(Math.max(0, lost) / Math.max(1, packets + lost)),
      concealedShare: share(concealed),
      repairedShare: share(repaired),
    };
  }

  /** The connection is over: what the next one does is new. */
  reset(): void {
    this.#packets = undefined;
    this.#sum = none();
    this.#summed = 0;
    for (const step of this.#steps) Object.assign(step, none());
    this.lossShare = this.dry = this.broken = this.invented = this.outMs = this.codedHertz = 0;
    this.#flowed = false;
    this.#candidateSteps = this.#quietSteps = 0;
  }

  #judge(newest: Counts): void {
    this.#sum = none();
    for (const step of this.#steps) for (const key of KEYS) this.#sum[key] += step[key];
    const { packets, lost, underruns, concealed, broken } = this.#sum;
    if (newest.lost > 0) {
      if (this.#step - this.#lastLoss > STEPS) this.#firstLoss = this.#step;
      this.#lastLoss = this.#step;
    }
    const share = Math.max(0, lost) / Math.max(1, packets + lost);
    // A burst may fall between two steps.
    const burst = newest.lost + (this.#steps[(this.#step - 1) % STEPS]?.lost ?? 0) >= BURST_LOST;
    const invented = concealed / ((STEPS * STEP_MS) / FRAME_MS);
    // What has begun goes on until five seconds went without it.
    this.lossShare = (share >= LOSSY && lost >= LEAST_LOST) || burst || (this.lossShare > 0 && lost > 0) ? share : 0;
    this.dry = underruns >= DRY_TIMES || (this.dry > 0 && underruns > 0) ? underruns : 0;
    this.broken = broken >= BROKEN_PACKETS || (this.broken > 0 && broken > 0) ? broken : 0;
    // Without a loss or a dry line nothing was missing: the buffer only spends time in silence.
    this.invented = lost + underruns > 0 && invented >= (this.invented > 0 ? 0 : INVENTED) ? invented : 0;
  }

  #followSilence(): void {
    if (this.flowing) {
      this.#flowed = true;
      this.#quietSteps = 0;
    } else if (this.#flowed) this.#quietSteps++;
    this.outMs = this.#quietSteps >= OUT_STEPS ? this.#quietSteps * STEP_MS : 0;
  }

  #followBandwidth(hertz: number, talk: boolean): void {
    if (hertz === 0 || !talk) return;
    if (hertz === this.codedHertz) {
      this.#candidateSteps = 0;
      return;
    }
    if (this.#candidateSteps === 0 || this.#candidate !== hertz) {
      this.#candidate = hertz;
      this.#candidateSteps = 0;
      this.#candidateFirst = this.#step;
    }
    // Nothing needs to be proved of a line that passes everything from the start.
    const needed = this.codedHertz > 0 ? BANDWIDTH_STEPS : hertz < FULLBAND ? FIRST_STEPS : 1;
    if (++this.#candidateSteps < needed) return;
    this.codedHertz = hertz;
    this.codedSinceMs = (this.#step - this.#candidateFirst + 1) * STEP_MS;
    this.#candidateSteps = 0;
  }
}

function toThousandths(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
