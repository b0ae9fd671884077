import type { OpusDecoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES } from "../core/units.ts";
import { levelOf, SILENT_DB } from "./audio.ts";
import { MAX_PACKET_SAMPLES, openDecoder } from "./codecs.ts";
import { JitterBuffer } from "./jitter-buffer.ts";
import { PacketWatch } from "./path/packet-watch.ts";
import { RedBlocks, readRed } from "./red.ts";
import { ClockDrift } from "./sound/clock-drift.ts";
import { RESAMPLER_CONTEXT, Resampler } from "./sound/resampler.ts";

/** Lost frames in a row that are concealed; after that silence is more honest. 5 frames = 100 ms. */
const MAX_CONCEALED = 5;
/** Level under which a frame counts as silence, where the jitter buffer may win or spend time. dBFS. */
const QUIET_DB = -50;
/** Longest Opus payload. Bytes: 1,275 per frame, six frames in 120 ms. @spec RFC 6716 §3.4 */
const MAX_PAYLOAD_BYTES = 7_650;

/** One person's voice: Opus packets in, one 20 ms frame out per tick of the mixer. Closed by its session. */
export class OpusSource {
  readonly buffer = new JitterBuffer();
  /** What comes in, and what the sender's encoder does. */
  readonly packets = new PacketWatch();
  readonly #decoder: OpusDecoderHandle;
  readonly #red = new RedBlocks();
  readonly #drift = new ClockDrift();
  #begins = 0;
  readonly #resampler = new Resampler();
  /** Decoded and not yet played out, behind what the resampler still needs of the past. */
  readonly #fifo = new Float32Array(MAX_PACKET_SAMPLES + RESAMPLER_CONTEXT + 2 * FRAME_SAMPLES);
  #held = RESAMPLER_CONTEXT;
  #concealedRun = MAX_CONCEALED;
  #packetSamples: number = FRAME_SAMPLES;
  #level = SILENT_DB;
  #closed = false;
  /** Hears of every packet at the moment it is decoded: how many samples after the present frame begins it is played, and whether what is played now is silence. @hot */
  onPlayed: ((packet: Uint8Array, ahead: number, quiet: boolean) => void) | undefined;
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

  /** How much faster than they were sent packets are played now, because the speaker's clock is faster. Millionths. */
  get driftPpm(): number {
    return this.#drift.ppm;
  }

  /** Takes a packet; `rtpTimestamp` in samples at 48 kHz, modulo 2^32. @hot */
  put(sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array): void {
    if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) {
      this.broken++;
      return;
    }
    this.packets.note(sequenceNumber, payload);
    this.buffer.put(sequenceNumber, rtpTimestamp, payload);
  }

  /** Takes a packet that carries copies of the ones before it; `rtpTimestamp` is that of its newest. @spec RFC 2198, RFC 7587 @hot */
  putRed(sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array): void {
    const red = this.#red;
    const count = readRed(payload, red);
    if (count < 0) {
      this.broken++;
      return;
    }
    this.put(sequenceNumber, rtpTimestamp, payload.subarray(red.starts[count], red.ends[count]));
    // Copies follow each other back from the newest, one packet each; a hole in their times is a sender that was silent.
    for (let back = 1; back <= count; back++) {
      const at = count - back;
      if (red.offsets[at] !== back * this.#packetSamples) return;
      this.buffer.putCopy((sequenceNumber - back + 65_536) % 65_536, payload.subarray(red.starts[at], red.ends[at]));
    }
  }

  /** Fills `out` (mono f32, one frame). @hot */
  pull(out: Float32Array): void {
    if (this.#closed) {
      out.fill(0);
      return;
    }
    const { ppm } = this.#drift;
    const needed = this.#resampler.needed(ppm);
    while (this.#held < needed) this.#decodeNext();
    const used = this.#resampler.read(this.#fifo, out, ppm);
    this.#fifo.copyWithin(0, used, this.#held);
    this.#held -= used;
    this.#level = levelOf(out);
  }

  close(): void {
    if (!this.#closed) this.#decoder.free();
    this.#closed = true;
  }

  #decodeNext(): void {
    const fill = this.buffer.depth + (this.#held - RESAMPLER_CONTEXT) / this.#packetSamples;
    const pulled = this.buffer.pull(this.#level < QUIET_DB);
    const { payload } = this.buffer;
    if (this.buffer.begins !== this.#begins) {
      this.#begins = this.buffer.begins;
      this.#drift.reset();
    } else if (pulled !== "empty") this.#drift.note(fill - this.buffer.target);
    if (pulled === "packet" && payload !== undefined) {
      this.#concealedRun = 0;
      this.onPlayed?.(payload, this.#held - RESAMPLER_CONTEXT, this.#level < QUIET_DB);
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
