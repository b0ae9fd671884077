import type { OpusDecoderHandle } from "libopus-wasm";
import { MPEGDecoder } from "mpg123-decoder";
import { EarshotError } from "../../core/errors.ts";
import { SAMPLE_RATE } from "../../core/units.ts";
import { openDecoder } from "../codecs.ts";
import { OggPackets } from "./ogg-packets.ts";
import type { SoundBlock } from "./sound-file.ts";

/** Decodes a stream that comes in pieces and never ends. Closed by whoever opened it. */
export interface StreamDecoder {
  /** Decodes the next bytes. @throws `sound-unplayable` for a codec it does not know. */
  push(bytes: Uint8Array): readonly SoundBlock[];
  /** Frames and packets so far that could not be decoded. */
  readonly damaged: number;
  close(): void;
}

/** Opens the decoder for a stream by its first bytes: Ogg Opus, else MP3. */
export async function openStreamDecoder(head: Uint8Array): Promise<StreamDecoder> {
  const isOgg = String.fromCharCode(...head.subarray(0, 4)) === "OggS";
  return isOgg ? new OggOpusStream(await openDecoder()) : await Mp3Stream.open();
}

class Mp3Stream implements StreamDecoder {
  readonly #decoder = new MPEGDecoder({ enableGapless: false });
  damaged = 0;

  static async open(): Promise<Mp3Stream> {
    const stream = new Mp3Stream();
    await stream.#decoder.ready;
    return stream;
  }

  push(bytes: Uint8Array): readonly SoundBlock[] {
    const { channelData, samplesDecoded, sampleRate, errors } = this.#decoder.decode(bytes);
    this.damaged += errors.length;
    const [left, right] = channelData;
    if (samplesDecoded === 0 || left === undefined || !(sampleRate > 0)) return [];
    const mono = left.slice();
    if (right !== undefined) for (let index = 0; index < mono.length; index++) mono[index] = ((left[index] as number) + (right[index] as number)) / 2;
    return [{ mono, sampleRate }];
  }

  close(): void {
    this.#decoder.free();
  }
}

class OggOpusStream implements StreamDecoder {
  readonly #packets = new OggPackets();
  readonly #decoder: OpusDecoderHandle;
  /** Packets of the logical stream so far: head and tags come before sound. */
  #seen = 0;
  #lost = 0;

  constructor(decoder: OpusDecoderHandle) {
    this.#decoder = decoder;
  }

  get damaged(): number {
    return this.#lost;
  }

  push(bytes: Uint8Array): readonly SoundBlock[] {
    const blocks: SoundBlock[] = [];
    for (const { data, first } of this.#packets.push(bytes)) {
      this.#seen = first ? 1 : this.#seen + 1;
      if (first) checkHead(data);
      if (this.#seen <= 2) continue;
      try {
        blocks.push({ mono: this.#decoder.decodeFloat(data).slice(), sampleRate: SAMPLE_RATE });
      } catch {
        this.#lost++;
      }
    }
    return blocks;
  }

  close(): void {
    this.#decoder.free();
  }
}

/** @spec RFC 7845 §5.1 */
function checkHead(packet: Uint8Array): void {
  const name = String.fromCharCode(...packet.subarray(0, 8));
  if (name === "OpusHead" && packet[18] === 0) return;
  const value = name === "OpusHead" ? "Opus with more than two channels" : name.includes("vorbis") ? "Vorbis" : "another codec";
  throw new EarshotError("sound-unplayable", { rule: "a stream of MP3 or Ogg Opus", value });
}
