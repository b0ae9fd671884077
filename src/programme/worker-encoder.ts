import { registerAacEncoder } from "@mediabunny/aac-encoder";
import { registerMp3Encoder } from "@mediabunny/mp3-encoder";
import { AdtsOutputFormat, AudioSample, AudioSampleSource, Mp3OutputFormat, NullTarget, Output } from "mediabunny";
import { SAMPLE_RATE } from "../core/units.ts";
import type { EncoderOptions, FrameEncoder } from "./encoder.ts";
import { GRIDS } from "./part.ts";

let registered = false;

/** The encoder of AAC or MP3, in a worker of its own. */
export async function openWorkerEncoder({ rendition, numberOfChannels, onPacket, onFault }: EncoderOptions): Promise<FrameEncoder> {
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
