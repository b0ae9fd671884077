import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { Fft } from "../howl/fft.ts";

/** Size of the transform. Samples: one frame of 960, padded to a power of two. */
const SIZE = 1_024;
/** Bins of a spectrum, and the width of one. Hertz; 46.9. */
export const BINS = SIZE / 2;
export const BIN_HERTZ = SAMPLE_RATE / SIZE;
/** A frame is a sibilant when what lies above this frequency outweighs what lies below. Hertz; vowels have their weight under it, fricatives over it, even those a telephone cut at 3.4 kHz. */
const DIVIDE_HERTZ = 2_000;
/** Sounds below this are breath and rumble and say nothing about anybody's voice. Hertz. */
const LOWEST_HERTZ = 100;
/** How much of the lower part the upper must have. Ratio; 3 dB. */
const BRIGHT_RATIO = 2;
/** Quieter than this there is nothing to judge. Mean power of a frame; -62 dBFS. */
const AUDIBLE = 10 ** (-62 / 10);
/** Energy of a sibilant's slope against its own, at the least. A sine at 2.8 kHz has 0.13 (4 sin² πf/r), and two thirds of a sibilant lie there or above even on a telephone. */
const STEEP = 0.06;
/** Bands of the sibilance ratio. Hertz. */
const SIBILANT = { from: 4_000, to: 9_000 };
const VOICED = { from: 300, to: 3_000 };
/** What sharpness is compared with where a chain turns phases: below this band its delay moves the end of a vowel into the sibilant. Hertz. */
const HISS = { from: 2_000, to: 4_000 };
/** Keeps a logarithm finite. Mean power, far under 24 bits. */
const NOTHING = 1e-14;

const FFT = new Fft(SIZE);
const HANN = Float64Array.from({ length: FRAME_SAMPLES }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / FRAME_SAMPLES));
/** Makes the sum of all bins the mean power of the frame; a quarter of it undoes the doubling of {@link separate}. */
const SCALE = 2 / (SIZE * HANN.reduce((sum, value) => sum + value * value, 0)) / 4;
// One set for all: spectra are used up before the next are made.
const re = new Float64Array(SIZE);
const im = new Float64Array(SIZE);
/** Power by frequency of the two frames {@link transformPair} looked at last. */
export const incoming = new Float64Array(BINS);
export const outgoing = new Float64Array(BINS);

/** Bin of a frequency. */
export function binOf(hertz: number): number {
  return Math.round(hertz / BIN_HERTZ);
}

/** Whether a frame may be a sibilant; cheap, and hardly ever wrong when it says no. @hot */
export function mayBeBright(frame: Float32Array): boolean {
  let energy = 0;
  let slope = 0;
  let before = frame[0] as number;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    const step = value - before;
    before = value;
    energy += value * value;
    slope += step * step;
  }
  return energy > AUDIBLE * FRAME_SAMPLES && slope > STEEP * energy;
}

/** Fills {@link incoming} and {@link outgoing} from two frames with one transform: one as its real part, one as its imaginary part. @hot */
export function transformPair(one: Float32Array, other: Float32Array): void {
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const weight = HANN[index] as number;
    re[index] = (one[index] as number) * weight;
    im[index] = (other[index] as number) * weight;
  }
  re.fill(0, FRAME_SAMPLES);
  im.fill(0, FRAME_SAMPLES);
  FFT.transform(re, im);
  separate();
}

/** Takes the two signals apart by their symmetry. @hot */
function separate(): void {
  incoming[0] = 0;
  outgoing[0] = 0;
  for (let bin = 1; bin < BINS; bin++) {
    const a = re[bin] as number;
    const b = im[bin] as number;
    const c = re[SIZE - bin] as number;
    const d = im[SIZE - bin] as number;
    incoming[bin] = ((a + c) ** 2 + (b - d) ** 2) * SCALE;
    outgoing[bin] = ((b + d) ** 2 + (a - c) ** 2) * SCALE;
  }
}

/** Sum of a spectrum between two frequencies. @hot */
function energy(spectrum: Float64Array, from: number, to: number): number {
  let sum = 0;
  const end = Math.min(BINS, binOf(to));
  for (let bin = binOf(from); bin < end; bin++) sum += spectrum[bin] as number;
  return sum;
}

/** Whether a spectrum is that of a sibilant: the only sound of a voice that shows what a path carries. Vowels end by themselves. @hot */
export function isBright(spectrum: Float64Array): boolean {
  const low = energy(spectrum, LOWEST_HERTZ, DIVIDE_HERTZ);
  const high = energy(spectrum, DIVIDE_HERTZ, SAMPLE_RATE / 2);
  return low + high > AUDIBLE && high > BRIGHT_RATIO * low;
}

/** The sibilance ratio E(4 to 9 kHz) / E(0.3 to 3 kHz) of a spectrum. dB. */
export function sibilanceOf(spectrum: Float64Array): number {
  return 10 * Math.log10((energy(spectrum, SIBILANT.from, SIBILANT.to) + NOTHING) / (energy(spectrum, VOICED.from, VOICED.to) + NOTHING));
}

/** Sharpness of a sibilant by itself, E(4 to 9 kHz) / E(2 to 4 kHz): whatever vowel is next to it. dB. */
export function sharpnessOf(spectrum: Float64Array): number {
  return 10 * Math.log10((energy(spectrum, SIBILANT.from, SIBILANT.to) + NOTHING) / (energy(spectrum, HISS.from, HISS.to) + NOTHING));
}

/** Frequency below which 99 % of a spectrum's energy lies. Hertz. */
export function rolloffOf(spectrum: Float64Array): number {
  let rest = 0.99 * energy(spectrum, 0, SAMPLE_RATE / 2);
  let bin = 0;
  while (bin < BINS && rest > 0) rest -= spectrum[bin++] as number;
  return bin * BIN_HERTZ;
}
