import { FRAME_MS } from "../../core/units.ts";
import { BIN_HERTZ, BINS, type Spectrum } from "./spectrum.ts";

/** Where loops howl. Hertz; rooms and small loudspeakers carry little below, microphones and codecs little above. */
const LOWEST_HZ = 180;
const HIGHEST_HZ = 8_000;
/** Quieter than this nobody is hurt, and it may still be somebody humming far away. dBFS. */
const QUIETEST_DB = -42;
/** How far a howl stands above what is beside it (4 to 7 bins away, outside its own lobe). dB; a vowel's partial reaches 15. */
const OVER_NEIGHBOURS_DB = 18;
/** How far it stands above its own harmonics and its octave below. dB; voices and instruments have them within 25. */
const OVER_HARMONICS_DB = 27;
/** How far it stands above the mean of the spectrum. dB. */
const OVER_MEAN_DB = 30;
/** How far it stands above everything else in the spectrum. dB; a bell or a string has other lines as strong. */
const OVER_REST_DB = 9;
/** Width of its own lobe on either side. Bins. */
const LOBE = 7;
/** How long it stays in its place before it can be a howl. Frames; half a second, in which a whistled note has begun to fall. */
const PERSIST_FRAMES = 500 / FRAME_MS;
/** How much of the growth must lie in the newest part of it. dB over frames; 300 ms. */
const LATE_GROWTH_DB = 2;
const LATE_FRAMES = 300 / FRAME_MS;
/** Frames until a new sound fills the spectrum's window: its growth in them is the window's, not its own. */
const FILL_FRAMES = 4;
/** Growth since it was first seen that shows a loop. dB; held notes of voices and instruments swell by less while they are this pure. */
const GROWTH_DB = 5;
/** Fall from its highest that shows that it is none: a bell, a word. dB. */
const FALL_DB = 3;
/** A pure tone that neither grows nor falls is a loop at its limit, once it lasted this long. Frames; 2 s, longer than anybody whistles a note. */
const STEADY_FRAMES = 2_000 / FRAME_MS;
/** Tones followed at a time. */
const TRACKS = 4;

interface Track {
  bin: number;
  frames: number;
  first: number;
  highest: number;
  missed: number;
  /** Levels of the newest frames, a ring. */
  readonly late: Float64Array;
}

/** Finds the tonal loop in one input: a single line of the spectrum that stays, stands alone, and grows. @spec van Waterschoot and Moonen, "Fifty years of acoustic feedback control", Proc. IEEE 2011 (PNPR, PHPR, PAPR, IPMP) */
export class ToneWatch {
  readonly #tracks: Track[] = Array.from({ length: TRACKS }, () => ({
    bin: 0,
    frames: 0,
    first: 0,
    highest: 0,
    missed: 0,
    late: new Float64Array(LATE_FRAMES),
  }));
  #strongest = 0;
  #first = 0;
  #second = 0;
  /** Frequency of the howl in the newest frame. Hertz; 0 when there is none. */
  hertz = 0;

  /** Looks at the newest spectrum. @hot */
  look({ levels }: Spectrum): void {
    this.hertz = 0;
    let mean = 0;
    for (let bin = 0; bin < BINS; bin++) mean += levels[bin] as number;
    mean /= BINS;
    this.#rank(levels);
    for (const track of this.#tracks) track.missed++;
    const from = Math.round(LOWEST_HZ / BIN_HERTZ);
    const to = Math.round(HIGHEST_HZ / BIN_HERTZ);
    for (let bin = from; bin <= to; bin++) {
      const level = levels[bin] as number;
      if (level < QUIETEST_DB || level < mean + OVER_MEAN_DB || level < (levels[bin - 1] as number) || level <= (levels[bin + 1] as number)) continue;
      if (standsAlone(levels, bin, level) && level > this.#strongestBeside(bin) + OVER_REST_DB) this.#follow(bin, level);
    }
    for (const track of this.#tracks) if (track.missed > 2) track.frames = 0;
  }

  /** Finds the strongest line and the strongest outside its lobe. */
  #rank(levels: Float64Array): void {
    let first = 2;
    for (let bin = 2; bin < BINS; bin++) if ((levels[bin] as number) > (levels[first] as number)) first = bin;
    let second = Number.NEGATIVE_INFINITY;
    for (let bin = 2; bin < BINS; bin++) if (Math.abs(bin - first) > LOBE) second = Math.max(second, levels[bin] as number);
    this.#strongest = first;
    this.#first = levels[first] as number;
    this.#second = second;
  }

  /** Level of the strongest line outside a bin's lobe. dBFS. */
  #strongestBeside(bin: number): number {
    return Math.abs(bin - this.#strongest) > LOBE ? this.#first : this.#second;
  }

  #follow(bin: number, level: number): void {
    let track = this.#tracks.find(({ frames, bin: own }) => frames > 0 && Math.abs(own - bin) <= 1);
    if (track === undefined) {
      track = this.#tracks.find(({ frames }) => frames === 0);
      if (track === undefined) return;
      Object.assign(track, { frames: 0, first: level, highest: level });
    }
    track.bin = bin;
    track.frames++;
    track.missed = 0;
    track.highest = Math.max(track.highest, level);
    if (track.frames <= FILL_FRAMES) track.first = level;
    // Begun anew after a fall: what fell is no loop, what rises from here may be.
    if (level < track.highest - FALL_DB) Object.assign(track, { frames: 1, first: level, highest: level });
    const slot = track.frames % LATE_FRAMES;
    const before = track.late[slot] as number;
    track.late[slot] = level;
    const grows = track.frames >= PERSIST_FRAMES && level - track.first >= GROWTH_DB && level - before >= LATE_GROWTH_DB;
    if (grows || track.frames >= STEADY_FRAMES) this.hertz = bin * BIN_HERTZ;
  }
}

function standsAlone(levels: Float64Array, bin: number, level: number): boolean {
  for (let away = 4; away <= 7; away++) {
    if ((levels[bin - away] as number) > level - OVER_NEIGHBOURS_DB || (levels[bin + away] as number) > level - OVER_NEIGHBOURS_DB) return false;
  }
  for (const factor of [0.5, 1.5, 2, 3]) {
    const at = Math.round(bin * factor);
    if (at + 1 >= BINS) continue;
    if (Math.max(levels[at - 1] as number, levels[at] as number, levels[at + 1] as number) > level - OVER_HARMONICS_DB) return false;
  }
  return true;
}
