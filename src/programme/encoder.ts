import { Application, createEncoder, Signal } from "libopus-wasm";
import { SAMPLE_RATE } from "../core/units.ts";
import { openLate } from "./late-encoder.ts";
import { GRIDS, type RenditionId } from "./part.ts";

/** Search depth of the Opus encoder, 0 to 10. 9 costs 0.7 CPU seconds a minute and is done once for everyone. */
const OPUS_COMPLEXITY = 9;

/** Turns codec-sized blocks of PCM into packets, in order: packet k covers the k-th block, less the encoder's priming. */
export interface FrameEncoder {
  /** Takes `frameSamples` samples per channel, planar f32; copies what it needs before it returns. */
  push(channels: readonly Float32Array[]): void;
  /** Blocks taken and not yet come out as packets. */
  readonly queueDepth: number;
  /** Resolves when every packet of every block taken has come out. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Where an encoder's packets go. The bytes belong to the receiver. */
export interface EncoderOptions {
  readonly rendition: RenditionId;
  readonly numberOfChannels: number;
  readonly onPacket: (packet: Uint8Array) => void;
  readonly onFault: (error: unknown) => void;
  /** What an encoder with much to load waits for first; blocks taken meanwhile wait with it. Absent: nothing. */
  readonly makeWay?: Promise<unknown>;
}

/** The encoder of a rendition. Opus works at once in this thread; AAC and MP3 work in a worker of their own, which is loaded while they take their first blocks. */
export async function openEncoder(options: EncoderOptions): Promise<FrameEncoder> {
  return options.rendition === "opus" || options.rendition === "low" ? await openOpus(options) : openLate(options, openWorker);
}

async function openOpus({ rendition, numberOfChannels, onPacket }: EncoderOptions): Promise<FrameEncoder> {
  const { bitrate, frameSamples } = GRIDS[rendition];
  const encoder = await createEncoder({
    channels: numberOfChannels === 1 ? 1 : 2,
    sampleRate: SAMPLE_RATE,
    bitrate,
    complexity: OPUS_COMPLEXITY,
    // Told that it is speech, the encoder takes its hybrid mode, which at this rate costs an /s/ 2.4 dB (`npm run bench -- fidelity`).
    application: Application.Audio,
    signal: Signal.Music,
    vbr: true,
    frameSize: frameSamples,
  });
  const interleaved = new Float32Array(frameSamples * numberOfChannels);
  return {
    queueDepth: 0,
    push(channels) {
      for (let channel = 0; channel < numberOfChannels; channel++) {
        const from = channels[channel] as Float32Array;
        for (let index = 0; index < frameSamples; index++) interleaved[index * numberOfChannels + channel] = from[index] as number;
      }
      onPacket(encoder.encodeFloat(interleaved).slice());
    },
    flush: async () => {},
    close: async () => encoder.free(),
  };
}

/** Their libraries are 70 files that a stage which comes back does not wait for. */
async function openWorker(options: EncoderOptions): Promise<FrameEncoder> {
  await options.makeWay;
  const { openWorkerEncoder } = await import("./worker-encoder.ts");
  return await openWorkerEncoder(options);
}
