import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { RESAMPLER_CONTEXT, Resampler } from "../sound/resampler.ts";
import { HalfBand } from "./half-band.ts";

/** Rates over this are halved until they are under it. Hertz; the resampler alone would fold what 48 kHz cannot carry back into the sound. */
const HALVED_OVER = 64_000;
/** Samples the resampler looks at before the first one it gives. */
const LEAD = RESAMPLER_CONTEXT / 2 - 1;

/** Turns sound of any rate into stage frames: mono, 48 kHz, 960 samples. */
export class StageFrames {
  readonly #resampler = new Resampler();
  #halves: HalfBand[] = [];
  #rate = 0;
  #ppm = 0;
  #buffer = new Float32Array(4 * FRAME_SAMPLES);
  #length = 0;
  /** How much faster than it comes the sound is read, because the sender's clock runs fast. Millionths. */
  driftPpm = 0;

  /** Takes mono samples of any number at a rate. Hertz. */
  push(mono: Float32Array, sampleRate: number): void {
    if (sampleRate !== this.#rate) this.#setRate(sampleRate);
    this.#append(this.#halves.reduce((samples, half) => half.halve(samples), mono));
  }

  /** Fills `out` when there is enough for it. @hot */
  take(out: Float32Array): boolean {
    const ppm = this.#ppm + this.driftPpm;
    if (this.#length < this.#resampler.needed(ppm)) return false;
    const used = this.#resampler.read(this.#buffer, out, ppm);
    this.#buffer.copyWithin(0, used, this.#length);
    this.#length -= used;
    return true;
  }

  /** The sound is over: silence follows, so that its last samples can be taken. */
  flush(): void {
    if (this.#length > LEAD) this.#append(new Float32Array(this.#resampler.needed(this.#ppm + this.driftPpm)));
  }

  #setRate(sampleRate: number): void {
    this.#rate = sampleRate;
    this.#halves = [];
    let rate = sampleRate;
    for (; rate > HALVED_OVER; rate /= 2) this.#halves.push(new HalfBand());
    this.#ppm = (rate / SAMPLE_RATE - 1) * 1e6;
    // Silence before the first sample, so that it comes out whole.
    if (this.#length === 0) this.#append(new Float32Array(LEAD));
  }

  #append(samples: Float32Array): void {
    if (this.#length + samples.length > this.#buffer.length) {
      const larger = new Float32Array(2 * (this.#length + samples.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(samples, this.#length);
    this.#length += samples.length;
  }
}
