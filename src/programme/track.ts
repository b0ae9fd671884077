import type { Clock } from "../core/clock.ts";
import { type Samples, samples } from "../core/units.ts";
import { type ChunkMetadata, writeChunk } from "./cmaf.ts";
import { GRIDS, type Part, partSamples, type RenditionGrid, type RenditionId } from "./part.ts";
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
  readonly metadata: (slot: MetadataSlot) => ChunkMetadata | undefined;
  readonly onPart: (part: Part) => void;
  readonly onFault: (error: unknown) => void;
  readonly clock: Clock;
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
    const { rendition, numberOfChannels, onFault, clock } = options;
    track.#encoder = await SteadyEncoder.open({ rendition, numberOfChannels, onFault, clock, onPacket: (packet) => track.#take(packet) });
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
      yield this.#part(sequenceNumber, packets, { filler: true, last: false, mp3 });
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
    if (this.#packets.length === this.#grid.framesPerPart) this.#emit();
  }

  #emit(): void {
    const packets = this.#packets;
    if (packets.length === 0) return;
    this.#packets = [];
    this.#options.onPart(this.#part(this.#sequenceNumber++, packets, { filler: false, last: this.#ended }));
  }

  #part(
    sequenceNumber: number,
    packets: readonly Uint8Array[],
    kind: { readonly filler: boolean; readonly last: boolean; readonly mp3?: Uint8Array | undefined },
  ): Part {
    const { eventId, epoch, rendition, metadata } = this.#options;
    const { frameSamples, partsPerSegment } = this.#grid;
    const { filler, last } = kind;
    const timestamp = samples(sequenceNumber * partSamples(rendition));
    const duration = samples(packets.length * frameSamples);
    const slot = { rendition, sequenceNumber, timestamp, duration, firstOfSegment: sequenceNumber % partsPerSegment === 0, last };
    const data =
      rendition === "mp3" ? (kind.mp3 ?? Buffer.concat(packets)) : writeChunk({ rendition, sequenceNumber, timestamp, packets, metadata: metadata(slot) });
    return { eventId, epoch, rendition, sequenceNumber, timestamp, duration, filler, last, data };
  }
}
