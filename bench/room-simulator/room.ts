import { Fft } from "../../src/stage/howl/fft.ts";

/** A shoebox room. Metres; absorption of its walls from 0 to 1. */
export interface Room {
  readonly name: string;
  readonly size: readonly [number, number, number];
  readonly absorption: number;
  readonly loudspeaker: readonly [number, number, number];
  readonly microphone: readonly [number, number, number];
}

/** Rooms people really join from. */
export const ROOMS: readonly Room[] = [
  { name: "kitchen", size: [3, 4, 2.5], absorption: 0.15, loudspeaker: [1, 1, 1], microphone: [1.6, 1.4, 1.1] },
  { name: "living room", size: [5, 6, 2.6], absorption: 0.35, loudspeaker: [1, 2, 0.8], microphone: [2.5, 2.5, 1] },
  { name: "office", size: [4, 5, 2.7], absorption: 0.25, loudspeaker: [2, 1, 0.8], microphone: [2.4, 1.3, 0.9] },
  { name: "hall", size: [12, 20, 6], absorption: 0.2, loudspeaker: [3, 4, 2.5], microphone: [6, 8, 1.2] },
  { name: "car", size: [1.5, 2.5, 1.2], absorption: 0.5, loudspeaker: [0.3, 0.5, 0.5], microphone: [0.8, 1.2, 0.9] },
];
const SOUND_METRES_PER_SECOND = 343;
const RATE = 48_000;
/** Length of a room's answer. Samples; 85 ms holds what a loop howls on. */
export const TAPS = 4096;

/** What the microphone hears of a click from the loudspeaker, by mirror images. f64, {@link TAPS} samples. @spec Allen and Berkley, "Image method for efficiently simulating small-room acoustics", JASA 1979 */
export function impulseResponse({ size, absorption, loudspeaker, microphone }: Room): Float64Array {
  const taps = new Float64Array(TAPS);
  const reflection = Math.sqrt(1 - absorption);
  const most = 12;
  for (let x = -most; x <= most; x++)
    for (let y = -most; y <= most; y++)
      for (let z = -most; z <= most; z++) {
        const image = [x, y, z].map((count, axis) => {
          const [length, at] = [size[axis] as number, loudspeaker[axis] as number];
          return count % 2 === 0 ? count * length + at : (count + 1) * length - at;
        });
        const distance = Math.hypot(...image.map((at, axis) => at - (microphone[axis] as number)));
        const delay = (distance / SOUND_METRES_PER_SECOND) * RATE;
        const at = Math.floor(delay);
        if (at + 1 >= TAPS) continue;
        const strength = reflection ** (Math.abs(x) + Math.abs(y) + Math.abs(z)) / Math.max(0.1, distance);
        // Between two samples, shared by both: walls that lie exactly on samples would ring.
        taps[at] = (taps[at] as number) + strength * (1 - (delay - at));
        taps[at + 1] = (taps[at + 1] as number) + strength * (delay - at);
      }
  // Small loudspeakers and microphones carry 200 Hz to 7 kHz.
  return bandPass(taps);
}

/** Loudest answer of a room over all frequencies. dB. */
export function peakGainDb(taps: Float64Array): number {
  const fft = new Fft(4 * TAPS);
  const re = new Float64Array(fft.size);
  const im = new Float64Array(fft.size);
  re.set(taps);
  fft.transform(re, im);
  let most = 0;
  for (let bin = 0; bin < fft.size / 2; bin++) most = Math.max(most, (re[bin] as number) ** 2 + (im[bin] as number) ** 2);
  return 10 * Math.log10(most);
}

function bandPass(taps: Float64Array): Float64Array {
  const high = Math.exp((-2 * Math.PI * 200) / RATE);
  const low = Math.exp((-2 * Math.PI * 7_000) / RATE);
  let [before, out, smooth] = [0, 0, 0];
  return taps.map((value) => {
    out = high * (out + value - before);
    before = value;
    smooth = low * smooth + (1 - low) * out;
    return smooth;
  });
}

/** Convolves a signal with a room block by block: overlap and save. */
export class Convolver {
  readonly #fft = new Fft(2 * TAPS);
  readonly #hRe = new Float64Array(2 * TAPS);
  readonly #hIm = new Float64Array(2 * TAPS);
  readonly #past = new Float64Array(2 * TAPS);
  readonly #re = new Float64Array(2 * TAPS);
  readonly #im = new Float64Array(2 * TAPS);

  constructor(taps: Float64Array) {
    this.#hRe.set(taps);
    this.#fft.transform(this.#hRe, this.#hIm);
  }

  /** Takes a block of at most {@link TAPS} samples and gives the same number. */
  process(block: Float32Array, out: Float32Array): void {
    const past = this.#past;
    past.copyWithin(0, block.length);
    past.set(block, past.length - block.length);
    this.#re.set(past);
    this.#im.fill(0);
    this.#fft.transform(this.#re, this.#im);
    for (let bin = 0; bin < past.length; bin++) {
      const re = (this.#re[bin] as number) * (this.#hRe[bin] as number) - (this.#im[bin] as number) * (this.#hIm[bin] as number);
      const im = (this.#re[bin] as number) * (this.#hIm[bin] as number) + (this.#im[bin] as number) * (this.#hRe[bin] as number);
      this.#re[bin] = im;
      this.#im[bin] = re;
    }
    // Swapped parts make the forward transform the inverse one.
    this.#fft.transform(this.#re, this.#im);
    for (let index = 0; index < block.length; index++) out[index] = (this.#im[past.length - block.length + index] as number) / past.length;
  }
}
