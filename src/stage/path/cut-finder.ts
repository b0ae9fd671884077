import { BIN_HERTZ, BINS, binOf } from "./bright-spectrum.ts";

/** Sibilant frames that make one judgement. 8 frames = 160 ms, one or two sibilants. */
const JUDGED_FRAMES = 8;
/** Judgements in a row that must agree before anything is said. */
const AGREEING = 2;
/** Judgements that make up the frequency named, at most: each is right to some hundred hertz, their mean to a few. */
const MEAN_OF = 16;
/** Cuts looked for. Hertz; below is no speech, above an /s/ keeps its peak and nobody misses anything. */
const LOWEST_CUT = 2_800;
const HIGHEST_CUT = 10_000;
/** What is compared: the width below the cut, and the room left for the filter's slope above it. Hertz. */
const INSIDE_HERTZ = 1_000;
const SLOPE_HERTZ = 600;
/** A fall from which it is a cut, and under which there is none. dB; sibilants fall by less than 10 dB over the width of the slope wherever one looks. */
const CUT_DB = 20;
const WHOLE_DB = 13;
/** Sibilants that are enough when their fall is one no mouth comes near: behind a telephone's filter they are rare. Frames, dB. */
const FEW_FRAMES = 4;
const CLEAR_DB = 35;
/** A sibilant is dark when nothing above every cut looked for comes within this of its loudest. Ratio of powers; -30 dB. */
const DARK_RATIO = 0.001;
/** The same for one sibilant alone, whose spectrum is ragged. Ratio of peaks; -20 dB. */
const SINGLE_RATIO = 0.01;
/** How far under the loudest part the sound below a cut may lie. dB; less is what a codec leaves behind a cut, and its end is not the cut. */
const SIGNAL_DB = 25;
/** The edge named is where the spectrum has fallen by this much. dB. */
const EDGE_DB = 10;
/** Width of the smoothing. Bins to each side; ±94 Hz. */
const SMOOTH = 2;
/** How far apart two cuts may be and still be the same. Share. */
const SAME_CUT = 0.08;

/** What one judgement says: a frequency, {@link WHOLE}, or nothing. */
const UNCLEAR = -1;
const WHOLE = 0;

// One set for all: a judgement is used up before the next is made.
const sum = new Float64Array(BINS);
const levels = new Float64Array(BINS);
/** Steepest fall of the spectrum judged last. dB. */
let steepest = 0;

/** Finds the frequency above which a path carries nothing: a fall that no mouth makes. Takes the spectra of sibilants only. */
export class CutFinder {
  /** The sibilants of the judgement to come, and which frames they were. */
  readonly #spectra = Array.from({ length: JUDGED_FRAMES }, () => new Float64Array(BINS));
  readonly #numbers = new Float64Array(JUDGED_FRAMES);
  #frames = 0;
  /** Sibilants up to now that have nothing at the very top. */
  #dark = 0;
  #candidate = UNCLEAR;
  #candidateSince = 0;
  #agreed = 0;
  /** The cut now. Hertz; 0 when everything passes. */
  hertz = WHOLE;
  /** First frame for which {@link hertz} holds: that of the first sibilant that shows it. */
  since = 0;

  /** Takes the spectrum of a sibilant. Gives true when {@link hertz} changed. @hot */
  push(spectrum: Float64Array, frame: number): boolean {
    const slot = this.#frames++ % JUDGED_FRAMES;
    (this.#spectra[slot] as Float64Array).set(spectrum);
    this.#numbers[slot] = frame;
    this.#dark = isDark(spectrum) ? this.#dark + 1 : 0;
    if (this.hertz === WHOLE && this.#dark >= FEW_FRAMES && this.#judgeFew()) return true;
    if (this.#frames % JUDGED_FRAMES !== 0) return false;
    sum.fill(0);
    for (let index = 0; index < JUDGED_FRAMES; index++) this.#add(index);
    const judged = cutOf(sum);
    return judged !== UNCLEAR && this.#weigh(judged);
  }

  /** Forgets all: another connection, another path. */
  reset(): void {
    this.#frames = 0;
    this.#dark = 0;
    this.#candidate = UNCLEAR;
    this.#agreed = 0;
    this.hertz = WHOLE;
  }

  /** A filter behind which sibilants are rare: the newest few are enough when each of them says the same, and more clearly than any mouth. */
  #judgeFew(): boolean {
    sum.fill(0);
    for (let back = 1; back <= FEW_FRAMES; back++) this.#add((this.#frames - back) % JUDGED_FRAMES);
    const judged = cutOf(sum);
    if (judged <= WHOLE || steepest < CLEAR_DB) return false;
    for (let back = 1; back <= FEW_FRAMES; back++) if (!isCutAt(this.#spectra[(this.#frames - back) % JUDGED_FRAMES] as Float64Array, judged)) return false;
    this.#candidate = judged;
    this.#agreed = 1;
    this.hertz = judged;
    this.since = this.#numbers[(this.#frames - FEW_FRAMES) % JUDGED_FRAMES] as number;
    return true;
  }

  #add(slot: number): void {
    const spectrum = this.#spectra[slot] as Float64Array;
    for (let bin = 0; bin < BINS; bin++) sum[bin] = (sum[bin] as number) + (spectrum[bin] as number);
  }

  /** First frame of this judgement that itself is as judged: the ones before still came by another path. */
  #firstOf(judged: number): number {
    const edge = judged > WHOLE ? judged : this.hertz;
    const first = edge > WHOLE ? this.#spectra.findIndex((spectrum) => isCutAt(spectrum, edge) === judged > WHOLE) : 0;
    return this.#numbers[Math.max(0, first)] as number;
  }

  #weigh(judged: number): boolean {
    if (!isSame(judged, this.#candidate)) {
      this.#candidateSince = this.#firstOf(judged);
      this.#agreed = 0;
    }
    // The newest is as good as the first and a mean of all is better.
    this.#candidate = this.#agreed === 0 ? judged : (this.#candidate * this.#agreed + judged) / (this.#agreed + 1);
    this.#agreed = Math.min(this.#agreed + 1, MEAN_OF);
    if (this.#agreed < AGREEING) return false;
    const changed = !isSame(this.#candidate, this.hertz);
    this.hertz = this.#candidate;
    if (changed) this.since = this.#candidateSince;
    return changed;
  }
}

/** Whether a sibilant has next to nothing above all cuts looked for: only then one is worth looking for at once. @hot */
function isDark(spectrum: Float64Array): boolean {
  const top = binOf(HIGHEST_CUT + SLOPE_HERTZ);
  let above = 0;
  let loudest = 0;
  for (let bin = binOf(LOWEST_CUT - INSIDE_HERTZ); bin < BINS; bin++) {
    const power = spectrum[bin] as number;
    if (power > loudest) loudest = power;
    if (bin >= top && power > above) above = power;
  }
  return above < DARK_RATIO * loudest;
}

/** Whether a single sibilant has next to nothing above a frequency. */
function isCutAt(spectrum: Float64Array, hertz: number): boolean {
  const edge = binOf(hertz);
  let above = 0;
  for (let bin = edge + binOf(SLOPE_HERTZ); bin < BINS; bin++) above = Math.max(above, spectrum[bin] as number);
  let inside = 0;
  for (let bin = edge - binOf(INSIDE_HERTZ); bin < edge; bin++) inside = Math.max(inside, spectrum[bin] as number);
  return above < inside * SINGLE_RATIO;
}

function isSame(one: number, other: number): boolean {
  return one === other || (one > WHOLE && other > WHOLE && Math.abs(one - other) <= SAME_CUT * Math.max(one, other));
}

/** The cut a spectrum shows. Hertz, {@link WHOLE} or {@link UNCLEAR}. */
function cutOf(spectrum: Float64Array): number {
  smooth(spectrum);
  const inside = binOf(INSIDE_HERTZ);
  const slope = binOf(SLOPE_HERTZ);
  // What still comes above a frequency, at its loudest.
  let above = Number.NEGATIVE_INFINITY;
  const signal = loudest(inside) - SIGNAL_DB;
  let best = 0;
  let bestFall = Number.NEGATIVE_INFINITY;
  let next = BINS - 1;
  for (let bin = binOf(HIGHEST_CUT); bin >= binOf(LOWEST_CUT); bin--) {
    for (; next >= bin + slope; next--) above = Math.max(above, levels[next] as number);
    const below = meanBelow(bin, inside);
    const fall = below - above;
    if (below > signal && fall > bestFall) {
      bestFall = fall;
      best = bin;
    }
  }
  steepest = bestFall;
  if (bestFall < WHOLE_DB) return WHOLE;
  if (bestFall < CUT_DB) return UNCLEAR;
  const passes = meanBelow(best, inside) - EDGE_DB;
  let edge = best + slope;
  while (edge > best - inside && (levels[edge] as number) < passes) edge--;
  const hertz = (edge + 1) * BIN_HERTZ;
  return hertz <= HIGHEST_CUT ? hertz : WHOLE;
}

function loudest(width: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let bin = binOf(LOWEST_CUT); bin <= binOf(HIGHEST_CUT); bin++) highest = Math.max(highest, meanBelow(bin, width));
  return highest;
}

function meanBelow(bin: number, width: number): number {
  let mean = 0;
  for (let index = bin - width; index < bin; index++) mean += levels[index] as number;
  return mean / width;
}

function smooth(spectrum: Float64Array): void {
  for (let bin = 0; bin < BINS; bin++) {
    let mean = 0;
    for (let index = Math.max(0, bin - SMOOTH); index <= Math.min(BINS - 1, bin + SMOOTH); index++) mean += spectrum[index] as number;
    levels[bin] = 10 * Math.log10(mean + 1e-14);
  }
}
