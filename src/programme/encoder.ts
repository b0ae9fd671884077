import { registerAacEncoder } from "@mediabunny/aac-encoder";
import { registerMp3Encoder } from "@mediabunny/mp3-encoder";
import { Application, createEncoder, Signal } from "libopus-wasm";
import { AdtsOutputFormat, AudioSample, AudioSampleSource, Mp3OutputFormat, NullTarget, Output } from "mediabunny";
import { SAMPLE_RATE } from "../core/units.ts";
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
}

/** The encoder of a rendition. Opus works at once in this thread; AAC and MP3 work in a worker of their own. */
export async function openEncoder(options: EncoderOptions): Promise<FrameEncoder> {
  return options.rendition === "opus" || options.rendition === "low" ? await openOpus(options) : await openWorker(options);
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

let registered = false;

async function openWorker({ rendition, numberOfChannels, onPacket, onFault }: EncoderOptions): Promise<FrameEncoder> {
  if (!registered) {
    registerAacEncoder();
    registerMp3Encoder();
    registered = true;
  }
  const { bitrate, frameSamples } = GRIDS[rendition];
  let taken = 0;
  let given = 0;
  const source = new AudioSampleSource({
    codec: rendition === "aac" ? "aac" : "mp3",
    bitrate,
    onEncodedPacket: (packet) => {
      // Flushing yields packets past the last block; the grid has no place for them.
      if (given >= taken) return;
      given++;
      onPacket(packet.data);
    },
  });
  const output = new Output({ format: rendition === "aac" ? new AdtsOutputFormat() : new Mp3OutputFormat({ xingHeader: false }), target: new NullTarget() });
  output.addAudioTrack(source);
  await output.start();
  let chain: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    get queueDepth() {
      return taken - given;
    },
    push(channels) {
      const data = new Float32Array(frameSamples * numberOfChannels);
      for (let channel = 0; channel < numberOfChannels; channel++) data.set(channels[channel] as Float32Array, channel * frameSamples);
      const sample = new AudioSample({
        data,
        format: "f32-planar",
        numberOfChannels,
        sampleRate: SAMPLE_RATE,
        timestamp: (taken * frameSamples) / SAMPLE_RATE,
      });
      taken++;
      chain = chain
        .then(() => source.add(sample))
        .catch((error: unknown) => {
          if (!closed) onFault(error);
        })
        .finally(() => sample.close());
    },
    async flush() {
      await chain;
      await output.finalize();
    },
    async close() {
      closed = true;
      if (output.state !== "finalized" && output.state !== "canceled") await output.cancel();
    },
  };
}
