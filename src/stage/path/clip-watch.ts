import { FRAME_SAMPLES } from "../../core/units.ts";

/** Size from which a sample is at full scale. Linear; codecs leave the flat top of a clipped wave within a fiftieth of it. */
const FULL = 0.98;
/** Samples in a row at full scale that a wave only stays at when it was cut off there. 3 = 63 µs. */
const FLAT_SAMPLES = 3;
/** Frames of talk that make one judgement. 100 = 2 s. */
const JUDGED_FRAMES = 100;
/** Part of them that is clipped from which it is a finding, and under which it is none any more. Share; a loud voice that just fits has under 0.006. */
const CLIPPED = 0.03;
const CLEAN = 0.01;

/** Tells whether talk hits full scale. A microphone that clips below full scale cannot be told once a codec has smoothed it. */
export class ClipWatch {
  #flat = false;
  #frames = 0;
  #clipped = 0;
  #first = 0;
  /** Part of the frames of talk that is clipped; 0 when there is nothing to say. */
  share = 0;
  /** First frame of the clipping that goes on, and the last that clipped. */
  since = 0;
  last = 0;

  /** Takes a frame as it came in, and the size of its largest sample. @hot */
  hear(frame: Float32Array, peak: number): void {
    this.#flat = peak >= FULL && isFlat(frame);
  }

  /** Counts the frame heard last as talk. `number`: which frame it is. @hot */
  judge(number: number): void {
    if (this.#frames === 0 || (this.#flat && this.#clipped === 0)) this.#first = number;
    this.#frames++;
    if (this.#flat) {
      this.#clipped++;
      this.last = number;
    }
    if (this.#frames < JUDGED_FRAMES) return;
    const share = this.#clipped / this.#frames;
    if (share < (this.share === 0 ? CLIPPED : CLEAN)) this.share = 0;
    else {
      if (this.share === 0) this.since = this.#first;
      this.share = share;
    }
    this.#frames = 0;
    this.#clipped = 0;
  }

  /** Another microphone. */
  reset(): void {
    this.#frames = 0;
    this.#clipped = 0;
    this.share = 0;
  }
}

/** @hot */
function isFlat(frame: Float32Array): boolean {
  let run = 0;
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = frame[index] as number;
    if (value < FULL && value > -FULL) run = 0;
    else if (++run === FLAT_SAMPLES) return true;
  }
  return false;
}
