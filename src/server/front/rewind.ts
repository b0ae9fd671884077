import { gzipSync } from "node:zlib";
import { type Answer, TYPES } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import {
  CMAF_RENDITIONS,
  type CmafRendition,
  codecsOf,
  readArchiveEnd,
  renderEventPlaylist,
  renderMultivariantPlaylist,
  type Variant,
} from "../../programme/mod.ts";
import { eventFiles, languageArchive } from "../stage/event-files.ts";
import { ArchiveIndexFollower } from "./archive-index-follower.ts";

/** How long anyone may keep a list that grows. Seconds; a segment comes every four. */
const LIST_MAX_AGE = 2;
/** How long anyone may keep sound that never changes. Seconds. */
export const MEDIA_MAX_AGE = 3_600;
/** Segments whose bit rate is told. About seven minutes; the encoders keep to one. */
const RATED_SEGMENTS = 100;
/** Programmes followed at a time. Whoever asks for the dvr list of an event that is long over opens one. */
const MAX_FOLLOWED = 50;

/** What a rewind is made of. */
export interface RewindOptions {
  readonly dataFolder: string;
  readonly clock: Clock;
  /** Throws when the recording was taken away. */
  readonly requireKept: (eventId: string) => Promise<void>;
}

interface Followed {
  readonly folder: string;
  readonly indexes: Readonly<Record<CmafRendition, ArchiveIndexFollower>>;
  readonly lists: Map<string, { readonly version: string; readonly plain: string; gzip: Uint8Array | undefined }>;
}

/** A programme of an event: the floor, or its interpretation into a language (BCP 47). */
export interface PastProgramme {
  readonly eventId: string;
  readonly language: string | undefined;
}

/** A question about an event's past. `path` is below the programme. */
export interface RewindRequest extends PastProgramme {
  readonly path: string;
  readonly originUnixMs: number | undefined;
  readonly acceptsGzip: boolean;
}

/**
 * The event from its start while it is on air: lists and segments out of the archive that the stage writes on this machine.
 * Segments have the addresses they had on air, so that a cache that kept them then gives them out now.
 */
export class Rewind {
  readonly #options: RewindOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: RewindOptions) {
    this.#options = options;
  }

  /** Whether there is anything to go back to here: not before the first segment, not where the stage's disk is another machine's. */
  async offered(eventId: string): Promise<boolean> {
    return (await this.#follow({ eventId, language: undefined }).indexes.aac.segments()).length > 0;
  }

  /** A segment that is no longer in memory, or undefined when the disk has none. @throws `recording-deleted` */
  async segment(programme: PastProgramme, rendition: CmafRendition, number: number): Promise<Answer | undefined> {
    await this.#options.requireKept(programme.eventId);
    const body = await this.#follow(programme).indexes[rendition].segment(number);
    return body === undefined ? undefined : { status: 200, type: TYPES.mp4, body, maxAge: MEDIA_MAX_AGE, immutable: true, fleeting: true };
  }

  /** Answers what lies on disk; undefined when the path is none of it. @throws `recording-deleted`, `not-found` */
  async answer({ eventId, language, path, originUnixMs, acceptsGzip }: RewindRequest): Promise<Answer | undefined> {
    const match = /^(?:(opus|aac|low)\/)?(?:(dvr\.m3u8)|(header\.mp4)|segment-(\d{1,12})\.m4s)$/.exec(path);
    if (match === null) return undefined;
    const [, rendition, list, header, number] = match as unknown as [string, CmafRendition | undefined, string?, string?, string?];
    await this.#options.requireKept(eventId);
    const { folder, indexes, lists } = this.#follow({ eventId, language });
    if (rendition === undefined) return list === undefined ? undefined : await this.#multivariant(indexes);
    if (number !== undefined) return await this.segment({ eventId, language }, rendition, Number(number));
    if (header !== undefined) {
      const body = await indexes[rendition].header();
      return body === undefined ? undefined : { status: 200, type: TYPES.mp4, body, maxAge: MEDIA_MAX_AGE };
    }
    const segments = await indexes[rendition].segments();
    if (segments.length === 0) throw new EarshotError("not-found", { path, rule: "nothing to go back to here" });
    const ended = (await readArchiveEnd(folder)) !== undefined;
    const version = `${segments.length} ${ended}`;
    let kept = lists.get(rendition);
    if (kept?.version !== version) {
      kept = { version, plain: renderEventPlaylist({ rendition, segments, originUnixMs, ended }), gzip: undefined };
      lists.set(rendition, kept);
    }
    if (acceptsGzip) kept.gzip ??= gzipSync(kept.plain);
    const gzip = acceptsGzip && kept.gzip !== undefined;
    return { status: 200, type: TYPES.playlist, body: gzip ? (kept.gzip as Uint8Array) : kept.plain, gzip, maxAge: ended ? MEDIA_MAX_AGE : LIST_MAX_AGE };
  }

  async #multivariant(indexes: Followed["indexes"]): Promise<Answer> {
    const variants: Variant[] = [];
    for (const rendition of CMAF_RENDITIONS) {
      const rates = (await indexes[rendition].segments()).slice(-RATED_SEGMENTS).map(({ length, duration }) => (length * 8 * 48_000) / Math.max(1, duration));
      if (rates.length === 0) continue;
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      const peak = rates.reduce((most, rate) => Math.max(most, rate), 0);
      variants.push({ codecs: codecsOf(rendition), uri: `${rendition}/dvr.m3u8`, peakBitrate: peak, averageBitrate: mean });
    }
    if (variants.length === 0) throw new EarshotError("not-found", { path: "dvr.m3u8", rule: "nothing to go back to here" });
    return { status: 200, type: TYPES.playlist, body: renderMultivariantPlaylist(variants), maxAge: LIST_MAX_AGE };
  }

  #follow({ eventId, language }: PastProgramme): Followed {
    const key = `${eventId} ${language ?? ""}`;
    let followed = this.#followed.get(key);
    if (followed === undefined) {
      const { archive } = eventFiles(this.#options.dataFolder, eventId);
      const folder = language === undefined ? archive : languageArchive(archive, language);
      const index = (rendition: CmafRendition) => new ArchiveIndexFollower(folder, rendition, this.#options.clock);
      followed = { folder, indexes: { opus: index("opus"), aac: index("aac"), low: index("low") }, lists: new Map() };
      this.#followed.set(key, followed);
      if (this.#followed.size > MAX_FOLLOWED) this.#followed.delete(this.#followed.keys().next().value as string);
    }
    return followed;
  }
}
