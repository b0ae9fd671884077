import type { RNNoise } from "@echogarden/rnnoise-wasm";
import { FRAME_SAMPLES } from "../../core/units.ts";

/** What the network works on at a time. Samples; 10 ms at 48 kHz. */
const HOP = 480;
/** Range of its samples against ours. */
const SCALE = 32_768;
const FLOAT_BYTES = 4;

let library: Promise<RNNoise> | undefined;

/** Takes noise from one voice by a small recurrent network (RNNoise), which makes it 10 ms late. Mono, 48 kHz. Closed by whoever opened it. @spec Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", 2018 */
export class NoiseSuppressor {
  readonly #library: RNNoise;
  readonly #state: number;
  readonly #buffer: number;
  #closed = false;

  private constructor(rnnoise: RNNoise) {
    this.#library = rnnoise;
    this.#state = rnnoise._rnnoise_create(0);
    this.#buffer = rnnoise._malloc(HOP * FLOAT_BYTES);
  }

  /** Only the process' first one waits for the network to be read and compiled; a stage where nobody wants it never reads it. */
  static async open(): Promise<NoiseSuppressor> {
    library ??= load();
    return new NoiseSuppressor(await library);
  }

  /** Works in place on a frame of 960 samples. @hot */
  process(frame: Float32Array): void {
    if (this.#closed) return;
    const rnnoise = this.#library;
    const at = this.#buffer / FLOAT_BYTES;
    for (let from = 0; from < FRAME_SAMPLES; from += HOP) {
      // Its memory may have grown since: the view is asked for each time.
      const before = rnnoise.HEAPF32;
      for (let index = 0; index < HOP; index++) before[at + index] = (frame[from + index] as number) * SCALE;
      rnnoise._rnnoise_process_frame(this.#state, this.#buffer, this.#buffer);
      const after = rnnoise.HEAPF32;
      for (let index = 0; index < HOP; index++) frame[from + index] = (after[at + index] as number) / SCALE;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#library._rnnoise_destroy(this.#state);
    this.#library._free(this.#buffer);
  }
}

async function load(): Promise<RNNoise> {
  try {
    const { default: compile } = await import("@echogarden/rnnoise-wasm");
    return await compile();
  } catch (error) {
    library = undefined;
    throw error;
  }
}
