import { FRAME_SAMPLES } from "../../core/units.ts";
import { NoiseSuppressor } from "./noise-suppressor.ts";

/** Noise suppression of one voice, off until somebody wants it, with a soft change between both. It costs nothing while it is off. */
export class NoiseSwitch {
  #suppressor: NoiseSuppressor | undefined;
  #opening: Promise<void> | undefined;
  #on = false;
  /** Whether the newest frame came out suppressed. */
  #applied = false;
  readonly #plain = new Float32Array(FRAME_SAMPLES);

  /** Whether it is wanted. */
  get on(): boolean {
    return this.#on;
  }

  /** Wants it or not; resolves when the next frame follows that. @throws what loading the network throws; then it stays off. */
  async set(on: boolean): Promise<void> {
    this.#on = on;
    if (!on || this.#suppressor !== undefined) return;
    this.#opening ??= NoiseSuppressor.open().then((suppressor) => {
      this.#suppressor = suppressor;
    });
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      this.#on = false;
      throw error;
    }
  }

  /** Works in place; a suppressed voice is 10 ms late. @hot */
  process(frame: Float32Array): void {
    const suppressor = this.#suppressor;
    if (suppressor === undefined || !(this.#on || this.#applied)) return;
    const plain = this.#plain;
    plain.set(frame);
    suppressor.process(frame);
    if (this.#on === this.#applied) return;
    const step = (this.#on ? 1 : -1) / FRAME_SAMPLES;
    let share = this.#on ? 0 : 1;
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      share += step;
      frame[index] = (plain[index] as number) + share * ((frame[index] as number) - (plain[index] as number));
    }
    this.#applied = this.#on;
  }
}
