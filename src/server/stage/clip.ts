import { readFile } from "node:fs/promises";
import { createDecoder } from "libopus-wasm";
import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { EarshotError } from "../../core/errors.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";

/** Longest clip kept in memory. Seconds; 60 s of mono f32 at 48 kHz is 11.5 MB. */
const MAX_CLIP_SECONDS = 60;

/** Decodes an Ogg Opus file whole. Mono f32 at 48 kHz, a whole number of stage frames. @throws `config-invalid` when the file cannot be decoded. */
export async function readClip(path: string): Promise<Float32Array> {
  const input = new Input({ formats: [OGG], source: new BufferSource(await readFile(path)) });
  const track = await input.getPrimaryAudioTrack();
  if (track?.codec !== "opus")
    throw new EarshotError("config-invalid", { setting: path, rule: "an Ogg file with one Opus track", value: track?.codec ?? "none" });
  const decoder = await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE });
  const blocks: Float32Array[] = [];
  let length = 0;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const block = decoder.decodeFloat(packet.data).slice();
      blocks.push(block);
      length += block.length;
      if (length > MAX_CLIP_SECONDS * SAMPLE_RATE)
        throw new EarshotError("config-invalid", { setting: path, rule: `at most ${MAX_CLIP_SECONDS} s`, value: "longer" });
    }
  } finally {
    decoder.free();
  }
  const clip = new Float32Array(Math.ceil(length / FRAME_SAMPLES) * FRAME_SAMPLES);
  let at = 0;
  for (const block of blocks) {
    clip.set(block, at);
    at += block.length;
  }
  return clip;
}

/** Plays a clip round and round, one stage frame per call, into `out` (mono f32, `FRAME_SAMPLES` values). */
export function loopClip(clip: Float32Array): (out: Float32Array) => void {
  let at = 0;
  return (out) => {
    out.set(clip.subarray(at, at + FRAME_SAMPLES));
    at = (at + FRAME_SAMPLES) % clip.length;
  };
}
