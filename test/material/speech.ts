import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Fft } from "../../src/stage/howl/fft.ts";

/** Sample rate of everything measured here. Hertz. */
export const RATE = 48_000;

/** Speaks `text` into a mono 48 kHz WAV at the level of a person near a microphone, over the faint noise of a room (so that a gap on the way shows as true silence); returns its path. */
export function speak(folder: string, name: string, voice: string, text: string, seconds: number): string {
  const raw = join(folder, `${name}-raw.wav`);
  const path = join(folder, `${name}.wav`);
  execFileSync("espeak-ng", ["-v", voice, "-s", "150", "-w", raw, text]);
  const speech = join(folder, `${name}-speech.wav`);
  const room = join(folder, `${name}-room.wav`);
  execFileSync("sox", [raw, "-r", String(RATE), "-c", "1", "-b", "16", speech, "norm", "-6", "repeat", "20", "trim", "0", String(seconds)], { stdio: "pipe" });
  execFileSync("sox", ["-n", "-r", String(RATE), "-c", "1", "-b", "16", room, "synth", String(seconds), "pinknoise", "vol", "-36dB"], { stdio: "pipe" });
  execFileSync("sox", ["-m", "-v", "1", speech, "-v", "1", room, path], { stdio: "pipe" });
  return path;
}

/** Decodes any audio file or address to mono f32 at 48 kHz with ffmpeg. */
export function decode(input: string, options: readonly string[] = []): Float32Array {
  const bytes = execFileSync("ffmpeg", ["-v", "error", ...options, "-i", input, "-f", "f32le", "-ac", "1", "-ar", String(RATE), "-"], {
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~3)));
}

/** Reads a raw little-endian f32 file. */
export function readRaw(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~3)));
}

/** Where a template was found: `at` in samples of the recording, `ncc` from -1 to 1. */
export interface Match {
  readonly at: number;
  readonly ncc: number;
}

/** Samples per step of the coarse search: 48 kHz / 16 = 3 kHz still holds a voice's pitch and first formants. */
const COARSE = 16;

/** The best normalised cross-correlation of `template` anywhere in `recording[from, to)`. */
export function find(recording: Float32Array, template: Float32Array, from = 0, to = recording.length): Match {
  const coarseRecording = reduce(recording.subarray(from, to));
  const coarseTemplate = reduce(template);
  const products = productsByTransform(coarseRecording, coarseTemplate);
  const coarse = search(coarseRecording, coarseTemplate, 0, coarseRecording.length, (at) => products[at] as number);
  const around = from + coarse.at * COARSE;
  return search(recording, template, Math.max(from, around - 2 * COARSE), Math.min(to, around + 2 * COARSE + template.length + 1), (at) => {
    let sum = 0;
    for (let tap = 0; tap < template.length; tap++) sum += (recording[at + tap] as number) * (template[tap] as number);
    return sum;
  });
}

function reduce(signal: Float32Array): Float32Array {
  const out = new Float32Array(Math.floor(signal.length / COARSE));
  for (let index = 0; index < out.length; index++) {
    let sum = 0;
    for (let tap = 0; tap < COARSE; tap++) sum += signal[index * COARSE + tap] ?? 0;
    out[index] = sum / COARSE;
  }
  return out;
}

/** The sum of products of a template with what it lies over, at every place of a signal at once. */
function productsByTransform(signal: Float32Array, template: Float32Array): Float64Array {
  const fft = new Fft(2 ** Math.ceil(Math.log2(signal.length + template.length)));
  const [re, im, templateRe, templateIm] = Array.from({ length: 4 }, () => new Float64Array(fft.size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  re.set(signal);
  templateRe.set(template);
  fft.transform(re, im);
  fft.transform(templateRe, templateIm);
  for (let bin = 0; bin < fft.size; bin++) {
    const [x, y, u, v] = [re[bin] as number, im[bin] as number, templateRe[bin] as number, templateIm[bin] as number];
    re[bin] = x * u + y * v;
    // Conjugated, so that the transform forwards is the one backwards; what comes out is real.
    im[bin] = x * v - y * u;
  }
  fft.transform(re, im);
  return re.map((value) => value / fft.size);
}

/** The best fit of a template whose products with the signal are known. */
function search(signal: Float32Array, template: Float32Array, from: number, to: number, product: (at: number) => number): Match {
  const length = template.length;
  let templateEnergy = 0;
  for (const value of template) templateEnergy += value * value;
  let energy = 0;
  for (let index = from; index < from + length && index < to; index++) energy += (signal[index] ?? 0) ** 2;
  let best: Match = { at: from, ncc: 0 };
  for (let at = from; at + length <= to; at++) {
    const ncc = product(at) / Math.sqrt(templateEnergy * energy + 1e-12);
    if (ncc > best.ncc) best = { at, ncc };
    energy += (signal[at + length] ?? 0) ** 2 - (signal[at] as number) ** 2;
  }
  return best;
}

/** Root mean square level. dBFS. */
export function level(signal: Float32Array): number {
  let sum = 0;
  for (const value of signal) sum += value * value;
  return 10 * Math.log10(sum / Math.max(1, signal.length) + 1e-12);
}

/** Longest run of digital near-silence. Milliseconds. */
export function longestSilenceMs(signal: Float32Array, threshold = 1e-4): number {
  let run = 0;
  let longest = 0;
  for (const value of signal) {
    run = Math.abs(value) < threshold ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return (longest / RATE) * 1000;
}

/** The median of a list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
