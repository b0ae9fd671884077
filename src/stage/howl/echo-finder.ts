import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { Fft } from "./fft.ts";

/** Rate sounds are compared at: 6 kHz holds what loudspeakers of phones give and microphones take. */
const STEP = 8;
const RATE = SAMPLE_RATE / STEP;
const FRAME = FRAME_SAMPLES / STEP;
/** Furthest back an echo is looked for: the slowest way a listener hears the programme. Seconds. */
const FAR_SECONDS = 12.5;
/** Sound that is compared over short and long delays. Seconds; longer against longer, or the rest would drown it. */
const NEAR_WINDOW = 1;
const FAR_WINDOW = 2;
/** Longest of the short delays: devices in one room, a loudspeaker beside a microphone on a slow network. Seconds. */
const NEAR_SECONDS = 1.5;
/** Nearest echo that is looked for. Seconds; what comes sooner is the sound itself and its room. */
const SHORTEST_SECONDS = 0.06;
const KEPT = Math.ceil((FAR_SECONDS + FAR_WINDOW) * RATE);
/** Frequencies whose phase is believed. Hertz. */
const LOWEST_HZ = 200;
const HIGHEST_HZ = 2_700;

/** How much of the looks before is kept at each look: an echo's peak stays in its place and grows, everything else moves and fades. */
const KEEP = 0.75;
/** Sound around a peak that belongs to it: the room's first reflections. Seconds. */
const ROOM_SECONDS = 0.03;

/** An echo of one sound in another. */
export interface Echo {
  /** Height of the peak over the rest, in standard deviations. */
  readonly strength: number;
  /** Height of the peak over the next best elsewhere. Held notes give a comb of equal peaks: 1 to 1.2. */
  readonly alone: number;
  /** By how much it comes later. Milliseconds. */
  readonly delayMs: number;
}

/** The last seconds of a signal at 6 kHz. */
export class SoundHistory {
  readonly samples = new Float32Array(KEPT);
  /** Samples taken so far, at 6 kHz. */
  taken = 0;

  /** Takes a frame. @hot */
  push(frame: Float32Array): void {
    for (let index = 0; index < FRAME; index++) {
      let sum = 0;
      for (let tap = 0; tap < STEP; tap++) sum += frame[index * STEP + tap] as number;
      this.samples[(this.taken + index) % KEPT] = sum;
    }
    this.taken += FRAME;
  }

  /** Writes the samples from `from` (counted from the first ever) to `out`; what is gone or yet to come is silence. */
  read(from: number, count: number, out: Float64Array, at: number): void {
    for (let index = 0; index < count; index++) {
      const position = from + index;
      out[at + index] = position < 0 || position >= this.taken || position < this.taken - KEPT ? 0 : (this.samples[position % KEPT] as number);
    }
  }
}

/** Finds echoes by the phases of all frequencies together (generalised cross-correlation with phase transform): a copy shows as one sharp peak whatever the room did to its colour, music that repeats itself does not. @spec Knapp and Carter, IEEE Trans. ASSP 1976 */
export class EchoFinder {
  readonly #fft: Fft;
  readonly #window: number;
  readonly #longest: number;
  readonly #shortest: number;
  readonly #xRe: Float64Array;
  readonly #xIm: Float64Array;
  readonly #rRe: Float64Array;
  readonly #rIm: Float64Array;

  private constructor(windowSeconds: number, shortestSeconds: number, longestSeconds: number) {
    this.#window = Math.round(windowSeconds * RATE);
    this.#longest = Math.round(longestSeconds * RATE);
    this.#shortest = Math.round(shortestSeconds * RATE);
    this.#fft = new Fft(2 ** Math.ceil(Math.log2(this.#window + this.#longest)));
    const { size } = this.#fft;
    [this.#xRe, this.#xIm, this.#rRe, this.#rIm] = [0, 0, 0, 0].map(() => new Float64Array(size)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  }

  /** For delays up to 1.5 s; costs about 5 ms a look. */
  static near(): EchoFinder {
    return new EchoFinder(NEAR_WINDOW, SHORTEST_SECONDS, NEAR_SECONDS);
  }

  /** For delays from 1.4 to 12.5 s; costs about 40 ms a look. */
  static far(): EchoFinder {
    return new EchoFinder(FAR_WINDOW, NEAR_SECONDS - 0.1, FAR_SECONDS);
  }

  /** Memory for the looks at one input. */
  memory(): Float64Array {
    return new Float64Array(this.#longest + 1);
  }

  /** The strongest echo of `source` in the newest sound of `heard`, looks before included. */
  find(heard: SoundHistory, source: SoundHistory, memory: Float64Array): Echo {
    const window = this.#window;
    const longest = this.#longest;
    const { size } = this.#fft;
    const [xRe, xIm, rRe, rIm] = [this.#xRe, this.#xIm, this.#rRe, this.#rIm];
    for (const part of [xRe, xIm, rRe, rIm]) part.fill(0);
    heard.read(heard.taken - window, window, xRe, longest);
    source.read(source.taken - window - longest, window + longest, rRe, 0);
    for (let index = 0; index < window; index++)
      xRe[longest + index] = (xRe[longest + index] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / window));
    this.#fft.transform(xRe, xIm);
    this.#fft.transform(rRe, rIm);
    const from = Math.round((LOWEST_HZ / RATE) * size);
    const to = Math.round((HIGHEST_HZ / RATE) * size);
    for (let bin = 0; bin < size; bin++) {
      const frequency = Math.min(bin, size - bin);
      if (frequency < from || frequency > to) {
        xRe[bin] = 0;
        xIm[bin] = 0;
        continue;
      }
      const re = (xRe[bin] as number) * (rRe[bin] as number) + (xIm[bin] as number) * (rIm[bin] as number);
      const im = (xIm[bin] as number) * (rRe[bin] as number) - (xRe[bin] as number) * (rIm[bin] as number);
      const length = Math.sqrt(re * re + im * im) + 1e-9;
      // Swapped parts make the forward transform the inverse one.
      xRe[bin] = im / length;
      xIm[bin] = re / length;
    }
    this.#fft.transform(xRe, xIm);
    let squares = 0;
    let best = 0;
    let at = 0;
    for (let lag = this.#shortest; lag <= longest; lag++) {
      const value = KEEP * (memory[lag] as number) + (1 - KEEP) * ((xIm[lag] as number) / size);
      memory[lag] = value;
      squares += value * value;
      if (value > best) {
        best = value;
        at = lag;
      }
    }
    const deviation = Math.sqrt(squares / (longest - this.#shortest + 1)) + 1e-12;
    return { strength: best / deviation, alone: best / (this.#nextBest(memory, at) + 1e-12), delayMs: (at / RATE) * 1000 };
  }

  /** The best value away from a peak, its half and its double: an echo may go round twice. */
  #nextBest(memory: Float64Array, peak: number): number {
    const room = Math.round(ROOM_SECONDS * RATE);
    let best = 0;
    for (let lag = this.#shortest; lag <= this.#longest; lag++) {
      if (Math.abs(lag - peak) <= room || Math.abs(lag - 2 * peak) <= room || Math.abs(lag - 3 * peak) <= room || Math.abs(2 * lag - peak) <= room) continue;
      best = Math.max(best, memory[lag] as number);
    }
    return best;
  }
}
