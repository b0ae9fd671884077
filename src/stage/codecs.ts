import { Application, createDecoder, createEncoder, EncoderCtl, Signal, type OpusDecoderHandle, type OpusEncoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";

/** Longest Opus packet. Samples; 120 ms. @spec RFC 6716 §2.1.4 */
export const MAX_PACKET_SAMPLES = 5_760;
/**
 * Opus search depth of return feeds. At this one the pitch filter is left out, which costs as much as the rest of the codec and gives
 * half a decibel at {@link CLEAN_BITRATE}; a feed is encoded once per talking speaker.
 */
const RETURN_COMPLEXITY = 4;
/** Bit rate of a return feed on a line that loses nothing. Bits per second; there Opus transforms the whole band (CELT), keeps every sibilant and costs a quarter of its speech mode. */
const CLEAN_BITRATE = 48_000;
/** Bit rate of a return feed on a line that loses packets. Bits per second; fewer for the weaker line, and enough for the whole band with copies. */
const REPAIR_BITRATE = 40_000;
/** Loss the repair in a return feed is made for. Percent; from 6 on Opus takes its speech mode, the only one that carries copies. */
const REPAIR_EXPECTED_LOSS = 10;

/** A decoder for one speaker; mono, because a voice is. Freed by its {@link OpusSource}. Only the process' first one waits for the codec to be compiled. */
export async function openDecoder(): Promise<OpusDecoderHandle> {
  return await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: MAX_PACKET_SAMPLES });
}

/** An encoder for one return feed. Closed by the mixer. */
export async function openReturnEncoder(): Promise<ReturnEncoder> {
  const encoder = await createEncoder({
    application: Application.Audio,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: CLEAN_BITRATE,
    complexity: RETURN_COMPLEXITY,
    frameSize: FRAME_SAMPLES,
  });
  return new ReturnEncoder(encoder);
}

/** Encodes what one listener on stage, or all silent ones together, hear. Closed by the mixer. */
export class ReturnEncoder {
  readonly #encoder: OpusEncoderHandle;
  #repairs = false;

  constructor(encoder: OpusEncoderHandle) {
    this.#encoder = encoder;
  }

  /** Whether packets carry coarse copies of the ones before them, for lines that lose some. @spec RFC 6716 §2.1.7 */
  get repairs(): boolean {
    return this.#repairs;
  }

  set repairs(on: boolean) {
    if (on === this.#repairs) return;
    this.#repairs = on;
    this.#encoder.setFec(on);
    // Its speech mode goes up to 12 kHz only where it is not told that it is speech.
    this.#encoder.setSignal(on ? Signal.Voice : Signal.Auto);
    this.#encoder.setPacketLossPercent(on ? REPAIR_EXPECTED_LOSS : 0);
    this.#encoder.setBitrate(on ? REPAIR_BITRATE : CLEAN_BITRATE);
  }

  /** Encodes one frame, mono f32 within full scale. @hot */
  encode(frame: Float32Array): Uint8Array {
    return this.#encoder.encodeFloat(frame);
  }

  /** Encodes a frame so that it refers to none before it: for a decoder that comes from another encoder and would build on the wrong past. @hot */
  encodeAlone(frame: Float32Array): Uint8Array {
    this.#encoder.encoderCtl(EncoderCtl.SetPredictionDisabled, 1);
    const packet = this.#encoder.encodeFloat(frame);
    this.#encoder.encoderCtl(EncoderCtl.SetPredictionDisabled, 0);
    return packet;
  }

  close(): void {
    this.#encoder.free();
  }
}
