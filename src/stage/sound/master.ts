import { Limiter } from "./limiter.ts";
import { LoudnessMeter } from "./loudness.ts";
import { ProgrammeLeveller } from "./programme-leveller.ts";
import { TruePeakMeter } from "./true-peak.ts";

/** The last stop of the programme before it is encoded: loudness, limit, and the meters that say what really left. Mono or two channels alike, 48 kHz. @spec ITU-R BS.1770-5: loudness over both channels, true peak of either */
export class Master {
  readonly #leveller = new ProgrammeLeveller();
  readonly #limiter = new Limiter();
  readonly #peak = new TruePeakMeter();
  readonly #rightPeak = new TruePeakMeter();
  readonly loudness = new LoudnessMeter();

  /** Works in place; the frame comes out 1.75 ms late. `right`: the other channel, always or never. @hot */
  apply(programme: Float32Array, right?: Float32Array): void {
    this.#leveller.apply(programme, right);
    this.#limiter.apply(programme, right);
    this.#leveller.sent(programme, right);
    this.loudness.push(programme, right);
    this.#peak.push(programme);
    if (right !== undefined) this.#rightPeak.push(right);
  }

  /** Highest true peak so far, of either channel. dBTP. */
  get truePeakDb(): number {
    return 20 * Math.log10(Math.max(this.#peak.highest, this.#rightPeak.highest) + 1e-10);
  }

  /** Correction of the programme's loudness now. dB. */
  get gainDb(): number {
    return this.#leveller.gainDb;
  }
}
