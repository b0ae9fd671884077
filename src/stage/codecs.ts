import { Application, createDecoder, createEncoder, type OpusDecoderHandle, type OpusEncoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";

/** Longest Opus packet. Samples; 120 ms. @spec RFC 6716 §2.1.4 */
export const MAX_PACKET_SAMPLES = 5_760;
/** Opus search depth of return feeds: they are encoded once per talking speaker, so cost counts. */
const RETURN_COMPLEXITY = 5;
/** Bit rate of a return feed. Bits per second; speech through headphones. */
const RETURN_BITRATE = 32_000;
/** Loss the return feed's in-band repair is made for. Percent. */
const RETURN_EXPECTED_LOSS = 10;

/** A decoder for one speaker; mono, because a voice is. Freed by its {@link OpusSource}. Only the process' first one waits for the codec to be compiled. */
export async function openDecoder(): Promise<OpusDecoderHandle> {
  return await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: MAX_PACKET_SAMPLES });
}

/** An encoder for one return feed. Freed by the mixer. */
export async function openReturnEncoder(): Promise<OpusEncoderHandle> {
  return await createEncoder({
    application: Application.Voip,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: RETURN_BITRATE,
    complexity: RETURN_COMPLEXITY,
    fec: true,
    packetLossPercent: RETURN_EXPECTED_LOSS,
    frameSize: FRAME_SAMPLES,
  });
}
