import { SAMPLE_RATE, type Samples, samples } from "../core/units.ts";
import type { ArchiveForm, FoundPart } from "./archive-form.ts";
import { concat, text, u16, u32, u8 } from "./boxes.ts";
import { crc8, nextCrc16 } from "./flac-crc.ts";
import { codedNumber, FLAC_BITS, FLAC_BLOCK_SAMPLES, FlacFrameWriter } from "./flac-frame.ts";
import { KeptLane, type KeptFileOptions } from "./kept-lane.ts";

/** Blocks in a part: half a second, as with Opus. */
const BLOCKS_PER_PART = 5;
const PART_SAMPLES = BLOCKS_PER_PART * FLAC_BLOCK_SAMPLES;
/** Parts in a segment: four seconds. */
const PARTS_PER_SEGMENT = 8;
/** Bytes of a frame's header before its coded number. */
const FIXED_HEADER_BYTES = 4;
/** What every frame of ours opens with: sync code, block size in 16 bits, 48 kHz, channels less one, 24 bits. */
const frameStart = (channels: number) => [0xff, 0xf8, 0b0111_1010, ((channels - 1) << 4) | 0b1100] as const;
/** Where in the header the number of samples begins that is only known at the end. Bytes. */
const TOTAL_AT = 4 + 4 + 13;
/** Full scale of a 24-bit sample. */
const FULL_SCALE = 2 ** (FLAC_BITS - 1);

/** Name of the lossless recording in the archive folder. */
export const LOSSLESS_FILE = "recording.flac";
/** Name of its list of segments. */
export const LOSSLESS_INDEX = "flac.idx";

/** `fLaC` and the stream's one metadata block; `totalSamples` 0 means that nobody knows yet. @spec RFC 9639 §8.2 */
function writeFlacHeader(totalSamples: number, channels: number): Uint8Array {
  const size = u16(FLAC_BLOCK_SAMPLES);
  const unknown = u8(0, 0, 0);
  // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of total samples.
  const high = (SAMPLE_RATE * 2 ** 12 + (channels - 1) * 2 ** 9 + (FLAC_BITS - 1) * 2 ** 4 + Math.floor(totalSamples / 2 ** 32)) >>> 0;
  return concat([text("fLaC"), u8(0x80, 0, 0, 34), size, size, unknown, unknown, u32(high), u32(totalSamples % 2 ** 32), new Uint8Array(16)]);
}

const writer = new FlacFrameWriter();
const SILENT_BLOCK = new Int32Array(FLAC_BLOCK_SAMPLES);

function flacForm(channels: number): ArchiveForm {
  const header = writeFlacHeader(0, channels);
  const right = channels === 2 ? SILENT_BLOCK : undefined;
  return {
    name: "flac",
    fileName: LOSSLESS_FILE,
    indexName: LOSSLESS_INDEX,
    header,
    partSamples: PART_SAMPLES,
    partsPerSegment: PARTS_PER_SEGMENT,
    // All but the number of samples, which is filled in at the end.
    isHeader: (found) =>
      Buffer.compare(found.subarray(0, TOTAL_AT), header.subarray(0, TOTAL_AT)) === 0 &&
      Buffer.compare(found.subarray(TOTAL_AT + 5), header.subarray(TOTAL_AT + 5)) === 0,
    scan: (tail, timestamp) => scanFlac(tail, timestamp, frameStart(channels)),
    silentPart: (sequenceNumber) =>
      concat(Array.from({ length: BLOCKS_PER_PART }, (_, block) => writer.write(sequenceNumber * BLOCKS_PER_PART + block, SILENT_BLOCK, right))),
  };
}

/** The whole parts at the start of `tail`: frames in order whose checksums hold; what is torn ends it. Never throws. */
function scanFlac(tail: Uint8Array, firstTimestamp: number, start: readonly number[]): FoundPart[] {
  const parts: FoundPart[] = [];
  let number = Math.round(firstTimestamp / FLAC_BLOCK_SAMPLES);
  let partStart = 0;
  let at = 0;
  for (;;) {
    const duration = frameAt(tail, at, number, start);
    const end = duration === undefined ? undefined : frameEnd(tail, { from: at, nextNumber: number + 1, start });
    if (duration === undefined || end === undefined) break;
    at = end;
    number++;
    const short = duration < FLAC_BLOCK_SAMPLES;
    if (number % BLOCKS_PER_PART !== 0 && !short) continue;
    const timestamp = firstTimestamp + parts.length * PART_SAMPLES;
    parts.push({ start: partStart, end, timestamp, duration: number * FLAC_BLOCK_SAMPLES - timestamp - (FLAC_BLOCK_SAMPLES - duration) });
    partStart = end;
    if (short) break;
  }
  return parts;
}

/** Samples of the frame that begins at `at`, or undefined when none with this number does. */
function frameAt(tail: Uint8Array, at: number, number: number, start: readonly number[]): number | undefined {
  for (let index = 0; index < FIXED_HEADER_BYTES; index++) if (tail[at + index] !== start[index]) return undefined;
  const coded = codedNumber(number);
  for (let index = 0; index < coded.length; index++) if (tail[at + FIXED_HEADER_BYTES + index] !== coded[index]) return undefined;
  const end = at + FIXED_HEADER_BYTES + coded.length + 2;
  if (end >= tail.length || crc8(tail, at, end) !== tail[end]) return undefined;
  return (tail[end - 2] as number) * 256 + (tail[end - 1] as number) + 1;
}

/** Where the frame ends: its checksum holds there, and the next frame or nothing follows. */
function frameEnd(
  tail: Uint8Array,
  { from, nextNumber, start }: { readonly from: number; readonly nextNumber: number; readonly start: readonly number[] },
): number | undefined {
  let crc = 0;
  for (let at = from; at < tail.length; at++) {
    crc = nextCrc16(crc, tail[at] as number);
    if (
      crc === 0 &&
      at > from + FIXED_HEADER_BYTES &&
      (at + 1 === tail.length || frameAt(tail, at + 1, nextNumber, start) !== undefined || isTorn(tail, at + 1, start))
    )
      return at + 1;
  }
  return undefined;
}

/** Whether fewer bytes are left than a header takes, and they begin one. */
function isTorn(tail: Uint8Array, at: number, start: readonly number[]): boolean {
  const left = Math.min(tail.length - at, FIXED_HEADER_BYTES);
  for (let index = 0; index < left; index++) if (tail[at + index] !== start[index]) return false;
  return tail.length - at < FIXED_HEADER_BYTES + 8;
}

/** The mix as it was, without loss: FLAC of 24 bits, kept while it is made. Closed by whoever opened it. */
export class LosslessRecorder {
  readonly #lane: KeptLane;
  readonly #channels: number;
  readonly #block = new Int32Array(FLAC_BLOCK_SAMPLES);
  readonly #right: Int32Array | undefined;
  #filled = 0;
  #blocks: Uint8Array[] = [];
  #number: number;
  /** Samples at the start that are already kept or before the first whole part. */
  #skip: number;

  private constructor(lane: KeptLane, position: Samples, channels: number) {
    this.#lane = lane;
    this.#channels = channels;
    this.#right = channels === 2 ? new Int32Array(FLAC_BLOCK_SAMPLES) : undefined;
    const part = Math.max(lane.next, Math.floor(position / PART_SAMPLES));
    this.#number = part * BLOCKS_PER_PART;
    // A recording taken up in the middle of a part has silence up to there.
    const silent = Math.max(0, position - part * PART_SAMPLES);
    this.#skip = Math.max(0, part * PART_SAMPLES - position);
    for (let block = 0; block < Math.floor(silent / FLAC_BLOCK_SAMPLES); block++) this.#take(SILENT_BLOCK, this.#right && SILENT_BLOCK);
    this.#filled = silent % FLAC_BLOCK_SAMPLES;
  }

  /** Opens the recording, mending what a crash left; what is before `position`, that of the first frame to be pushed, and not there becomes silence; it is asked once the file is open. Rejects with the file system's error. */
  static async open({
    numberOfChannels = 1,
    ...options
  }: KeptFileOptions & { readonly position: () => Samples; readonly numberOfChannels?: number }): Promise<LosslessRecorder> {
    const lane = await KeptLane.open(options, flacForm(numberOfChannels));
    return new LosslessRecorder(lane, options.position(), numberOfChannels);
  }

  /** Parts waiting for the disk. */
  get queueDepth(): number {
    return this.#lane.queueDepth;
  }

  get partsLost(): number {
    return this.#lane.partsLost;
  }

  /** Takes f32, `right` where there are two channels; frames follow each other without a hole. @hot */
  push(frame: Float32Array, right = frame): void {
    const from = Math.min(this.#skip, frame.length);
    this.#skip -= from;
    for (let index = from; index < frame.length; index++) {
      if (this.#right !== undefined) this.#right[this.#filled] = toTwentyFour(right[index] as number);
      this.#block[this.#filled++] = toTwentyFour(frame[index] as number);
      if (this.#filled < FLAC_BLOCK_SAMPLES) continue;
      this.#filled = 0;
      this.#take(this.#block, this.#right);
    }
  }

  /** Writes the last, short block and the number of samples into the header. May be called again after a failure. @throws disk-full, disk-failing */
  async finish(): Promise<void> {
    const end = this.#number * FLAC_BLOCK_SAMPLES + this.#filled;
    if (this.#filled > 0) this.#blocks.push(writer.write(this.#number++, this.#block.subarray(0, this.#filled), this.#right?.subarray(0, this.#filled)));
    this.#filled = 0;
    if (this.#blocks.length > 0) this.#keep(end, true);
    await this.#lane.finish();
    await this.#lane.finish(writeFlacHeader(this.#lane.recordedSamples, this.#channels));
  }

  async close(): Promise<void> {
    await this.#lane.close();
  }

  #take(block: Int32Array, right: Int32Array | undefined): void {
    this.#blocks.push(writer.write(this.#number++, block, right));
    if (this.#number % BLOCKS_PER_PART === 0) this.#keep(this.#number * FLAC_BLOCK_SAMPLES, false);
  }

  #keep(end: number, last: boolean): void {
    const sequenceNumber = Math.ceil(end / PART_SAMPLES) - 1;
    const timestamp = samples(sequenceNumber * PART_SAMPLES);
    this.#lane.keep({ sequenceNumber, timestamp, duration: samples(end - timestamp), filler: false, last, data: concat(this.#blocks) });
    this.#blocks = [];
  }
}

/** A sample as 24 bits: the nearest, within full scale. */
export function toTwentyFour(sample: number): number {
  return Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample * FULL_SCALE)));
}
