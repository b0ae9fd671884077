import { FRAME_SAMPLES } from "../../core/units.ts";
import { BINS, incoming, isBright, mayBeBright, outgoing, rolloffOf, sharpnessOf, sibilanceOf, transformPair } from "./bright-spectrum.ts";
import { CutFinder } from "./cut-finder.ts";
import { UsualSpectrum } from "./usual-spectrum.ts";

/** Sibilants that make one figure. Frames; 24 = 0.48 s, six to eight of them, some six seconds of talk. */
const FIGURE_FRAMES = 24;
/** Sharpness the way to the mix may take before it is one duller, and under which it is none any more. dB. */
const DULLER_DB = 3;
const AS_SHARP_DB = 2;
/** Figures that make up how a person usually sounds. 5 figures are half a minute of talk. */
const USUAL_FIGURES = 5;
/** Weight of a figure in the usual after that. Share. */
const USUAL_WEIGHT = 0.05;
/** Which of a figure's sibilants speaks for the voice, by sharpness: the sharpest quarter is its /s/, whatever else the text brings. Two figures in a row of it differ by 2 dB at most from text to text, their means by 6. */
const SPEAKING = FIGURE_FRAMES - FIGURE_FRAMES / 4;
/** Fall of it against the usual from which the voice itself is duller, and under which it is not any more. dB. */
const VOICE_DULLER_DB = 4;
const VOICE_USUAL_DB = 2.5;
/** Figures in a row that must agree. */
const AGREEING = 2;

/** Sibilant frames looked at in each stretch of frames, at most: a hiss that does not end says nothing new. 4 of 10 (200 ms). */
const MOST_LOOKS = 4;
const STRETCH_FRAMES = 10;

/** Looks at one voice's sibilants, as they come in and as they go into the mix. */
export class SibilantWatch {
  readonly #cut = new CutFinder();
  readonly #spectrum = new UsualSpectrum();
  readonly #frame = new Float32Array(FRAME_SAMPLES);
  readonly #in = new Float64Array(BINS);
  /** Of each sibilant of the figure to come: sharpness as it came in, and what the way to the mix took of it. dB. */
  readonly #sharpness = new Float64Array(FIGURE_FRAMES);
  readonly #falls = new Float64Array(FIGURE_FRAMES);
  #waiting = false;
  #stretch = 0;
  #looks = 0;
  #frames = 0;
  #first = 0;
  #usual = 0;
  #figures = 0;
  #fallen = 0;
  #fallenSince = 0;
  /** Sibilant frames so far. */
  heard = 0;
  /** Figures so far, and the newest: roll-off (Hz), sibilance ratio before and after (dB). */
  figures = 0;
  rolloffHertz = 0;
  sibilanceDb = 0;
  mixSibilanceDb = 0;
  /** How much duller the mix is, and the voice itself. dB; 0 when it is not. Frames from which it is so. */
  duller = 0;
  dullerSince = 0;
  voiceDuller = 0;
  voiceDullerSince = 0;

  /** Where the voice is cut off. Hertz; 0 when everything passes. */
  get cutHertz(): number {
    return this.#cut.hertz > 0 ? this.#cut.hertz : this.#spectrum.hertz;
  }

  /** First frame for which {@link cutHertz} holds. */
  get cutSince(): number {
    return this.#cut.hertz > 0 || this.#cut.since > this.#spectrum.since ? this.#cut.since : this.#spectrum.since;
  }

  /** What was found to be cut was somebody else's doing, and is over. */
  releaseCut(): void {
    this.#cut.reset();
    this.#spectrum.release();
  }

  /** Takes a frame as it came in. @hot */
  hear(frame: Float32Array): void {
    this.#waiting = mayBeBright(frame);
    if (this.#waiting) this.#frame.set(frame);
  }

  /** Takes the same frame as it goes into the mix, when somebody speaks in it. `number`: which frame it is. @hot */
  mixed(frame: Float32Array, number: number): void {
    if (!this.#waiting) return;
    const stretch = Math.floor(number / STRETCH_FRAMES);
    if (stretch !== this.#stretch) this.#looks = 0;
    this.#stretch = stretch;
    if (++this.#looks > MOST_LOOKS) return;
    transformPair(this.#frame, frame);
    if (!isBright(incoming)) return;
    this.heard++;
    if (this.#cut.push(incoming, number) && this.#cut.hertz === 0) this.#spectrum.release();
    if (this.#frames === 0) this.#first = number;
    const sharpness = sharpnessOf(incoming);
    this.#sharpness[this.#frames] = sharpness;
    // Each against itself: gains move from one to the next, and in a sum over all a leveller that settles would look like treble that is lost.
    this.#falls[this.#frames] = sharpness - sharpnessOf(outgoing);
    for (let bin = 0; bin < BINS; bin++) this.#in[bin] = (this.#in[bin] as number) + (incoming[bin] as number);
    if (++this.#frames === FIGURE_FRAMES) this.#figure();
  }

  /** Another microphone: how this voice usually sounds is to be learned anew. */
  forgetVoice(): void {
    this.#spectrum.forget();
    this.#figures = 0;
    this.#fallen = 0;
    this.voiceDuller = 0;
  }

  /** Another line: what was learned of the path no longer holds. */
  reset(): void {
    this.forgetVoice();
    this.#cut.reset();
    this.#in.fill(0);
    this.#frames = 0;
    this.figures = 0;
    this.duller = 0;
  }

  #figure(): void {
    this.rolloffHertz = rolloffOf(this.#in);
    this.sibilanceDb = sibilanceOf(this.#in);
    const fall = this.#falls.sort()[FIGURE_FRAMES / 2] as number;
    this.mixSibilanceDb = this.sibilanceDb - fall;
    this.figures++;
    this.#compareMix(fall);
    this.#spectrum.compare(this.#in, this.#first, this.#cut.hertz === 0);
    this.#in.fill(0);
    this.#frames = 0;
    this.#compareUsual();
  }

  #compareMix(fall: number): void {
    if (this.duller === 0 ? fall < DULLER_DB : fall < AS_SHARP_DB) this.duller = 0;
    else {
      if (this.duller === 0) this.dullerSince = this.#first;
      this.duller = fall;
    }
  }

  /** A person against themselves. What a cut takes is no news about the voice. */
  #compareUsual(): void {
    if (this.#cut.hertz > 0 || this.#spectrum.sloping) {
      this.#fallen = 0;
      this.voiceDuller = 0;
      return;
    }
    const sharpness = this.#sharpness.sort()[SPEAKING] as number;
    const fall = this.#usual - sharpness;
    if (this.#figures >= USUAL_FIGURES && fall > (this.voiceDuller === 0 ? VOICE_DULLER_DB : VOICE_USUAL_DB)) {
      if (this.#fallen++ === 0) this.#fallenSince = this.#first;
      if (this.#fallen < AGREEING) return;
      if (this.voiceDuller === 0) this.voiceDullerSince = this.#fallenSince;
      this.voiceDuller = fall;
      return;
    }
    this.#fallen = 0;
    this.voiceDuller = 0;
    this.#usual += (sharpness - this.#usual) * Math.max(1 / ++this.#figures, USUAL_WEIGHT);
  }
}
