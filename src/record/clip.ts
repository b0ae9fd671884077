import { SAMPLE_RATE } from "../core/units.ts";
import { type ArchivedSegment, concatBytes, GRIDS, MP3_FRAME_BYTES, readChunk, scanChunks, writeChunk } from "../programme/mod.ts";
import { CLIP_MAX_SECONDS, CLIP_MIN_SECONDS } from "../wire/clip-limits.ts";

/** Frames before the first one heard: an MP3 frame may use bytes of up to three before it, and every decoder needs one to settle. */
const LEAD_FRAMES = { mp3: 4, aac: 1 } as const;
/** AAC frames in one chunk of a clip. About two seconds. */
const FRAMES_PER_CHUNK = 96;

/** A stretch of the programme that is shared. Seconds since going live. */
export interface ClipRange {
  readonly from: number;
  readonly to: number;
}

/** Bytes of an archive file. */
export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** Reads a clip's place from its address, such as `83.5-120`; undefined when it is none: too long, too short, beyond the end, or written in another way. */
export function readClipRange(text: string, durationSeconds: number): ClipRange | undefined {
  const found = /^(0|[1-9]\d{0,5})(?:\.([1-9]))?-(0|[1-9]\d{0,5})(?:\.([1-9]))?$/.exec(text);
  if (found === null) return undefined;
  const from = Number(`${found[1]}.${found[2] ?? 0}`);
  const to = Number(`${found[3]}.${found[4] ?? 0}`);
  // Tenths have no exact binary form: compared as whole numbers.
  const tenths = Math.round(to * 10) - Math.round(from * 10);
  if (tenths < CLIP_MIN_SECONDS * 10 || tenths > CLIP_MAX_SECONDS * 10 || to > durationSeconds + 0.1) return undefined;
  return { from, to };
}

/** The codec frames of a rendition that hold a clip: first, and end exclusive. */
function framesOf({ from, to }: ClipRange, rendition: "mp3" | "aac"): { readonly first: number; readonly end: number } {
  const { frameSamples, primingSamples } = GRIDS[rendition];
  const at = (seconds: number) => (seconds * SAMPLE_RATE + primingSamples) / frameSamples;
  return { first: Math.max(0, Math.floor(at(from)) - LEAD_FRAMES[rendition]), end: Math.ceil(at(to)) };
}

/** Where in `recording.mp3` a clip lies: whole frames, every one as long as the next. */
export function mp3Span(range: ClipRange, segments: readonly ArchivedSegment[]): ByteSpan {
  const start = segments[0]?.offset ?? 0;
  const last = segments.at(-1);
  const fileEnd = last === undefined ? start : last.offset + last.length;
  const { first, end } = framesOf(range, "mp3");
  const offset = Math.min(fileEnd, start + first * MP3_FRAME_BYTES);
  return { offset, length: Math.min(fileEnd, start + end * MP3_FRAME_BYTES) - offset };
}

/** Where in `aac.mp4` the segments lie that hold a clip. */
export function aacSpan(range: ClipRange, segments: readonly ArchivedSegment[]): ByteSpan {
  const { first, end } = framesOf(range, "aac");
  const { frameSamples } = GRIDS.aac;
  const held = segments.filter(({ timestamp, duration }) => timestamp < end * frameSamples && timestamp + duration > first * frameSamples);
  const [one] = held;
  const last = held.at(-1);
  return one === undefined || last === undefined ? { offset: 0, length: 0 } : { offset: one.offset, length: last.offset + last.length - one.offset };
}

/** Makes an M4A file of the frames of a clip out of the bytes of {@link aacSpan}; `header` is that of the archive file. */
export function cutM4a(range: ClipRange, header: Uint8Array, bytes: Uint8Array): Uint8Array {
  const { first, end } = framesOf(range, "aac");
  const { frameSamples } = GRIDS.aac;
  const packets: Uint8Array[] = [];
  for (const part of scanChunks(bytes)) {
    const chunk = readChunk(bytes.subarray(part.start, part.end));
    if (!chunk.ok) continue;
    const frame = chunk.timestamp / frameSamples;
    packets.push(...chunk.packets.slice(Math.max(0, first - frame), Math.max(0, end - frame)));
  }
  const chunks: Uint8Array[] = [header];
  for (let at = 0; at < packets.length; at += FRAMES_PER_CHUNK) {
    const own = packets.slice(at, at + FRAMES_PER_CHUNK);
    chunks.push(writeChunk({ rendition: "aac", sequenceNumber: at / FRAMES_PER_CHUNK, timestamp: at * frameSamples, packets: own }));
  }
  return concatBytes(chunks);
}
