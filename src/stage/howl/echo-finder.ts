import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { Fft } from "./fft.ts";

/** Samples made one for comparing, and the rate that gives: 6 kHz holds what loudspeakers of phones give and microphones take. */
export const STEP = 8;
export const RATE = SAMPLE_RATE / STEP;
const FRAME = FRAME_SAMPLES / STEP;
/** Furthest back an echo is looked for: the slowest way a listener hears the programme. Seconds. */
const FAR_SECONDS = 12.5;
/** Nearest echo that is looked for. Seconds; what comes sooner is the sound itself and its room. */
const SHORTEST_SECONDS = 0.06;
/** Sound that is compared. Seconds. */
const WINDOW_SECONDS = 1;
/** Delays looked at together. Seconds; the first stretch holds devices in one room and loudspeakers beside microphones, the others the way through the broadcast. */
const STRETCH_SECONDS = 1.5;
/** Stretches of delays there are. */
export const STRETCHES = Math.ceil(FAR_SECONDS / STRETCH_SECONDS);
const WINDOW = Math.round(WINDOW_SECONDS * RATE);
const STRETCH = Math.round(STRETCH_SECONDS * RATE);
const SHORTEST = Math.round(SHORTEST_SECONDS * RATE);
const KEPT = WINDOW + STRETCHES * STRETCH;
/** Frequencies whose phase is believed. Hertz. */
const LOWEST_HZ = 200;
const HIGHEST_HZ = 2_700;

/** Energy below which a second is silence. Sum of squares at 6 kHz, of eight samples added up; -70 dBFS. */
const SILENT = 1e-7 * 6_000 * STEP * STEP;
/** Spectral flatness up to which a second of sound counts as tonal: geometric over arithmetic mean of its powers. Speech is at 0.03 and more. */
const FLATTEST_NOTE = 0.012;
/** How much of the looks before is kept at each look: an echo's peak stays in its place and grows, everything else moves and fades. */
const KEEP = 0.75;
/** Strength from which it is asked what part of the sound a peak comes from. Standard deviations; under it nothing counts. */
const PLACED = 6;
/** Least height of a peak in the newest second alone: under it the peak is only remembered. Standard deviations; an echo that is just found over several looks has 3. */
const HEARD_NOW = 1.5;
/** Sound around a peak that belongs to it: the room's first reflections. Samples at 6 kHz; 30 ms. */
const ROOM = Math.round(0.03 * RATE);

/** An echo of one sound in another. */
export interface Echo {
  /** Height of the peak over the rest, in standard deviations. */
  readonly strength: number;
  /** Height of the peak over the next best elsewhere. Held notes give a comb of equal peaks: 1 to 1.2. */
  readonly alone: number;
  /** By how much it comes later. Milliseconds. */
  readonly delayMs: number;
  /** Whether the sound is a few lines: music, or a loop that howls already. */
  readonly tonal: boolean;
  /** Middle of the sound that agrees. Milliseconds since the input was first heard; NaN when the newest second has none of it. */
  readonly middleMs: number;
}

const NOTHING: Echo = { strength: 0, alone: 0, delayMs: 0, tonal: false, middleMs: Number.NaN };

/** Whose newest sound is looked at, for an echo of what, without whose part in it. */
interface Compared {
  readonly heard: SoundHistory;
  readonly source: SoundHistory;
  readonly own: SoundHistory;
}

/** The last seconds of a signal at 6 kHz. */
export class SoundHistory {
  readonly samples = new Float32Array(KEPT);
  /** Samples taken so far, at 6 kHz. */
  taken = 0;

  /** Takes a frame. @hot */
  push(frame: Float32Array): void {
    const { samples } = this;
    // Whole frames fit: none is cut in two by the end.
    let to = this.taken % KEPT;
    for (let index = 0; index < FRAME_SAMPLES; index += STEP) {
      let sum = 0;
      for (let tap = 0; tap < STEP; tap++) sum += frame[index + tap] as number;
      samples[to++] = sum;
    }
    this.taken += FRAME;
  }

  /** Writes the samples from `from` (counted from the first ever) to `out`; what is gone or yet to come is silence. */
  read(from: number, count: number, out: Float64Array, at: number): void {
    const { samples } = this;
    const begin = Math.max(from, 0, this.taken - KEPT);
    const end = Math.min(from + count, this.taken);
    if (begin >= end) {
      out.fill(0, at, at + count);
      return;
    }
    out.fill(0, at, at + begin - from);
    out.fill(0, at + end - from, at + count);
    let slot = begin % KEPT;
    for (let position = begin; position < end; position++) {
      out[at + position - from] = samples[slot] as number;
      if (++slot === KEPT) slot = 0;
    }
  }
}

/** Finds echoes by the phases of all frequencies together (generalised cross-correlation with phase transform): a copy shows as one sharp peak whatever the room did to its colour, music that repeats itself does not. So does a moment that both have in common: that is why each echo says when what agrees was heard. @spec Knapp and Carter, IEEE Trans. ASSP 1976 */
export class EchoFinder {
  readonly #fft = new Fft(2 ** Math.ceil(Math.log2(WINDOW + STRETCH)));
  readonly #re = new Float64Array(this.#fft.size);
  readonly #im = new Float64Array(this.#fft.size);
  readonly #crossRe = new Float64Array(this.#fft.size);
  readonly #crossIm = new Float64Array(this.#fft.size);

  /** Memory for the looks at one input over one stretch of delays. */
  static memory(): Float64Array {
    return new Float64Array(STRETCH + 1);
  }

  /** The strongest echo of `source` in the newest sound of `heard` within a stretch of delays, looks before included; `own`: what of the source is left out. Costs about 3 ms, a third more where something agrees. */
  find({ heard, source, own }: Compared, stretch: number, memory: Float64Array): Echo {
    const { size } = this.#fft;
    const [re, im, crossRe, crossIm] = [this.#re, this.#im, this.#crossRe, this.#crossIm];
    re.fill(0);
    im.fill(0);
    const offset = stretch * STRETCH;
    const shortest = stretch === 0 ? SHORTEST : 0;
    heard.read(heard.taken - WINDOW, WINDOW, re, STRETCH);
    own.read(own.taken - WINDOW - STRETCH - offset, WINDOW + STRETCH, im, 0);
    crossRe.set(im);
    source.read(source.taken - WINDOW - STRETCH - offset, WINDOW + STRETCH, im, 0);
    for (let index = 0; index < WINDOW + STRETCH; index++) im[index] = (im[index] as number) - (crossRe[index] as number);
    // Against silence every phase is chance.
    if (energy(re) < SILENT || energy(im) < SILENT) return NOTHING;
    for (let index = 0; index < WINDOW; index++) re[STRETCH + index] = (re[STRETCH + index] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW));
    // Both are real: one transform of heard + i·source holds both spectra.
    this.#fft.transform(re, im);
    let logs = 0;
    let powers = 0;
    crossRe.fill(0);
    crossIm.fill(0);
    const from = Math.round((LOWEST_HZ / RATE) * size);
    const to = Math.round((HIGHEST_HZ / RATE) * size);
    for (let bin = from; bin <= to; bin++) {
      const mirror = size - bin;
      const hRe = (re[bin] as number) + (re[mirror] as number);
      const hIm = (im[bin] as number) - (im[mirror] as number);
      const sRe = (im[bin] as number) + (im[mirror] as number);
      const sIm = (re[mirror] as number) - (re[bin] as number);
      const power = hRe * hRe + hIm * hIm + 1e-12;
      const heardLength = Math.sqrt(power);
      const sourceLength = Math.sqrt(sRe * sRe + sIm * sIm) + 1e-9;
      logs += Math.log(power);
      powers += power;
      const hx = hRe / heardLength;
      const hy = hIm / heardLength;
      const sx = sRe / sourceLength;
      const sy = sIm / sourceLength;
      // Both with all frequencies equally loud, for finding where they agree.
      re[bin] = hx - sy;
      im[bin] = hy + sx;
      re[mirror] = hx + sy;
      im[mirror] = sx - hy;
      const x = hx * sx + hy * sy;
      const y = hy * sx - hx * sy;
      // Swapped parts make the forward transform the inverse one.
      crossRe[bin] = y;
      crossIm[bin] = x;
      crossRe[mirror] = -y;
      crossIm[mirror] = x;
    }
    // Held notes are a few lines with nothing between them, and look like their own past at any period.
    const tonal = Math.exp(logs / (to - from + 1)) < FLATTEST_NOTE * (powers / (to - from + 1));
    this.#fft.transform(crossRe, crossIm);
    let squares = 0;
    let squaresNow = 0;
    let best = 0;
    let at = shortest;
    for (let lag = shortest; lag <= STRETCH; lag++) {
      const now = (crossIm[lag] as number) / size;
      squaresNow += now * now;
      const value = KEEP * (memory[lag] as number) + (1 - KEEP) * now;
      memory[lag] = value;
      squares += value * value;
      if (value > best) {
        best = value;
        at = lag;
      }
    }
    const deviation = Math.sqrt(squares / (STRETCH - shortest + 1)) + 1e-12;
    const strength = best / deviation;
    const heardNow = (crossIm[at] as number) / size > HEARD_NOW * Math.sqrt(squaresNow / (STRETCH - shortest + 1));
    const middleMs = strength > PLACED && heardNow ? ((heard.taken - WINDOW + this.#middle(at, from, to)) / RATE) * 1000 : Number.NaN;
    return { strength, alone: best / (nextBest(memory, shortest, at) + 1e-12), delayMs: ((at + offset) / RATE) * 1000, tonal, middleMs };
  }

  /** Middle of what agrees at a lag, of both spectra made equally loud in `from` to `to`: the sum of their products is the peak, and each product has its time. Samples from the start of the window. */
  #middle(lag: number, from: number, to: number): number {
    const { size } = this.#fft;
    const [re, im] = [this.#re, this.#im];
    for (const part of [re, im]) {
      part.fill(0, 0, from);
      part.fill(0, to + 1, size - to);
      part.fill(0, size - from + 1);
    }
    // Swapped parts make the forward transform the inverse one.
    this.#fft.transform(im, re);
    let sum = 0;
    let moment = 0;
    for (let index = 0; index < WINDOW; index++) {
      const product = (re[STRETCH + index] as number) * (im[STRETCH + index - lag] as number);
      sum += product;
      moment += product * index;
    }
    return Math.max(0, Math.min(WINDOW, moment / sum));
  }
}

function energy(samples: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += (samples[index] as number) ** 2;
  return sum;
}

/** The best value away from a peak, its half and its multiples: an echo may go round twice. */
function nextBest(memory: Float64Array, shortest: number, peak: number): number {
  let best = 0;
  for (let lag = shortest; lag <= STRETCH; lag++) {
    if (Math.abs(lag - peak) <= ROOM || Math.abs(lag - 2 * peak) <= ROOM || Math.abs(lag - 3 * peak) <= ROOM || Math.abs(2 * lag - peak) <= ROOM) continue;
    best = Math.max(best, memory[lag] as number);
  }
  return best;
}
