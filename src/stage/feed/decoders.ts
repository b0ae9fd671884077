import { FLACDecoder } from "@wasm-audio-decoders/flac";
import type { OpusDecoderHandle } from "libopus-wasm";
import { AudioSample, CustomAudioDecoder, type EncodedPacket, registerDecoder } from "mediabunny";
import { MPEGDecoder } from "mpg123-decoder";
import { SAMPLE_RATE } from "../../core/units.ts";
import { openDecoder } from "../codecs.ts";

/** Most channels an Opus file may have. @spec RFC 7845 §5.1.1 (mapping family 0) */
const OPUS_CHANNELS = 2;

abstract class Decoder extends CustomAudioDecoder {
  protected give(channels: readonly Float32Array[], sampleRate: number, timestamp: number): void {
    const numberOfFrames = channels[0]?.length ?? 0;
    if (numberOfFrames === 0) return;
    const data = new Float32Array(numberOfFrames * channels.length);
    for (const [index, channel] of channels.entries()) data.set(channel, index * numberOfFrames);
    this.onSample(new AudioSample({ data, format: "f32-planar", numberOfChannels: channels.length, sampleRate, timestamp }));
  }

  flush(): void {}
}

class Mp3 extends Decoder {
  readonly #decoder = new MPEGDecoder({ enableGapless: false });
  static override supports = (codec: string) => codec === "mp3";
  init = () => this.#decoder.ready;
  close = () => this.#decoder.free();
  decode({ data, timestamp }: EncodedPacket): void {
    const { channelData, sampleRate } = this.#decoder.decodeFrame(data);
    this.give(channelData, sampleRate, timestamp);
  }
}

class Flac extends Decoder {
  readonly #decoder = new FLACDecoder();
  static override supports = (codec: string) => codec === "flac";
  init = () => this.#decoder.ready;
  close = () => this.#decoder.free();
  async decode({ data, timestamp }: EncodedPacket): Promise<void> {
    const { channelData, sampleRate } = await this.#decoder.decodeFrames([data]);
    this.give(channelData, sampleRate, timestamp);
  }
}

class Opus extends Decoder {
  #decoder: OpusDecoderHandle | undefined;
  static override supports = (codec: string, { numberOfChannels }: { numberOfChannels: number }) => codec === "opus" && numberOfChannels <= OPUS_CHANNELS;
  async init(): Promise<void> {
    this.#decoder = await openDecoder();
  }
  close(): void {
    this.#decoder?.free();
  }
  decode({ data, timestamp }: EncodedPacket): void {
    if (this.#decoder !== undefined) this.give([this.#decoder.decodeFloat(data)], SAMPLE_RATE, timestamp);
  }
}

/** Teaches mediabunny the codecs that Node brings no decoder for. Once per thread. */
export function registerDecoders(): void {
  for (const decoder of [Mp3, Flac, Opus]) registerDecoder(decoder);
}
