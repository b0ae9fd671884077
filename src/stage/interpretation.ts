import { FRAME_SAMPLES } from "../core/units.ts";
import { FloorDuck } from "./sound/floor-duck.ts";
import { Master } from "./sound/master.ts";

/** The programme in another language: the floor, lowered while an interpreter talks, and the interpreters; loud as the first programme, and sample for sample in time with it. */
export class Interpretation {
  /** The newest frame. Mono f32, 48 kHz. */
  readonly mix = new Float32Array(FRAME_SAMPLES);
  readonly master = new Master();
  readonly #duck = new FloorDuck();
  #talking = false;

  /** Gain of the floor now. dB, 0 to -18. */
  get floorDb(): number {
    return this.#duck.gainDb;
  }

  /** Begins a frame. @hot */
  begin(): void {
    this.mix.fill(0);
    this.#talking = false;
  }

  /** Takes one interpreter's frame. @hot */
  add(frame: Float32Array, talking: boolean): void {
    const { mix } = this;
    for (let index = 0; index < FRAME_SAMPLES; index++) mix[index] = (mix[index] as number) + (frame[index] as number);
    this.#talking ||= talking;
  }

  /** Completes the frame with the floor: the mix of everybody who speaks there, before its own master. @hot */
  complete(floor: Float32Array): void {
    this.#duck.add(floor, this.mix, this.#talking);
    this.master.apply(this.mix);
  }
}
