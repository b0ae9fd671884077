import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { PEAK_MAX, type PeakRecord } from "../wire/marks.ts";

/** A point at first. Samples: 100 ms, five stage frames. */
const FINEST_SAMPLES = SAMPLE_RATE / 10;
/** Points kept at most; when they are full, two become one. 8192 is more than any screen is wide, and 12 KB packed. */
export const MOST_POINTS = 8_192;

/** The outline of the programme as it goes on. Memory does not grow: the longer the event, the coarser the points. */
export class PeakMeter {
  readonly #points = new Uint8Array(MOST_POINTS);
  #count = 0;
  #samplesPerPoint = FINEST_SAMPLES;
  /** Highest sample of the point being made, and how much of it there is. */
  #peak = 0;
  #filled = 0;

  /** Takes up what an earlier run kept; what was lost between it and `position` is silence. Samples at 48 kHz. */
  restore(record: PeakRecord, position: number): void {
    this.#samplesPerPoint = record.samplesPerPoint;
    this.#count = Math.min(record.peaks.length, MOST_POINTS);
    for (let index = 0; index < this.#count; index++) this.#points[index] = record.peaks[index] as number;
    while (this.#count * this.#samplesPerPoint + this.#filled + FRAME_SAMPLES <= position) this.#take(0, FRAME_SAMPLES);
  }

  /** Takes one frame of mono f32. @hot */
  push(frame: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < frame.length; index++) {
      const value = Math.abs(frame[index] as number);
      if (value > peak) peak = value;
    }
    this.#take(peak, frame.length);
  }

  /** Everything so far. */
  get record(): PeakRecord {
    const peaks = Array.from(this.#points.subarray(0, this.#count));
    if (this.#filled > 0) peaks.push(scale(this.#peak));
    return { version: 1, samplesPerPoint: this.#samplesPerPoint, durationSamples: this.#count * this.#samplesPerPoint + this.#filled, peaks };
  }

  #take(peak: number, length: number): void {
    if (peak > this.#peak) this.#peak = peak;
    this.#filled += length;
    if (this.#filled < this.#samplesPerPoint) return;
    this.#points[this.#count++] = scale(this.#peak);
    this.#peak = 0;
    this.#filled = 0;
    if (this.#count === MOST_POINTS) this.#halve();
  }

  #halve(): void {
    this.#count = MOST_POINTS / 2;
    for (let index = 0; index < this.#count; index++) this.#points[index] = Math.max(this.#points[2 * index] as number, this.#points[2 * index + 1] as number);
    this.#samplesPerPoint *= 2;
  }
}

/** An outline with at most so many points: the highest of each stretch stands for it. */
export function coarser(peaks: readonly number[], most: number): number[] {
  const count = Math.min(most, peaks.length);
  return Array.from({ length: count }, (_, point) => {
    let highest = 0;
    for (let index = Math.floor((point * peaks.length) / count); index < Math.floor(((point + 1) * peaks.length) / count); index++)
      highest = Math.max(highest, peaks[index] as number);
    return highest;
  });
}

function scale(peak: number): number {
  return Math.min(PEAK_MAX, Math.round(peak * PEAK_MAX));
}
