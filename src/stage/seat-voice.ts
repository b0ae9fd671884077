import type { VoiceStage } from "./mixer.ts";
import { VoiceChain } from "./sound/voice-chain.ts";
import type { TalkTime } from "./talk/talk-time.ts";

/** A seat's voice on its way to the mix. It belongs to the seat and outlives every connection, so that a speaker who returns is at once as loud as before. */
export class SeatVoice implements VoiceStage {
  readonly chain = new VoiceChain();
  readonly #seatId: string;
  readonly #talk: TalkTime;
  /** Whether talk counts: only on air and not muted. */
  counts = false;

  constructor(seatId: string, talk: TalkTime) {
    this.#seatId = seatId;
    this.#talk = talk;
  }

  get talking(): boolean {
    return this.chain.activity.talking;
  }

  /** @hot */
  process(frame: Float32Array): void {
    this.chain.process(frame);
    this.#talk.note(this.#seatId, this.chain.activity, !this.counts);
  }
}
