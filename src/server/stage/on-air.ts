import type { Clock } from "../../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, type Samples, samples } from "../../core/units.ts";
import {
  type Archive,
  type ArchiveChapter,
  type Chunk,
  openArchive,
  type Part,
  Programme,
  partSamples,
  RENDITIONS,
  type RenditionId,
} from "../../programme/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { LevelHistory, type Told } from "./level-history.ts";

/** Silence sent ahead of a resumed programme that has no archive to continue from. Seconds; covers the time the stage was away for fronts that stayed. */
const RESUME_FILL_SECONDS = 12;

/** What the programme side of a stage process needs. */
export interface OnAirOptions {
  readonly eventId: string;
  readonly epoch: number;
  /** Folder of the archive; undefined for the Sound check, which keeps none. */
  readonly archiveFolder: string | undefined;
  /** 1 or 2; an archive that was begun keeps what it has. */
  readonly numberOfChannels: number;
  /** Wall-clock time of sample 0 when the event is already live; undefined when it has yet to go live. */
  readonly originUnixMs: number | undefined;
  readonly publish: (part: Part) => void;
  readonly publishChunk: (chunk: Chunk) => void;
  readonly state: () => LiveState;
  /** What listeners are told beside who is on stage. */
  readonly told: Told;
  readonly onFault: (error: unknown) => void;
  readonly clock: Clock;
  /** What encoders with much to load wait for first. Absent: nothing. */
  readonly makeWay?: Promise<unknown>;
}

/** Programme, archive and levels of one event: everything between the mix and the part bus. */
export class OnAir {
  readonly programme: Programme;
  readonly levels: LevelHistory;
  readonly #archive: Archive | undefined;
  readonly #state: () => LiveState;
  /** Position of the next frame. Samples since going live. */
  #position: Samples;

  /** Where the archive of an earlier run ended; sound between it and the first frame is lost. Samples since going live. */
  readonly resumedAt: Samples;

  private constructor(programme: Programme, archive: Archive | undefined, levels: LevelHistory, state: () => LiveState, startAt: Samples, resumedAt: Samples) {
    this.resumedAt = resumedAt;
    this.programme = programme;
    this.#archive = archive;
    this.levels = levels;
    this.#state = state;
    this.#position = startAt;
  }

  /** Opens (and mends) the archive and warms the encoders up, so that going live costs no time. */
  static async open(options: OnAirOptions): Promise<OnAir> {
    const { eventId, epoch, clock } = options;
    const archive =
      options.archiveFolder === undefined ? undefined : await openArchive({ folder: options.archiveFolder, numberOfChannels: options.numberOfChannels });
    const startAt = options.originUnixMs === undefined ? samples(0) : positionAt(clock.wallMs() - options.originUnixMs);
    const resume = Object.fromEntries(
      RENDITIONS.map((rendition) => [rendition, archive?.nextSequenceNumber[rendition] ?? resumeWithoutArchive(rendition, startAt)]),
    ) as Readonly<Record<RenditionId, number>>;
    const recorded = samples(Math.min(startAt, archive?.recordedSamples.opus ?? startAt));
    const levels = new LevelHistory(options.told);
    const programme = await Programme.open({
      eventId,
      epoch,
      startAt,
      resume,
      numberOfChannels: options.numberOfChannels,
      ...(archive === undefined ? {} : { archive }),
      publish: options.publish,
      publishChunk: options.publishChunk,
      metadata: (slot) => levels.metadata(slot, options.state()),
      clock,
      onFault: options.onFault,
      ...(options.makeWay === undefined ? {} : { makeWay: options.makeWay }),
    });
    return new OnAir(programme, archive, levels, options.state, startAt, recorded);
  }

  /** Position of the next frame. Samples since going live. */
  get position(): Samples {
    return this.#position;
  }

  /** Takes one mixed frame. @hot */
  push(channels: readonly Float32Array[], levelOf: (seatId: string) => number): void {
    this.levels.note(this.#position, this.#state(), levelOf);
    this.programme.push({ timestamp: this.#position, channels });
    this.#position = samples(this.#position + FRAME_SAMPLES);
  }

  /** Publishes the last parts and completes the archive: when it resolves, the replay is there. */
  async end(tags: {
    readonly title: string;
    readonly startUnixMs: number;
    readonly chapters: readonly ArchiveChapter[];
    readonly picture?: Uint8Array;
  }): Promise<Samples> {
    const { durationSamples } = await this.programme.end();
    const { startUnixMs, ...rest } = tags;
    await this.#archive?.finish({ durationSamples, ...rest, date: new Date(startUnixMs).toISOString() });
    return durationSamples;
  }

  /** Parts waiting for the disk. */
  get archiveQueueDepth(): number {
    return this.#archive?.queueDepth ?? 0;
  }

  /** Parts the disk never took. */
  get archivePartsLost(): number {
    return this.#archive?.partsLost ?? 0;
  }

  async close(): Promise<void> {
    await this.programme.close();
    await this.#archive?.close();
  }
}

/** The programme position of an instant, rounded up to a whole stage frame. */
function positionAt(sinceOriginMs: number): Samples {
  return samples(Math.max(0, Math.ceil((sinceOriginMs * SAMPLE_RATE) / 1000 / FRAME_SAMPLES)) * FRAME_SAMPLES);
}

function resumeWithoutArchive(rendition: RenditionId, startAt: Samples): number {
  return Math.max(0, Math.floor((startAt - RESUME_FILL_SECONDS * SAMPLE_RATE) / partSamples(rendition)));
}
