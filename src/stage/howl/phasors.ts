import { FRAME_SAMPLES } from "../../core/units.ts";
import { RATE, type SoundHistory, STEP } from "./echo-finder.ts";
import { RealFft } from "./fft.ts";

/** Frames between two looks. 2 frames = 40 ms: half a window, so that an echo of any delay meets a window it fills for the most part. */
export const HOP_FRAMES = 2;
/** Time between two looks. Milliseconds. */
export const HOP_MS = (1000 * HOP_FRAMES * FRAME_SAMPLES) / STEP / RATE;
/** Samples of a window at 6 kHz. 85 ms: longer than most of what a room answers, so that a reverberant echo keeps its phase in each frequency. */
const WINDOW = 512;
/** Frequencies looked at: what small loudspeakers give and the lower rate holds. Hertz. */
const LOWEST_HZ = 200;
const HIGHEST_HZ = 2_700;
const LOWEST = Math.round((LOWEST_HZ * WINDOW) / RATE);
/** Frequencies there are. */
export const FREQUENCIES = Math.round((HIGHEST_HZ * WINDOW) / RATE) - LOWEST;
/** Magnitude at which a frequency's phase counts half; well above it, fully. Of a window of eight-sample sums; white noise at -57 dBFS. */
const FAINT = 0.16;

// One for all: a spectrum is used up before the next is made.
const FFT = new RealFft(WINDOW);
const HANN = Float64Array.from({ length: WINDOW }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW));

/** Writes the phases of a signal's newest 85 ms to `out`: re, im of each frequency, length 1 whatever the level; silence gives 0. `powers` takes those of the frequencies, any unit; `gain`: linear, what the signal was turned down by, so that what is faint for that still counts. @hot */
export function writePhasors(history: SoundHistory, out: Float32Array, powers: Float32Array, gain: number): void {
  const faint = FAINT * gain;
  const { samples, re, im } = FFT;
  history.read(history.taken - WINDOW, WINDOW, samples, 0);
  for (let index = 0; index < WINDOW; index++) samples[index] = (samples[index] as number) * (HANN[index] as number);
  FFT.transform();
  for (let index = 0; index < FREQUENCIES; index++) {
    const x = re[LOWEST + index] as number;
    const y = im[LOWEST + index] as number;
    const power = x * x + y * y;
    powers[index] = power;
    const length = Math.sqrt(power) + faint;
    out[2 * index] = x / length;
    out[2 * index + 1] = y / length;
  }
}
