import { FRAME_MS } from "../../core/units.ts";
import { BIN_HERTZ, BINS, type Spectrum } from "./spectrum.ts";

/** Frames between two looks; 40 ms, so that spectra of 43 ms leave nothing out. */
export const LOOK_FRAMES = 2;
const LOOK_MS = LOOK_FRAMES * FRAME_MS;
/** Where loops howl. Hertz; rooms and small loudspeakers carry little below, microphones and codecs little above. */
const LOWEST_HZ = 180;
const HIGHEST_HZ = 8_000;
const LOWEST = Math.round(LOWEST_HZ / BIN_HERTZ);
const HIGHEST = Math.round(HIGHEST_HZ / BIN_HERTZ);
/** Quieter than this nobody is hurt, and it may still be somebody humming far away. Power; -42 dBFS. */
const QUIETEST = ratio(-42);
/** How far a howl stands above what is beside it (4 to 7 bins away, outside its own lobe). Ratio, 18 dB; a vowel's partial reaches 15. */
const OVER_NEIGHBOURS = ratio(18);
/** How far it stands above its own harmonics and its octave below. Ratio, 27 dB; voices and instruments have them within 25. */
const OVER_HARMONICS = ratio(27);
/** How far it stands above the geometric mean of the spectrum. dB. */
const OVER_MEAN_DB = 30;
/** How far it stands above everything else in the spectrum. Ratio, 9 dB; a bell or a string has other lines as strong. */
const OVER_REST = ratio(9);
/** Width of its own lobe on either side. Bins. */
const LOBE = 7;
/** How long it stays in its place before it can be a howl. Looks; half a second, in which a whistled note has begun to fall. */
const PERSIST_LOOKS = 480 / LOOK_MS;
/** How much of the growth must lie in the newest part of it. Ratio, 2 dB, over looks; 320 ms. */
const LATE_GROWTH = ratio(2);
const LATE_LOOKS = 320 / LOOK_MS;
/** Looks until a new sound fills the spectrum's window: its growth in them is the window's, not its own. */
const FILL_LOOKS = 2;
/** Growth since it was first seen that shows a loop. Ratio, 5 dB; held notes of voices and instruments swell by less while they are this pure. */
const GROWTH = ratio(5);
/** Fall from its highest that shows that it is none: a bell, a word. Ratio, 3 dB. */
const FALL = ratio(3);
/** A pure tone that neither grows nor falls is a loop at its limit, once it lasted this long. Looks; 2 s, longer than anybody whistles a note. */
const STEADY_LOOKS = 2_000 / LOOK_MS;
/** How unsteady the pitch of a howl may be: 1 less the length of the mean of what its phase turns by, over half a second. It is held by the length of the way round; lips waver by 0.4 % and more, which gives 0.05. */
const UNSTEADY = 0.012;
const KEEP = 0.9;
/** Tones followed at a time. */
const TRACKS = 4;
/** Powers multiplied before a logarithm is taken: the least product, 1e-14 each, is far from the least number. */
const PER_LOGARITHM = 16;

interface Track {
  /** Where it was first seen, and its level then. */
  bin: number;
  first: number;
  looks: number;
  highest: number;
  missed: number;
  /** Phase at the newest look, radians; what it turned by as the sum of vectors, and their weight. */
  phase: number;
  turnRe: number;
  turnIm: number;
  weight: number;
  /** Levels of the newest 320 ms, a ring. */
  readonly late: Float64Array;
}

/** Finds the tonal loop in one input: a line of the spectrum that stays, stands alone, keeps its pitch to a hertz, and grows. @spec van Waterschoot and Moonen, "Fifty years of acoustic feedback control", Proc. IEEE 2011 (PNPR, PHPR, PAPR, IPMP) */
export class ToneWatch {
  readonly #tracks: Track[] = Array.from({ length: TRACKS }, () => ({
    bin: 0,
    first: 0,
    looks: 0,
    highest: 0,
    missed: 0,
    phase: 0,
    turnRe: 0,
    turnIm: 0,
    weight: 0,
    late: new Float64Array(LATE_LOOKS),
  }));
  /** Where the spectrum is highest. Bin. */
  #strongest = 0;
  #first = 0;
  #second = 0;
  /** Frequency of the howl at the newest look. Hertz; 0 when there is none. */
  hertz = 0;

  /** Frequency of the strongest line. Hertz. */
  get strongestHertz(): number {
    return this.#strongest * BIN_HERTZ;
  }

  /** Looks at the newest spectrum. @hot */
  look(spectrum: Spectrum): void {
    const { powers } = spectrum;
    this.hertz = 0;
    this.#rank(powers);
    for (const track of this.#tracks) track.missed++;
    const least = Math.max(QUIETEST, ratio(meanDb(powers) + OVER_MEAN_DB));
    for (let bin = LOWEST; bin <= HIGHEST; bin++) {
      const power = powers[bin] as number;
      if (power < least || power < (powers[bin - 1] as number) || power <= (powers[bin + 1] as number)) continue;
      if (power > this.#strongestBeside(bin) * OVER_REST && standsAlone(powers, bin, power)) this.#follow(spectrum, bin, power);
    }
    for (const track of this.#tracks) if (track.missed > 1) track.looks = 0;
  }

  /** Finds the strongest line and the strongest outside its lobe. */
  #rank(powers: Float64Array): void {
    let first = 2;
    for (let bin = 2; bin < BINS; bin++) if ((powers[bin] as number) > (powers[first] as number)) first = bin;
    let second = 0;
    for (let bin = 2; bin < BINS; bin++) if ((powers[bin] as number) > second && Math.abs(bin - first) > LOBE) second = powers[bin] as number;
    this.#strongest = first;
    this.#first = powers[first] as number;
    this.#second = second;
  }

  /** Power of the strongest line outside a bin's lobe. */
  #strongestBeside(bin: number): number {
    return Math.abs(bin - this.#strongest) > LOBE ? this.#first : this.#second;
  }

  #follow(spectrum: Spectrum, bin: number, power: number): void {
    const track = this.#trackOf(bin);
    if (track === undefined) return;
    if (track.looks === 0) begin(track, bin, power);
    const steady = turn(track, spectrum.phase(track.bin)) > 1 - UNSTEADY;
    track.looks++;
    track.missed = 0;
    track.highest = Math.max(track.highest, power);
    if (track.looks <= FILL_LOOKS) track.first = power;
    // Begun anew after a fall: what fell is no loop, what rises from here may be.
    if (power * FALL < track.highest) {
      track.looks = 1;
      track.first = power;
      track.highest = power;
    }
    const slot = track.looks % LATE_LOOKS;
    const before = track.late[slot] as number;
    track.late[slot] = power;
    const grows = track.looks >= PERSIST_LOOKS && power >= track.first * GROWTH && power >= before * LATE_GROWTH;
    if (steady && (grows || track.looks >= STEADY_LOOKS)) this.hertz = bin * BIN_HERTZ;
  }

  /** The track of a line, or a free one. */
  #trackOf(bin: number): Track | undefined {
    let free: Track | undefined;
    for (const track of this.#tracks) {
      if (track.looks === 0) free ??= track;
      else if (Math.abs(track.bin - bin) <= 1) return track;
    }
    return free;
  }
}

function begin(track: Track, bin: number, power: number): void {
  track.bin = bin;
  track.first = power;
  track.highest = power;
  track.turnRe = 0;
  track.turnIm = 0;
  track.weight = 0;
}

/** Adds what the phase turned by since the look before; gives how steadily it does so, from 0 to 1. */
function turn(track: Track, phase: number): number {
  const by = phase - track.phase;
  track.phase = phase;
  // A look left out turns by twice as much, the very first by anything.
  if (track.looks === 0 || track.missed > 1) return 0;
  track.turnRe = KEEP * track.turnRe + Math.cos(by);
  track.turnIm = KEEP * track.turnIm + Math.sin(by);
  track.weight = KEEP * track.weight + 1;
  return Math.sqrt(track.turnRe * track.turnRe + track.turnIm * track.turnIm) / track.weight;
}

function standsAlone(powers: Float64Array, bin: number, power: number): boolean {
  for (let away = 4; away <= 7; away++) {
    if ((powers[bin - away] as number) * OVER_NEIGHBOURS > power || (powers[bin + away] as number) * OVER_NEIGHBOURS > power) return false;
  }
  const least = power / OVER_HARMONICS;
  return quiet(powers, bin * 0.5, least) && quiet(powers, bin * 1.5, least) && quiet(powers, bin * 2, least) && quiet(powers, bin * 3, least);
}

/** Whether nothing around a place in the spectrum is above a power. */
function quiet(powers: Float64Array, place: number, least: number): boolean {
  const at = Math.round(place);
  return at + 1 >= BINS || ((powers[at - 1] as number) <= least && (powers[at] as number) <= least && (powers[at + 1] as number) <= least);
}

/** Geometric mean of the spectrum. dB. */
function meanDb(powers: Float64Array): number {
  let logarithms = 0;
  for (let bin = 0; bin < BINS; bin += PER_LOGARITHM) {
    let product = 1;
    for (let index = 0; index < PER_LOGARITHM; index++) product *= powers[bin + index] as number;
    logarithms += Math.log10(product);
  }
  return (10 * logarithms) / BINS;
}

function ratio(db: number): number {
  return 10 ** (db / 10);
}
