import type { SoundHistory } from "./echo-finder.ts";
import { FREQUENCIES, HOP_MS, writePhasors } from "./phasors.ts";

/** Delays looked at. Steps of 40 ms; up to 1.5 s: devices in one room, loudspeakers beside microphones, on bad networks. */
const LAGS = 38;
/** Shortest of them. Steps; 80 ms: what comes sooner lies in the same window as what it repeats. */
const FIRST_LAG = 2;
const WIDTH = 2 * FREQUENCIES;
/** What a look leaves of the looks before. 0.4 s: long enough for chance to cancel out, short enough to notice in half a second. */
const KEEP = 0.9;
/** Turns a sum of phasors into their mean, squared. */
const MEAN = (1 - KEEP) ** 2;
/** Most that one frequency adds. Coherence, 0 to 1; an echo is a little coherent everywhere, a held note wholly in its few lines. */
const CAP = 0.09;
/** Part of any power that keeps its phase to anything by chance. 0 to 1; of speech half the time less, 1 % of the time more than 0.12. */
const CHANCE = 0.06;
/** Rank of the lag whose coherence is taken for chance, counted from the lowest: a loop shows at all multiples of its delay, and held notes everywhere. */
const CHANCE_RANK = 14;

/** The stage's mix of the last 1.5 s by phase, one for all inputs. */
export class MixPhases {
  readonly ring = new Float32Array(LAGS * WIDTH);
  readonly #slots = Array.from({ length: LAGS }, (_, slot) => this.ring.subarray(slot * WIDTH, (slot + 1) * WIDTH));
  readonly energies = new Float64Array(LAGS);
  readonly #powers = new Float32Array(FREQUENCIES);
  /** Looks so far. */
  count = 0;

  /** Takes the newest mix; `energy`: of the sound since the last look; `gain`: linear, of the input that is ducked deepest. @hot */
  push(mix: SoundHistory, energy: number, gain: number): void {
    const slot = this.count % LAGS;
    writePhasors(mix, this.#slots[slot] as Float32Array, this.#powers, gain);
    this.energies[slot] = energy;
    this.count++;
  }
}

/**
 * Feels how far one input repeats the mix of a moment ago. Per delay and frequency it sums the phase between both: where there is an echo
 * it stays the same from look to look whatever the room does to it, elsewhere it turns and cancels out. Half a second of speech is enough.
 * @spec Carter, "Coherence and time delay estimation", Proc. IEEE 1987
 */
export class EchoSense {
  readonly #now = new Float32Array(WIDTH);
  readonly #powers = new Float32Array(FREQUENCIES);
  readonly #sums = new Float32Array(LAGS * WIDTH);
  readonly #coherence = new Float64Array(LAGS);
  readonly #sorted = new Float64Array(LAGS - FIRST_LAG);
  readonly #mixEnergy = new Float64Array(LAGS);
  #ownEnergy = 0;
  /** By how much the most coherent delay stands above chance. 0 to 0.09; speech alone stays under 0.02, singing and drums under 0.03. */
  contrast = 0;
  /** Part of the input's power that keeps its phase to the mix at that delay. 0 to 1: close to 1 in held notes and in a loop that howls. */
  held = 0;
  /** That delay. Milliseconds, to within 40. */
  delayMs = 0;
  /** Loudness of what comes back against the mix it repeats, after everything the stage does to the input. dB. */
  returnDb = Number.NEGATIVE_INFINITY;

  /** Forgets everything: the input was silent for long. */
  clear(): void {
    if (this.#ownEnergy === 0) return;
    this.#sums.fill(0);
    this.#mixEnergy.fill(0);
    this.#ownEnergy = 0;
    this.contrast = 0;
    this.held = 0;
    this.returnDb = Number.NEGATIVE_INFINITY;
  }

  /** Looks at the newest sound; `energy`: what the input added to the mix since the last look, were it not ducked. Costs about 60 µs. @hot */
  look(heard: SoundHistory, energy: number, mix: MixPhases): void {
    writePhasors(heard, this.#now, this.#powers, 1);
    this.#ownEnergy = KEEP * this.#ownEnergy + energy;
    let best = 0;
    let at = FIRST_LAG;
    for (let lag = FIRST_LAG; lag < LAGS; lag++) {
      // The mix of this very look is pushed after it: `count` is its number.
      const slot = (mix.count + LAGS - lag) % LAGS;
      this.#mixEnergy[lag] = KEEP * (this.#mixEnergy[lag] as number) + (mix.energies[slot] as number);
      const coherence = this.#sum(lag, slot * WIDTH, mix.ring);
      this.#coherence[lag] = coherence;
      if (coherence <= best) continue;
      best = coherence;
      at = lag;
    }
    this.#sorted.set(this.#coherence.subarray(FIRST_LAG));
    this.#sorted.sort();
    this.contrast = best - (this.#sorted[CHANCE_RANK] as number);
    this.delayMs = at * HOP_MS;
    this.held = this.#heldAt(at);
    // Chance is coherent too, and would weigh the more the deeper the input is ducked.
    this.returnDb = 10 * Math.log10((Math.max(0, this.held - CHANCE) * this.#ownEnergy + 1e-12) / ((this.#mixEnergy[at] as number) + 1e-9));
  }

  /** Mean coherence at one delay, each frequency weighed by its power. */
  #heldAt(lag: number): number {
    let held = 0;
    let power = 1e-9;
    for (let index = 0; index < FREQUENCIES; index++) {
      const x = this.#sums[lag * WIDTH + 2 * index] as number;
      const y = this.#sums[lag * WIDTH + 2 * index + 1] as number;
      held += (this.#powers[index] as number) * (x * x + y * y) * MEAN;
      power += this.#powers[index] as number;
    }
    return held / power;
  }

  /** Adds a look at one delay; gives the mean coherence of all frequencies, each capped. */
  #sum(lag: number, from: number, ring: Float32Array): number {
    const now = this.#now;
    const sums = this.#sums;
    const to = lag * WIDTH;
    let sum = 0;
    for (let index = 0; index < WIDTH; index += 2) {
      const a = now[index] as number;
      const b = now[index + 1] as number;
      const c = ring[from + index] as number;
      const d = ring[from + index + 1] as number;
      const x = KEEP * (sums[to + index] as number) + a * c + b * d;
      const y = KEEP * (sums[to + index + 1] as number) + b * c - a * d;
      sums[to + index] = x;
      sums[to + index + 1] = y;
      sum += Math.min((x * x + y * y) * MEAN, CAP);
    }
    return sum / FREQUENCIES;
  }
}
