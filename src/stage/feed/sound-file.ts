import { type AudioSample, AudioSampleSink, FilePathSource, FLAC, Input, type InputAudioTrack, MP3, MP4, OGG, WAVE } from "mediabunny";
import { EarshotError } from "../../core/errors.ts";
import { type Mp3Edges, readMp3Edges } from "./mp3-edges.ts";

/** Slowest and fastest sound taken. Samples per second; telephone to studio. */
const RATES = { least: 8_000, most: 192_000 };
/** Most channels; they are mixed to one. 7.1 has eight. */
const MAX_CHANNELS = 8;
/** Length of the fade at both ends of a file, so that one that begins or ends in the middle of a wave does not click. Seconds; too short to soften an attack. */
const EDGE_SECONDS = 0.0025;

/** What is decoded at a time. */
export interface SoundBlock {
  /** Mono, [-1, 1]. */
  readonly mono: Float32Array;
  /** Samples per second. */
  readonly sampleRate: number;
}

/** Decodes a sound file from start to end with soft edges. `codec` is told once, before the first block. @throws `sound-unplayable` naming rule and value. */
export async function* decodeFile(path: string, onCodec?: (codec: string) => void): AsyncGenerator<SoundBlock> {
  const input = new Input({ formats: [MP3, WAVE, FLAC, OGG, MP4], source: new FilePathSource(path) });
  try {
    const track = await checkedTrack(input);
    onCodec?.(track.codec ?? "");
    let held: SoundBlock | undefined;
    const edges = track.codec === "mp3" ? await readMp3Edges(path) : undefined;
    for await (const block of within(edges, new AudioSampleSink(track).samples())) {
      if (held === undefined) fadeIn(block);
      else yield held;
      held = block;
    }
    if (held === undefined) throw new EarshotError("sound-unplayable", { rule: "a file with sound in it", value: "none" });
    fadeOut(held);
    yield held;
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    throw new EarshotError("sound-unplayable", { rule: "a file that can be decoded to its end", value: String(cause).slice(0, 120) }, cause);
  } finally {
    input.dispose();
  }
}

async function checkedTrack(input: Input): Promise<InputAudioTrack> {
  const rule = "MP3, WAV, FLAC or Opus (Ogg, MP4)";
  if (!(await input.canRead())) throw new EarshotError("sound-unplayable", { rule, value: "unknown format" });
  const track = await input.getPrimaryAudioTrack();
  if (track === null) throw new EarshotError("sound-unplayable", { rule, value: "no sound" });
  if (track.numberOfChannels > MAX_CHANNELS || track.numberOfChannels < 1)
    throw new EarshotError("sound-unplayable", { rule: `1 to ${MAX_CHANNELS} channels`, value: track.numberOfChannels });
  if (!(track.sampleRate >= RATES.least && track.sampleRate <= RATES.most))
    throw new EarshotError("sound-unplayable", { rule: `${RATES.least} to ${RATES.most} samples per second`, value: track.sampleRate });
  if (!(await track.canDecode())) throw new EarshotError("sound-unplayable", { rule, value: track.codec ?? "unknown codec" });
  return track;
}

/** The sound without what an encoder put before and behind it. */
async function* within(edges: Mp3Edges | undefined, samples: AsyncIterable<AudioSample>): AsyncGenerator<SoundBlock> {
  let skip = edges?.first ?? 0;
  let left = edges?.length ?? Number.POSITIVE_INFINITY;
  for await (const sample of samples) {
    const { mono, sampleRate } = mixDown(sample);
    const kept = mono.subarray(Math.min(skip, mono.length), Math.min(mono.length, skip + left));
    skip = Math.max(0, skip - mono.length);
    left -= kept.length;
    if (kept.length > 0) yield { mono: kept, sampleRate };
  }
}

function mixDown(sample: AudioSample): SoundBlock {
  const { numberOfChannels, numberOfFrames, sampleRate } = sample;
  const mono = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let channel = 0; channel < numberOfChannels; channel++) {
    sample.copyTo(plane, { planeIndex: channel, format: "f32-planar" });
    for (let index = 0; index < numberOfFrames; index++) mono[index] = (mono[index] as number) + (plane[index] as number) / numberOfChannels;
  }
  sample.close();
  return { mono, sampleRate };
}

function fadeIn({ mono, sampleRate }: SoundBlock): void {
  const length = Math.min(mono.length, Math.round(EDGE_SECONDS * sampleRate));
  for (let index = 0; index < length; index++) mono[index] = ((mono[index] as number) * index) / length;
}

function fadeOut({ mono, sampleRate }: SoundBlock): void {
  const length = Math.min(mono.length, Math.round(EDGE_SECONDS * sampleRate));
  for (let index = 0; index < length; index++) mono[mono.length - 1 - index] = ((mono[mono.length - 1 - index] as number) * index) / length;
}
