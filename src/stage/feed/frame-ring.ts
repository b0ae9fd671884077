import { FRAME_SAMPLES } from "../../core/units.ts";

/** Places of the counters in front of the frames. */
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
const HEAD_INTS = 4;
/** Longest sleep of a writer without looking again. Milliseconds; should a wake-up ever be lost, the ring holds far more than this. */
const LOOK_MS = 200;

/** Frames on their way from the worker that makes them to the mixer that takes them. One writer, one reader; the mixer never waits. */
export class FrameRing {
  /** What the other side makes its end of the ring from. */
  readonly memory: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #frames: Float32Array;
  readonly #size: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#head = new Int32Array(memory, 0, HEAD_INTS);
    this.#frames = new Float32Array(memory, HEAD_INTS * 4);
    this.#size = this.#frames.length / FRAME_SAMPLES;
  }

  /** An empty ring for so many frames. */
  static of(frames: number): FrameRing {
    return new FrameRing(new SharedArrayBuffer(HEAD_INTS * 4 + frames * FRAME_SAMPLES * 4));
  }

  /** Frames that wait to be read. */
  get fill(): number {
    // The counters wrap after 500 days of sound; their difference does not mind.
    return (Atomics.load(this.#head, WRITTEN) - Atomics.load(this.#head, READ)) | 0;
  }

  /** Whether the writer is done; what was written may still wait. */
  get ended(): boolean {
    return Atomics.load(this.#head, ENDED) === 1;
  }

  /** Writes a frame, as soon as there is room for it. */
  async write(frame: Float32Array): Promise<void> {
    while (this.fill >= this.#size) {
      const waiting = Atomics.waitAsync(this.#head, READ, Atomics.load(this.#head, READ), LOOK_MS);
      if (waiting.async) await waiting.value;
    }
    const at = Atomics.load(this.#head, WRITTEN);
    this.#frames.set(frame, ((at >>> 0) % this.#size) * FRAME_SAMPLES);
    Atomics.store(this.#head, WRITTEN, (at + 1) | 0);
    Atomics.notify(this.#head, WRITTEN);
  }

  /** Waits until something more was written, or for a moment. For readers that have time. */
  async more(): Promise<void> {
    const written = Atomics.load(this.#head, WRITTEN);
    if (this.fill > 0 || this.ended) return;
    const waiting = Atomics.waitAsync(this.#head, WRITTEN, written, LOOK_MS);
    if (waiting.async) await waiting.value;
  }

  /** Says that nothing more comes. */
  end(): void {
    Atomics.store(this.#head, ENDED, 1);
  }

  /** Reads the oldest frame; false when there is none. @hot */
  read(out: Float32Array): boolean {
    if (this.fill <= 0) return false;
    const at = Atomics.load(this.#head, READ);
    const from = ((at >>> 0) % this.#size) * FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = this.#frames[from + index] as number;
    Atomics.store(this.#head, READ, (at + 1) | 0);
    Atomics.notify(this.#head, READ);
    return true;
  }
}
