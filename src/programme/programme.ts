import type { AudioFrame } from "../core/audio-frame.ts";
import type { Clock } from "../core/clock.ts";
import { FRAME_SAMPLES, type Samples, samples } from "../core/units.ts";
import type { Archive } from "./archive.ts";
import { type ChunkMetadata, codecsOf, writeHeader } from "./cmaf.ts";
import { channelsIn, type Chunk, GRIDS, type Part, partSamples, type PerRendition, RENDITIONS, type RenditionId } from "./part.ts";
import { type MetadataSlot, Track } from "./track.ts";

/** Longest a part waits for the disk before it is published all the same. Milliseconds; half a part: a slow disk must not be heard. */
const ARCHIVE_WAIT_MS = 250;
/** Parts of silence handed to the archive without waiting for each, all renditions: they need no safekeeping, a restart makes them again. Well below what the archive keeps in memory. */
const FILL_AHEAD_PARTS = 96;

/** What a programme needs. */
export interface ProgrammeOptions {
  readonly eventId: string;
  readonly epoch: number;
  /** Position of the first live sample; 0 for a new event, the wall clock's position after a restart. */
  readonly startAt: Samples;
  /** Next part per rendition; the hole up to `startAt` is filled with encoded silence. One that is missing begins at `startAt`. */
  readonly resume: PerRendition<number>;
  readonly numberOfChannels: number;
  readonly archive?: Archive;
  readonly publish: (part: Part) => void;
  /** Takes each piece of a part as soon as it is encoded, before the disk has it. */
  readonly publishChunk?: (chunk: Chunk) => void;
  /** What rides with each part; told once, however often the part is asked for. */
  readonly metadata: (slot: MetadataSlot) => readonly ChunkMetadata[];
  readonly clock: Clock;
  /** What encoders with much to load wait for first. Absent: nothing. */
  readonly makeWay?: Promise<unknown>;
  /** Called once when the disk begins to refuse parts, an encoder breaks or a receiver of parts throws; the programme goes on. */
  readonly onFault: (error: unknown) => void;
}

/** A rendition's CMAF header and codec name; mp3 has an empty header. */
export interface RenditionHeader {
  readonly codecs: string;
  readonly bytes: Uint8Array;
}

/** The headers of every rendition of a programme with so many channels. */
export function renditionHeaders(numberOfChannels: number): ReadonlyMap<RenditionId, RenditionHeader> {
  return new Map(
    RENDITIONS.map((rendition) => [
      rendition,
      rendition === "mp3"
        ? { codecs: "mp3", bytes: new Uint8Array(0) }
        : { codecs: codecsOf(rendition), bytes: writeHeader({ rendition, numberOfChannels: channelsIn(rendition, numberOfChannels) }) },
    ]),
  );
}

/** Encodes the programme once per rendition and hands out its parts. Closed by the stage process. */
export class Programme {
  readonly headers: ReadonlyMap<RenditionId, RenditionHeader>;
  readonly #options: ProgrammeOptions;
  #tracks: readonly Track[] = [];
  readonly #chains = new Map<RenditionId, Promise<void>>();
  readonly #refused = new Set<RenditionId>();
  readonly #sum = [new Float32Array(FRAME_SAMPLES)];
  #position: Samples;
  #pushed = false;
  /** Parts published so far, all renditions. */
  partsMade = 0;
  /** Parts published before the disk had them, or that it never took. */
  partsNotKeptInTime = 0;

  private constructor(options: ProgrammeOptions) {
    this.#options = options;
    this.#position = options.startAt;
    this.headers = renditionHeaders(options.numberOfChannels);
  }

  /** Warms the encoders up; a hole left by a restart is filled and published meanwhile. */
  static async open(options: ProgrammeOptions): Promise<Programme> {
    const programme = new Programme(options);
    programme.#tracks = await Promise.all(
      RENDITIONS.map((rendition) =>
        Track.open({
          ...options,
          rendition,
          numberOfChannels: channelsIn(rendition, options.numberOfChannels),
          nextSequenceNumber: options.resume[rendition] ?? Math.floor(options.startAt / partSamples(rendition)),
          onPart: (part) => programme.#release(part),
          onChunk: (chunk) => programme.#publish(() => options.publishChunk?.(chunk)),
        }),
      ),
    );
    for (const track of programme.#tracks) programme.#fill(track);
    return programme;
  }

  /** Codec blocks taken and not yet encoded, the deepest queue of all renditions. Blocks of about 20 ms. */
  get queueDepth(): number {
    return Math.max(...this.#tracks.map((track) => track.queueDepth));
  }

  /** Codec blocks that went out as silence because an encoder was overloaded or broke, all renditions. */
  get blocksLost(): number {
    return this.#tracks.reduce((total, track) => total + track.blocksLost, 0);
  }

  /** Takes one frame; frames follow each other without a hole. @hot */
  push(frame: AudioFrame): void {
    const [left, right] = frame.channels;
    if (left !== undefined && right !== undefined) this.#sumUp(left, right);
    for (const track of this.#tracks) track.push(right !== undefined && channelsIn(track.rendition, 2) === 1 ? this.#sum : frame.channels);
    this.#position = samples(frame.timestamp + FRAME_SAMPLES);
    this.#pushed = true;
  }

  /** Both channels as one, as loud. @hot */
  #sumUp(left: Float32Array, right: Float32Array): void {
    const sum = this.#sum[0] as Float32Array;
    for (let index = 0; index < FRAME_SAMPLES; index++) sum[index] = ((left[index] as number) + (right[index] as number)) * Math.SQRT1_2;
  }

  /** Publishes everything taken so far, the last parts marked `last`. Resolves when the archive has them too. */
  async end(): Promise<{ readonly durationSamples: Samples }> {
    const kept = this.#recordedBefore;
    if (kept > 0 && this.#options.startAt === 0 && !this.#pushed) return { durationSamples: kept };
    await Promise.all(this.#tracks.map((track) => track.end()));
    await Promise.all(this.#chains.values());
    return { durationSamples: this.#position };
  }

  /** Length of what the archive holds from an earlier run, in whole frames: an event killed between its end and its last byte has nothing to add. */
  get #recordedBefore(): Samples {
    const recorded = this.#options.archive?.recordedSamples.opus ?? 0;
    return samples(Math.max(0, Math.floor((recorded - GRIDS.opus.primingSamples) / FRAME_SAMPLES) * FRAME_SAMPLES));
  }

  async close(): Promise<void> {
    await Promise.all(this.#chains.values());
    await Promise.all(this.#tracks.map((track) => track.close()));
  }

  /** Publishes the silence that stands for a hole; what is live waits behind it. */
  #fill(track: Track): void {
    const filling = async () => {
      for (const part of track.hole()) {
        await this.#keep(part);
        this.partsMade++;
        this.#publish(() => this.#options.publish(part));
      }
    };
    this.#chains.set(track.rendition, filling().catch(this.#options.onFault));
  }

  /** Keeps, then publishes, in order. */
  #release(part: Part): void {
    const before = this.#chains.get(part.rendition) ?? Promise.resolve();
    this.#chains.set(
      part.rendition,
      before.then(async () => {
        await this.#keep(part);
        this.partsMade++;
        this.#publish(() => this.#options.publish(part));
      }),
    );
  }

  #publish(publish: () => void): void {
    try {
      publish();
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  async #keep(part: Part): Promise<void> {
    const { archive, clock, onFault } = this.#options;
    if (archive === undefined) return;
    const kept = archive.append(part).then(
      () => {
        this.#refused.delete(part.rendition);
        return true;
      },
      (error: unknown) => {
        if (this.#refused.size === 0) onFault(error);
        this.#refused.add(part.rendition);
        return false;
      },
    );
    if (part.filler && archive.queueDepth < FILL_AHEAD_PARTS) return;
    const waiting = new AbortController();
    const late = clock.sleep(ARCHIVE_WAIT_MS, waiting.signal).then(
      () => false,
      () => false,
    );
    if (!(await Promise.race([kept, late]))) this.partsNotKeptInTime++;
    waiting.abort();
  }
}
