import { BINS, binOf } from "./bright-spectrum.ts";

/** Bands compared: their width, and where the first begins. Hertz. */
const BAND_HERTZ = 1_000;
const FIRST_HERTZ = 2_000;
const BANDS = 12;
/** Bands at the bottom that say how loud the person is now: what is cut above still has them. */
const ANCHORS = 2;
/** A band counts when it is usually not further under the loudest than this. dB; further down is the room. */
const AUDIBLE_DB = 30;
/** Fall of the highest such band from which it is a slope, and under which it is none any more. dB. */
const FALLEN_DB = 12;
const STANDING_DB = 8;
/** The frequency named is where the fall reaches this. dB. */
const EDGE_DB = 6;
/** How far a band may stand out of a slope. dB. */
const RAGGED_DB = 3;
/** Slopes that begin above this take nothing anybody misses. Hertz. */
const HIGHEST_HERTZ = 10_000;
/** Figures that make up the usual. Five are half a minute of talk. */
const USUAL_FIGURES = 5;
/** Weight of a figure in the usual after that. Share. */
const USUAL_WEIGHT = 0.05;
/** Figures in a row that must agree. */
const AGREEING = 2;

const now = new Float64Array(BANDS);
const fall = new Float64Array(BANDS);

/** A person's sibilants against how they usually are: finds a treble that slopes away, which no single look can tell from a dark voice. */
export class UsualSpectrum {
  readonly #usual = new Float64Array(BANDS);
  #figures = 0;
  #agreed = 0;
  #first = 0;
  /** Where the treble begins to slope away. Hertz; 0 when it is as usual. */
  hertz = 0;
  /** First frame for which {@link hertz} holds. */
  since = 0;

  /** Whether the newest figure slopes, found or not yet: it says nothing about the voice. */
  get sloping(): boolean {
    return this.#agreed > 0 || this.hertz > 0;
  }

  /** Takes the sum of some sibilants. `first`: the first frame of them; `learn`: they came by a whole path. */
  compare(sum: Float64Array, first: number, learn: boolean): void {
    for (let band = 0; band < BANDS; band++) now[band] = levelOf(sum, FIRST_HERTZ + band * BAND_HERTZ);
    const known = this.#figures >= USUAL_FIGURES;
    const slope = known ? this.#slope() : 0;
    if (slope > 0 === this.hertz > 0) {
      this.#agreed = 0;
      if (slope === 0 && learn) this.#learn();
      return;
    }
    if (this.#agreed++ === 0) this.#first = first;
    if (this.#agreed < AGREEING) return;
    this.#agreed = 0;
    this.hertz = slope;
    this.since = this.#first;
  }

  /** The path is known to be whole again. */
  release(): void {
    this.hertz = 0;
    this.#agreed = 0;
  }

  /** Another microphone. */
  forget(): void {
    this.release();
    this.#figures = 0;
  }

  #learn(): void {
    const share = Math.max(1 / ++this.#figures, USUAL_WEIGHT);
    for (let band = 0; band < BANDS; band++)
      this.#usual[band] = (this.#usual[band] as number) + ((now[band] as number) - (this.#usual[band] as number)) * share;
  }

  /** Where the figure slopes away from the usual. Hertz; 0 when it does not. */
  #slope(): number {
    let loudest = Number.NEGATIVE_INFINITY;
    let anchor = 0;
    for (let band = 0; band < BANDS; band++) {
      fall[band] = (this.#usual[band] as number) - (now[band] as number);
      loudest = Math.max(loudest, this.#usual[band] as number);
      if (band < ANCHORS) anchor += (fall[band] as number) / ANCHORS;
    }
    let top = BANDS - 1;
    while (top > 0 && (this.#usual[top] as number) < loudest - AUDIBLE_DB) top--;
    if ((fall[top] as number) - anchor < (this.hertz > 0 ? STANDING_DB : FALLEN_DB)) return 0;
    let edge = top;
    while (edge > 0 && (fall[edge - 1] as number) - anchor >= EDGE_DB) {
      // A voice that changes falls in the middle; a path falls more and more.
      if ((fall[edge - 1] as number) > (fall[edge] as number) + RAGGED_DB) return 0;
      edge--;
    }
    if (edge === 0 || edge === top) return 0;
    const below = (fall[edge - 1] as number) - anchor;
    const above = (fall[edge] as number) - anchor;
    const hertz = FIRST_HERTZ + (edge - 0.5 + (EDGE_DB - below) / (above - below)) * BAND_HERTZ;
    return hertz <= HIGHEST_HERTZ ? hertz : 0;
  }
}

function levelOf(sum: Float64Array, from: number): number {
  let power = 0;
  for (let bin = binOf(from); bin < Math.min(BINS, binOf(from + BAND_HERTZ)); bin++) power += sum[bin] as number;
  return 10 * Math.log10(power + 1e-14);
}
