import type { Clock } from "../core/clock.ts";
import { type Samples, samples } from "../core/units.ts";
import { type ChunkMetadata, writeChunk } from "./cmaf.ts";
import { type Chunk, GRIDS, type Part, partSamples, type RenditionGrid, type RenditionId } from "./part.ts";
import { silentPacket } from "./silence.ts";
import { SteadyEncoder } from "./steady-encoder.ts";

/** The part that asks for its metadata. */
export interface MetadataSlot {
  readonly rendition: RenditionId;
  readonly sequenceNumber: number;
  readonly timestamp: Samples;
  readonly duration: Samples;
  readonly firstOfSegment: boolean;
  readonly last: boolean;
}

/** What one rendition's track needs. */
export interface TrackOptions {
  readonly eventId: string;
  readonly epoch: number;
  readonly rendition: RenditionId;
  readonly numberOfChannels: number;
  /** Position of the first live sample. Samples since going live. */
  readonly startAt: Samples;
  /** First part to make; the hole up to `startAt` is filled with encoded silence. */
  readonly nextSequenceNumber: number;
  readonly metadata: (slot: MetadataSlot) => readonly ChunkMetadata[];
  readonly onPart: (part: Part) => void;
  /** Called for each piece of a part as soon as it is encoded; never for a rendition that is no CMAF track. */
  readonly onChunk: (chunk: Chunk) => void;
  readonly onFault: (error: unknown) => void;
  readonly clock: Clock;
  /** What an encoder with much to load waits for first. Absent: nothing. */
  readonly makeWay?: Promise<unknown>;
}

/** One rendition: cuts PCM into codec blocks, encodes them, gathers packets into parts on the rendition's grid. */
export class Track {
  readonly #options: TrackOptions;
  readonly #grid: RenditionGrid;
  readonly #block: Float32Array[];
  #encoder: SteadyEncoder | undefined;
  #filled = 0;
  /** Samples of the first frames that lie before this rendition's next whole block. */
  #skip: number;
  #packets: Uint8Array[] = [];
  #sequenceNumber: number;
  #pushedBlocks = 0;
  #ended = false;

  private constructor(options: TrackOptions) {
    this.#options = options;
    this.#grid = GRIDS[options.rendition];
    this.#block = Array.from({ length: options.numberOfChannels }, () => new Float32Array(this.#grid.frameSamples));
    const { framesPerPart } = this.#grid;
    this.#sequenceNumber = Math.floor(this.#firstBlock / framesPerPart);
    const silentBlocks = this.#firstBlock - this.#sequenceNumber * framesPerPart;
    this.#packets = new Array<Uint8Array>(silentBlocks).fill(silentPacket(options.rendition, options.numberOfChannels));
    this.#skip = this.#firstBlock * this.#grid.frameSamples - options.startAt;
  }

  /** Opens the encoder. Live parts begin with the first {@link push}; those of a hole before it come from {@link hole}. */
  static async open(options: TrackOptions): Promise<Track> {
    const track = new Track(options);
    const { rendition, numberOfChannels, onFault, clock, makeWay } = options;
    const inside = { rendition, numberOfChannels, onFault, clock, ...(makeWay === undefined ? {} : { makeWay }) };
    track.#encoder = await SteadyEncoder.open({ ...inside, onPacket: (packet) => track.#take(packet) });
    return track;
  }

  get rendition(): RenditionId {
    return this.#options.rendition;
  }

  get queueDepth(): number {
    return this.#encoder?.queueDepth ?? 0;
  }

  /** Blocks that came out as silence because the encoder could not do them. */
  get blocksLost(): number {
    return this.#encoder?.blocksLost ?? 0;
  }

  /** The parts of silence between the next part and the first with live audio, made as they are asked for: a night away must not fill the memory. */
  *hole(): Generator<Part> {
    const { rendition, numberOfChannels, nextSequenceNumber } = this.#options;
    const { framesPerPart } = this.#grid;
    const packets = new Array<Uint8Array>(framesPerPart).fill(silentPacket(rendition, numberOfChannels));
    const mp3 = rendition === "mp3" ? Buffer.concat(packets) : undefined;
    const to = Math.floor(this.#firstBlock / framesPerPart);
    for (let sequenceNumber = nextSequenceNumber; sequenceNumber < to; sequenceNumber++)
      yield this.#part(sequenceNumber, packets, { filler: true, last: false, mp3, metadata: this.#metadata(sequenceNumber, framesPerPart, false) });
  }

  /** Takes one frame of PCM. @hot */
  push(channels: readonly Float32Array[]): void {
    const length = (channels[0] as Float32Array).length;
    const blockLength = this.#grid.frameSamples;
    let at = Math.min(this.#skip, length);
    this.#skip -= at;
    while (at < length) {
      const count = Math.min(length - at, blockLength - this.#filled);
      for (let channel = 0; channel < this.#block.length; channel++) {
        (this.#block[channel] as Float32Array).set((channels[channel] as Float32Array).subarray(at, at + count), this.#filled);
      }
      this.#filled += count;
      at += count;
      if (this.#filled === blockLength) this.#encode();
    }
  }

  /** Encodes what is left, with silence up to the end of the block and past the encoder's priming, and publishes the last part. */
  async end(): Promise<void> {
    const { frameSamples, framesPerPart, primingSamples } = this.#grid;
    const blocks = (this.#filled > 0 ? 1 : 0) + Math.ceil(primingSamples / frameSamples);
    for (let block = 0; block < blocks; block++) this.#encodeSilence();
    // The last part must not be empty: it carries the mark of the end.
    if ((this.#firstBlock + this.#pushedBlocks) % framesPerPart === 0) this.#encodeSilence();
    await this.#encoder?.flush();
    this.#ended = true;
    this.#emit();
  }

  async close(): Promise<void> {
    await this.#encoder?.close();
  }

  get #firstBlock(): number {
    return Math.max(Math.ceil(this.#options.startAt / this.#grid.frameSamples), this.#options.nextSequenceNumber * this.#grid.framesPerPart);
  }

  #encode(): void {
    this.#filled = 0;
    this.#pushedBlocks++;
    this.#encoder?.push(this.#block);
  }

  #encodeSilence(): void {
    for (const channel of this.#block) channel.fill(0, this.#filled);
    this.#encode();
  }

  #take(packet: Uint8Array): void {
    this.#packets.push(packet);
    const { framesPerPart, framesPerChunk } = this.#grid;
    if (this.#packets.length === framesPerPart) this.#emit();
    else if (this.#packets.length % framesPerChunk === 0) this.#emitChunk(this.#packets, []);
  }

  /** The newest packets as a chunk of the part being made. */
  #emitChunk(packets: readonly Uint8Array[], metadata: readonly ChunkMetadata[]): void {
    const { eventId, epoch, rendition, onChunk } = this.#options;
    if (rendition === "mp3") return;
    const { frameSamples, framesPerPart, framesPerChunk } = this.#grid;
    const first = packets.length - framesPerChunk;
    const frame = this.#sequenceNumber * framesPerPart + first;
    const timestamp = samples(frame * frameSamples);
    const data = writeChunk({ rendition, sequenceNumber: Math.floor(frame / framesPerChunk), timestamp, packets: packets.slice(first), metadata });
    onChunk({ eventId, epoch, rendition, sequenceNumber: this.#sequenceNumber, timestamp, duration: samples(framesPerChunk * frameSamples), data });
  }

  #emit(): void {
    const packets = this.#packets;
    if (packets.length === 0) return;
    this.#packets = [];
    const metadata = this.#metadata(this.#sequenceNumber, packets.length, this.#ended);
    // The last piece goes out before the part: it need not wait for the disk.
    if (packets.length === this.#grid.framesPerPart) this.#emitChunk(packets, metadata);
    this.#options.onPart(this.#part(this.#sequenceNumber++, packets, { filler: false, last: this.#ended, metadata }));
  }

  /** Asked for once per part: what changed since the last time is told once. */
  #metadata(sequenceNumber: number, packets: number, last: boolean): readonly ChunkMetadata[] {
    const { rendition, metadata } = this.#options;
    if (rendition === "mp3") return [];
    const { frameSamples, partsPerSegment } = this.#grid;
    const timestamp = samples(sequenceNumber * partSamples(rendition));
    const duration = samples(packets * frameSamples);
    return metadata({ rendition, sequenceNumber, timestamp, duration, firstOfSegment: sequenceNumber % partsPerSegment === 0, last });
  }

  #part(
    sequenceNumber: number,
    packets: readonly Uint8Array[],
    kind: { readonly filler: boolean; readonly last: boolean; readonly mp3?: Uint8Array | undefined; readonly metadata: readonly ChunkMetadata[] },
  ): Part {
    const { eventId, epoch, rendition } = this.#options;
    const { filler, last, metadata } = kind;
    const timestamp = samples(sequenceNumber * partSamples(rendition));
    const duration = samples(packets.length * this.#grid.frameSamples);
    const data = rendition === "mp3" ? (kind.mp3 ?? Buffer.concat(packets)) : writeChunk({ rendition, sequenceNumber, timestamp, packets, metadata });
    return { eventId, epoch, rendition, sequenceNumber, timestamp, duration, filler, last, data };
  }
}
