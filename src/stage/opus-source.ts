import type { OpusDecoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES } from "../core/units.ts";
import { levelOf, SILENT_DB } from "./audio.ts";
import { MAX_PACKET_SAMPLES, openDecoder } from "./codecs.ts";
import { JitterBuffer } from "./jitter-buffer.ts";

/** Lost frames in a row that are concealed; after that silence is more honest. 5 frames = 100 ms. */
const MAX_CONCEALED = 5;
/** Level under which a frame counts as silence, where the jitter buffer may win or spend time. dBFS. */
const QUIET_DB = -50;
/** Longest Opus payload. Bytes: 1,275 per frame, six frames in 120 ms. @spec RFC 6716 §3.4 */
const MAX_PAYLOAD_BYTES = 7_650;

/** One person's voice: Opus packets in, one 20 ms frame out per tick of the mixer. Closed by its session. */
export class OpusSource {
  readonly buffer = new JitterBuffer();
  readonly #decoder: OpusDecoderHandle;
  readonly #fifo = new Float32Array(MAX_PACKET_SAMPLES + FRAME_SAMPLES);
  #held = 0;
  #concealedRun = MAX_CONCEALED;
  #packetSamples: number = FRAME_SAMPLES;
  #level = SILENT_DB;
  #closed = false;
  /** Frames invented because nothing arrived. */
  concealed = 0;
  /** Lost frames asked of the packet after them, which carries a coarse copy. */
  repaired = 0;
  /** Packets that were not Opus. */
  broken = 0;

  private constructor(decoder: OpusDecoderHandle) {
    this.#decoder = decoder;
  }

  static async open(): Promise<OpusSource> {
    return new OpusSource(await openDecoder());
  }

  /** Takes a packet; `rtpTimestamp` in samples at 48 kHz, modulo 2^32. @hot */
  put(sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array): void {
    if (payload.length > 0 && payload.length <= MAX_PAYLOAD_BYTES) this.buffer.put(sequenceNumber, rtpTimestamp, payload);
    else this.broken++;
  }

  /** Fills `out` (mono f32, one frame). @hot */
  pull(out: Float32Array): void {
    if (this.#closed) {
      out.fill(0);
      return;
    }
    while (this.#held < FRAME_SAMPLES) this.#decodeNext();
    for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = this.#fifo[index] as number;
    this.#fifo.copyWithin(0, FRAME_SAMPLES, this.#held);
    this.#held -= FRAME_SAMPLES;
    this.#level = levelOf(out);
  }

  close(): void {
    if (!this.#closed) this.#decoder.free();
    this.#closed = true;
  }

  #decodeNext(): void {
    const pulled = this.buffer.pull(this.#level < QUIET_DB);
    const { payload } = this.buffer;
    if (pulled === "packet" && payload !== undefined) {
      this.#concealedRun = 0;
      const pcm = this.#decode(payload, false);
      if (pcm !== undefined) this.#packetSamples = pcm.length;
      this.#append(pcm);
    } else if (pulled === "lost" && payload !== undefined) {
      this.repaired++;
      this.#append(this.#decode(payload, true));
    } else if (this.#concealedRun < MAX_CONCEALED) {
      this.concealed++;
      const pcm = this.#decode(null, false);
      // The last invented frame fades out, so that silence begins without a click.
      if (++this.#concealedRun === MAX_CONCEALED && pcm !== undefined) fadeOut(pcm);
      this.#append(pcm);
    } else {
      this.#append(undefined);
    }
  }

  /** A packet from the network may be anything: what cannot be decoded is silence. */
  #decode(packet: Uint8Array | null, repair: boolean): Float32Array | undefined {
    try {
      const pcm =
        packet === null
          ? this.#decoder.decodePacketLossFloat(this.#packetSamples)
          : this.#decoder.decodeFloat(packet, repair ? { decodeFec: true, frameSize: this.#packetSamples } : {});
      if (pcm.length > 0 && pcm.length <= MAX_PACKET_SAMPLES) return pcm;
    } catch {
      this.broken++;
    }
    return undefined;
  }

  #append(pcm: Float32Array | undefined): void {
    if (pcm === undefined) {
      this.#fifo.fill(0, this.#held, this.#held + FRAME_SAMPLES);
      this.#held += FRAME_SAMPLES;
      return;
    }
    this.#fifo.set(pcm, this.#held);
    this.#held += pcm.length;
  }
}

function fadeOut(pcm: Float32Array): void {
  for (let index = 0; index < pcm.length; index++) pcm[index] = (pcm[index] as number) * (1 - index / pcm.length);
}
