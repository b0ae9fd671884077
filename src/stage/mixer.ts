import { createEncoder, type OpusEncoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { Limiter, levelOf, ramp, SILENT_DB } from "./audio.ts";

/** Opus search depth of return feeds: they are encoded once per talking speaker, so cost counts. */
const RETURN_COMPLEXITY = 5;
/** Bit rate of a return feed. Bits per second; speech through headphones. */
const RETURN_BITRATE = 32_000;
/** Loss the return feed's in-band repair is made for. Percent. */
const RETURN_EXPECTED_LOSS = 10;
/** Level over which a person counts as talking. dBFS. */
const TALKING_DB = -55;
/** Frames a person stays "talking" after the last sound, so that their feed does not change encoder between words. 50 frames = 1 s. */
const TALKING_HOLD_FRAMES = 50;

/** Gives one frame of mono f32 per call. */
export interface PcmSource {
  pull(out: Float32Array): void;
}

/** Takes the encoded return feed: everyone but oneself. */
export type ReturnFeed = (packet: Uint8Array) => void;

/** One input of the mixer. */
interface Input {
  readonly source: PcmSource;
  readonly feed: ReturnFeed | undefined;
  readonly frame: Float32Array;
  readonly encoder: OpusEncoderHandle | undefined;
  gain: number;
  muted: boolean;
  hold: number;
  level: number;
}

/** Mixes everyone for the programme, and for each person everyone else. */
export class Mixer {
  readonly #inputs = new Map<string, Input>();
  readonly #sum = new Float32Array(FRAME_SAMPLES);
  readonly #minus = new Float32Array(FRAME_SAMPLES);
  readonly #limiter = new Limiter();
  readonly #shared: OpusEncoderHandle;

  private constructor(shared: OpusEncoderHandle) {
    this.#shared = shared;
  }

  static async open(): Promise<Mixer> {
    return new Mixer(await openReturnEncoder());
  }

  /** Adds a voice; `feed` gets its mix-minus. A voice of the same name is replaced. */
  async add(name: string, source: PcmSource, muted: boolean, feed?: ReturnFeed): Promise<void> {
    const encoder = feed === undefined ? undefined : await openReturnEncoder();
    this.remove(name);
    this.#inputs.set(name, { source, feed, encoder, frame: new Float32Array(FRAME_SAMPLES), gain: muted ? 0 : 1, muted, hold: 0, level: SILENT_DB });
  }

  remove(name: string): void {
    this.#inputs.get(name)?.encoder?.free();
    this.#inputs.delete(name);
  }

  mute(name: string, muted: boolean): void {
    const input = this.#inputs.get(name);
    if (input !== undefined) input.muted = muted;
  }

  /** Level after muting. dBFS, -99 for silence or an unknown name. */
  level(name: string): number {
    return this.#inputs.get(name)?.level ?? SILENT_DB;
  }

  /** Mixes one frame into `programme` (mono f32) and sends every return feed. @hot */
  tick(programme: Float32Array): void {
    const sum = this.#sum;
    sum.fill(0);
    for (const input of this.#inputs.values()) {
      const { frame } = input;
      input.source.pull(frame);
      const gain = input.muted ? 0 : 1;
      ramp(frame, input.gain, gain);
      input.gain = gain;
      input.level = levelOf(frame);
      input.hold = input.level > TALKING_DB ? TALKING_HOLD_FRAMES : Math.max(0, input.hold - 1);
      for (let index = 0; index < FRAME_SAMPLES; index++) sum[index] = (sum[index] as number) + (frame[index] as number);
    }
    this.#sendReturns();
    programme.set(sum);
    this.#limiter.apply(programme);
  }

  close(): void {
    for (const name of [...this.#inputs.keys()]) this.remove(name);
    this.#shared.free();
  }

  /** Those who talk get their own mix-minus; for those who are silent it is the same mix, encoded once. */
  #sendReturns(): void {
    let shared: Uint8Array | undefined;
    for (const input of this.#inputs.values()) {
      const { feed, encoder, frame } = input;
      if (feed === undefined || encoder === undefined) continue;
      const talking = input.hold > 0;
      if (!talking) {
        shared ??= this.#shared.encodeFloat(clamp(this.#sum, this.#minus)).slice();
        feed(shared);
        continue;
      }
      for (let index = 0; index < FRAME_SAMPLES; index++) this.#minus[index] = (this.#sum[index] as number) - (frame[index] as number);
      feed(encoder.encodeFloat(clamp(this.#minus, this.#minus)).slice());
    }
  }
}

/** Copies a frame, held within full scale. @hot */
function clamp(from: Float32Array, to: Float32Array): Float32Array {
  for (let index = 0; index < FRAME_SAMPLES; index++) to[index] = Math.max(-1, Math.min(1, from[index] as number));
  return to;
}

async function openReturnEncoder(): Promise<OpusEncoderHandle> {
  return await createEncoder({
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: RETURN_BITRATE,
    complexity: RETURN_COMPLEXITY,
    fec: true,
    packetLossPercent: RETURN_EXPECTED_LOSS,
    frameSize: FRAME_SAMPLES,
  });
}
