import { createDecoder, type OpusDecoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { levelOf, SILENT_DB } from "./audio.ts";
import { JitterBuffer } from "./jitter-buffer.ts";

/** Lost frames in a row that are concealed; after that silence is more honest. 5 frames = 100 ms. */
const MAX_CONCEALED = 5;
/** Level under which a frame counts as silence, where the jitter buffer may catch up. dBFS. */
const QUIET_DB = -50;
/** Longest Opus packet. Samples; 120 ms. @spec RFC 6716 §2.1.4 */
const MAX_PACKET_SAMPLES = 5_760;

/** One person's voice: Opus packets in, one 20 ms frame out per tick of the mixer. */
export class OpusSource {
  readonly buffer = new JitterBuffer();
  readonly #decoder: OpusDecoderHandle;
  readonly #fifo = new Float32Array(MAX_PACKET_SAMPLES + FRAME_SAMPLES);
  #held = 0;
  #concealedRun = 0;
  #packetSamples: number = FRAME_SAMPLES;
  #level = SILENT_DB;
  /** Frames invented because nothing arrived. */
  concealed = 0;
  /** Frames rebuilt from the packet after them. */
  repaired = 0;

  private constructor(decoder: OpusDecoderHandle) {
    this.#decoder = decoder;
  }

  static async open(): Promise<OpusSource> {
    return new OpusSource(await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: MAX_PACKET_SAMPLES }));
  }

  put(sequenceNumber: number, payload: Uint8Array): void {
    if (payload.length > 0) this.buffer.put(sequenceNumber, payload);
  }

  /** Fills `out` (mono f32, one frame). @hot */
  pull(out: Float32Array): void {
    while (this.#held < FRAME_SAMPLES) this.#decodeNext();
    out.set(this.#fifo.subarray(0, FRAME_SAMPLES));
    this.#fifo.copyWithin(0, FRAME_SAMPLES, this.#held);
    this.#held -= FRAME_SAMPLES;
    this.#level = levelOf(out);
  }

  close(): void {
    this.#decoder.free();
  }

  #decodeNext(): void {
    const pulled = this.buffer.pull(this.#level < QUIET_DB);
    if (pulled.kind === "packet") {
      this.#concealedRun = 0;
      const pcm = this.#try(() => this.#decoder.decodeFloat(pulled.payload));
      this.#packetSamples = pcm.length;
      this.#append(pcm);
    } else if (pulled.kind === "lost" && pulled.next !== undefined) {
      this.repaired++;
      const { next } = pulled;
      this.#append(this.#try(() => this.#decoder.decodeFloat(next, { decodeFec: true, frameSize: this.#packetSamples })));
    } else if (this.#concealedRun < MAX_CONCEALED && (pulled.kind === "lost" || this.#concealedRun > 0 || this.#level > SILENT_DB)) {
      this.#concealedRun++;
      this.concealed++;
      this.#append(this.#try(() => this.#decoder.decodePacketLossFloat(this.#packetSamples)));
    } else {
      this.#append(new Float32Array(FRAME_SAMPLES));
    }
  }

  /** A packet from the network may be anything: what cannot be decoded is silence. */
  #try(decode: () => Float32Array): Float32Array {
    try {
      const pcm = decode();
      if (pcm.length > 0 && pcm.length <= MAX_PACKET_SAMPLES) return pcm;
    } catch {
      this.concealed++;
    }
    return new Float32Array(FRAME_SAMPLES);
  }

  #append(pcm: Float32Array): void {
    this.#fifo.set(pcm, this.#held);
    this.#held += pcm.length;
  }
}
