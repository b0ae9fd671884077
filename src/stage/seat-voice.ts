import type { HowlWatch } from "./howl/howl-watch.ts";
import type { VoiceStage } from "./mixer.ts";
import { SeatPath } from "./path/seat-path.ts";
import { NoiseSwitch } from "./sound/noise-switch.ts";
import { VoiceChain } from "./sound/voice-chain.ts";
import type { TalkTime } from "./talk/talk-time.ts";

/** A seat's voice on its way to the mix. It belongs to the seat and outlives every connection, so that a speaker who returns is at once as loud as before. */
export class SeatVoice implements VoiceStage {
  readonly noise = new NoiseSwitch();
  readonly chain = new VoiceChain();
  readonly path = new SeatPath();
  readonly #seatId: string;
  readonly #talk: TalkTime;
  readonly #howl: HowlWatch;
  /** Whether talk counts: only on air and not muted. */
  counts = false;
  /** Whether they interpret: their talk is nobody's turn on the floor. */
  apart = false;
  /** Whether they are heard behind the stage alone: no clock and no record has anything of that. */
  offAir = false;
  /** Whether they were ever heard on stage: what never was is in no record. */
  onRecord = false;

  constructor(seatId: string, talk: TalkTime, howl: HowlWatch) {
    this.#seatId = seatId;
    this.#talk = talk;
    this.#howl = howl;
  }

  get talking(): boolean {
    return this.chain.activity.talking;
  }

  /** @hot */
  process(frame: Float32Array, onFloor: boolean): void {
    this.path.hear(frame);
    this.#howl.hear(frame);
    this.noise.process(frame);
    this.chain.process(frame, this.#howl.suspected);
    this.onRecord ||= !this.offAir;
    this.#howl.treat(frame, !onFloor);
    this.path.mixed(frame, this.chain.activity, this.#howl.gainDb);
    if (!this.offAir) this.#talk.note(this.#seatId, this.chain.activity, !this.counts, this.apart);
  }
}
