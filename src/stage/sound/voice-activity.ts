import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { KWeighting, loudnessOf } from "./k-weighting.ts";

/** Quietest and loudest room that is believed. LUFS; a microphone behind a browser's noise suppression gives near silence, a fan beside it -45. */
const FLOOR_LOWEST = -75;
const FLOOR_HIGHEST = -40;
/** How far above the room a sound must be to be a voice, and to stay one. dB; two levels, so that a word's quiet end does not flicker. */
const BEGIN_DB = 12;
const STAY_DB = 8;
/** Quieter than this is nobody talking into a microphone. LUFS. */
const QUIETEST_VOICE = -58;
/** Frames of voice in a row before it counts: a click or a key is shorter. 3 frames = 60 ms. */
const BEGIN_FRAMES = 3;
/** Frames a voice goes on after its last sound: between syllables it has not stopped. 10 frames = 200 ms. */
const HANG_FRAMES = 10;
/** The room is the quietest that was heard in this time. Windows of half a second; long enough to hold a breath between words. */
const FLOOR_WINDOWS = 8;
const WINDOW_FRAMES = 500 / FRAME_MS;
/** A sound whose level hardly moves for this long and that has no pitch is the room, however loud it began. Frames; 0.8 s, longer than any hiss of speech. */
const STEADY_FRAMES = 800 / FRAME_MS;
/** Movement of a level below which it counts as steady. dB, standard deviation; noise has 0.5 to 1, speech 6 and more. */
const STEADY_DB = 1.5;
/** A sound is looked at for pitch at this fraction of the sample rate: 6 kHz holds every voice's fundamental. */
const PITCH_STEP = 8;
const PITCH_SAMPLES = FRAME_SAMPLES / PITCH_STEP;
/** Periods looked for. Samples at 6 kHz; 80 to 400 Hz. */
const PITCH_LAGS = { shortest: 15, longest: 75 };
/** Likeness of a period to the one before it from which there is a pitch. Normalised correlation; noise stays under 0.35. */
const PITCH_LIKENESS = 0.5;

/** Tells from one microphone's frames, before any gain, whether its person talks. Mono, 48 kHz, 20 ms frames. */
export class VoiceActivity {
  readonly #weighting = new KWeighting();
  readonly #minima = new Float64Array(FLOOR_WINDOWS).fill(Number.POSITIVE_INFINITY);
  readonly #levels = new Float64Array(STEADY_FRAMES).fill(FLOOR_LOWEST);
  /** Two frames at 6 kHz: a pitch needs two periods. */
  readonly #low = new Float32Array(2 * PITCH_SAMPLES);
  #frames = 0;
  #window = 0;
  #windowFrames = 0;
  #windowLowest = Number.POSITIVE_INFINITY;
  #smoothed = 0;
  #floor = FLOOR_LOWEST;
  #run = 0;
  #hang = 0;
  /** Mean square of the newest frame, weighted for loudness. */
  meanSquare = 0;
  /** Loudness of the newest frame. LUFS. */
  loudness = Number.NEGATIVE_INFINITY;
  /** Whether the newest frame holds voice; no hang-over: for meters and levellers. */
  voiced = false;
  /** Whether the person talks, gaps between syllables included. */
  talking = false;

  /** Loudness of the room. LUFS. */
  get floor(): number {
    return this.#floor;
  }

  /** Frames between the first sound of a voice and {@link talking}. */
  get onsetFrames(): number {
    return BEGIN_FRAMES - 1;
  }

  /** Frames {@link talking} lasts beyond the last sound. */
  get hangFrames(): number {
    return HANG_FRAMES;
  }

  /** Takes the next frame of 960 samples. @hot */
  push(frame: Float32Array): void {
    this.meanSquare = this.#weighting.energy(frame) / FRAME_SAMPLES;
    const loudness = loudnessOf(this.meanSquare);
    this.loudness = loudness;
    this.#decimate(frame);
    this.#follow(loudness);
    const needed = Math.max(this.#floor + (this.talking ? STAY_DB : BEGIN_DB), this.talking ? QUIETEST_VOICE - 4 : QUIETEST_VOICE);
    this.voiced = loudness > needed;
    if (this.voiced) {
      this.#run++;
      if (this.#run >= BEGIN_FRAMES || this.talking) {
        this.talking = true;
        this.#hang = HANG_FRAMES;
      }
    } else {
      this.#run = 0;
      if (this.#hang > 0) this.#hang--;
      else this.talking = false;
    }
  }

  /** Learns the room from the quietest moments of the last seconds, and from sounds too steady to be a voice. */
  #follow(loudness: number): void {
    const bounded = Math.max(FLOOR_LOWEST, loudness);
    this.#smoothed = this.#frames === 0 ? bounded : this.#smoothed + (bounded - this.#smoothed) * 0.4;
    this.#levels[this.#frames % STEADY_FRAMES] = bounded;
    this.#frames++;
    this.#windowLowest = Math.min(this.#windowLowest, this.#smoothed);
    if (++this.#windowFrames === WINDOW_FRAMES) {
      this.#minima[this.#window] = this.#windowLowest;
      this.#window = (this.#window + 1) % FLOOR_WINDOWS;
      this.#windowFrames = 0;
      this.#windowLowest = Number.POSITIVE_INFINITY;
      if (this.#isSteadyNoise()) this.#minima.fill(this.#smoothed);
    }
    let lowest = this.#windowLowest;
    for (let index = 0; index < FLOOR_WINDOWS; index++) lowest = Math.min(lowest, this.#minima[index] as number);
    this.#floor = Math.min(FLOOR_HIGHEST, Math.max(FLOOR_LOWEST, lowest));
  }

  #isSteadyNoise(): boolean {
    if (this.#frames < STEADY_FRAMES) return false;
    let sum = 0;
    let squares = 0;
    for (let index = 0; index < STEADY_FRAMES; index++) {
      const level = this.#levels[index] as number;
      sum += level;
      squares += level * level;
    }
    const variance = squares / STEADY_FRAMES - (sum / STEADY_FRAMES) ** 2;
    return variance < STEADY_DB * STEADY_DB && !this.#hasPitch();
  }

  #hasPitch(): boolean {
    const { shortest, longest } = PITCH_LAGS;
    const low = this.#low;
    const length = low.length - longest;
    for (let lag = shortest; lag <= longest; lag++) {
      let dot = 0;
      let one = 0;
      let other = 0;
      for (let index = 0; index < length; index++) {
        const now = low[index + lag] as number;
        const before = low[index] as number;
        dot += now * before;
        one += now * now;
        other += before * before;
      }
      if (dot > PITCH_LIKENESS * Math.sqrt(one * other) + 1e-12) return true;
    }
    return false;
  }

  #decimate(frame: Float32Array): void {
    const low = this.#low;
    low.copyWithin(0, PITCH_SAMPLES);
    for (let index = 0; index < PITCH_SAMPLES; index++) {
      let sum = 0;
      for (let tap = 0; tap < PITCH_STEP; tap++) sum += frame[index * PITCH_STEP + tap] as number;
      low[PITCH_SAMPLES + index] = sum;
    }
  }
}
