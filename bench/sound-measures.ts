import { execFileSync } from "node:child_process";
import { SAMPLE_RATE } from "../src/core/units.ts";
import { Fft } from "../src/stage/howl/fft.ts";
import { find } from "../test/material/speech.ts";

/** Size of a look at the spectrum. Samples. */
const LOOK = 2048;
/** What is left out at the beginning: voices are being learned. Seconds. */
const SETTLED = 8;
/** Bands of the log-spectral distance. Hertz, and how many. */
const FROM = 4_000;
const BAND = 500;
const BANDS = 16;

/** What was said and what was heard of it, mono f32 at 48 kHz, sample beside sample. */
export interface Pair {
  readonly said: Float32Array;
  readonly heard: Float32Array;
}

/** The two recordings from the eighth second on, shifted so that they lie on each other. */
export function aligned(said: Float32Array, heard: Float32Array): Pair {
  const from = SETTLED * SAMPLE_RATE;
  const template = said.subarray(from, from + SAMPLE_RATE);
  const { at } = find(heard, template, from - SAMPLE_RATE / 2, from + 2 * SAMPLE_RATE);
  const length = Math.min(said.length - from, heard.length - at) - SAMPLE_RATE;
  return { said: said.subarray(from, from + length), heard: heard.subarray(at, at + length) };
}

const FFT = new Fft(LOOK);
const binOf = (hertz: number) => Math.round((hertz / SAMPLE_RATE) * LOOK);

/** Powers of every look at a signal. */
function* spectra(signal: Float32Array): Generator<Float64Array> {
  const re = new Float64Array(LOOK);
  const im = new Float64Array(LOOK);
  for (let at = 0; at + LOOK <= signal.length; at += LOOK / 2) {
    for (let index = 0; index < LOOK; index++) re[index] = (signal[at + index] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / LOOK));
    im.fill(0);
    FFT.transform(re, im);
    yield Float64Array.from({ length: LOOK / 2 }, (_, bin) => (re[bin] as number) ** 2 + (im[bin] as number) ** 2);
  }
}

function power(powers: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let bin = binOf(from); bin <= binOf(to); bin++) sum += powers[bin] as number;
  return sum;
}

/** E(4-9 kHz)/E(0.3-3 kHz) of all sound. dB. */
function sibilance(signal: Float32Array): number {
  let [high, low] = [0, 0];
  for (const powers of spectra(signal)) {
    high += power(powers, 4_000, 9_000);
    low += power(powers, 300, 3_000);
  }
  return 10 * Math.log10(high / low);
}

/** By how much sibilants became stronger against the rest of the voice. dB. */
export function sibilanceChange({ said, heard }: Pair): number {
  return sibilance(heard) - sibilance(said);
}

/** Log-spectral distance from 4 to 12 kHz over the looks in which something is said, in bands of 500 Hz; a difference of level alone counts for nothing. dB. */
export function spectralDistance({ said, heard }: Pair): number {
  const looks: number[][] = [];
  const others = spectra(heard);
  for (const powers of spectra(said)) {
    const other = others.next().value as Float64Array | undefined;
    if (other === undefined) break;
    if (power(powers, FROM, FROM + BANDS * BAND) < 1e-2) continue;
    looks.push(
      Array.from({ length: BANDS }, (_, band) => {
        const [from, to] = [FROM + BAND * band, FROM + BAND * (band + 1)];
        return 10 * Math.log10((power(other, from, to) + 1e-6) / (power(powers, from, to) + 1e-6));
      }),
    );
  }
  const mean = looks.flat().reduce((sum, value) => sum + value, 0) / (BANDS * looks.length);
  return looks.reduce((sum, bands) => sum + Math.sqrt(bands.reduce((squares, value) => squares + (value - mean) ** 2, 0) / BANDS), 0) / looks.length;
}

/** What ffmpeg's meter says of a file from this second on, for so long: loudness in LUFS, true peak in dBTP. `input`: what ffmpeg must know of a raw file. */
export function referee(file: string, { input = [], from, seconds }: { readonly input?: readonly string[]; readonly from: number; readonly seconds?: number }) {
  const length = seconds === undefined ? [] : ["-t", String(seconds)];
  const cut = ["-ss", String(from), ...length];
  // ffmpeg's meter reports on standard error.
  const script = 'exec ffmpeg -hide_banner -nostats "$@" 2>&1';
  const said = execFileSync("sh", ["-c", script, "sh", ...cut, ...input, "-i", file, "-af", "ebur128=peak=true", "-f", "null", "-"]).toString();
  const summary = said.slice(said.lastIndexOf("Summary:"));
  return { loudness: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1]), truePeak: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1]) };
}
