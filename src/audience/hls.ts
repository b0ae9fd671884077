import { gzipSync } from "node:zlib";
import { EarshotError } from "../core/errors.ts";
import {
  CMAF_RENDITIONS,
  type CmafRendition,
  concatBytes,
  GRIDS,
  renderMediaPlaylist,
  renderMultivariantPlaylist,
  type RenditionId,
  type RenditionReport,
  segmentOf,
  segmentSeconds,
  TARGET_DURATION,
  type Variant,
} from "../programme/mod.ts";
import { type Answer, TYPES } from "./answer.ts";
import { languageFolder, type Programmes, renditionsOf } from "./languages.ts";
import type { PartStore } from "./part-store.ts";

/** Longest a blocking request waits. Milliseconds; three target durations. @spec RFC 8216bis §6.2.5.2 */
const BLOCK_LIMIT_MS = 3 * TARGET_DURATION * 1000;
/** How many segments ahead of the newest may be asked for. @spec RFC 8216bis §6.2.5.2 */
const MAX_SEGMENTS_AHEAD = 2;
/** How many parts ahead of the newest may be asked for. @spec RFC 8216bis §6.2.5.2: three when parts are half a second */
const MAX_PARTS_AHEAD = 6;
/** What is asked of the list for those who want little data: the rendition with half of it, and for players that know no Opus the one they know. */
const THRIFTY_SCORES: Partial<Record<CmafRendition, number>> = { low: 2, aac: 1 };
/** Seconds a blocked playlist and an unblocked one may be kept. @spec RFC 8216bis appendix B.1 */
const BLOCKED_MAX_AGE = 6 * TARGET_DURATION;
const UNBLOCKED_MAX_AGE = TARGET_DURATION / 2;
/** The same of media. Seconds; longer than the draft asks, because it never changes and is gone back to (decision 31). */
const MEDIA_MAX_AGE = 3600;

/** Finds a segment that is no longer in memory. */
export type FindOlder = (rendition: CmafRendition, segment: number) => Promise<Answer | undefined>;

/** What a multivariant playlist for those who want little data is called, before the name of the usual one. */
const THRIFTY_PREFIX = "low-";
const MULTIVARIANT = /^(?:low-)?(?:index|plain)\.m3u8$/;
/** Lists of one rendition, which players ask for again and again. */
const MEDIA_LIST = /^(?:opus|aac|low)\/(?:index|plain|dvr)\.m3u8$/;
/** Lists that a list names, by the end of their addresses. */
const NAMED_LISTS = /\.m3u8(?=["\n]|$)/g;

/** Whether a path below an event is a list that a player goes on with. */
export function isMediaList(path: string): boolean {
  return MEDIA_LIST.test(path);
}

/** A list that a player begins with, for one listener alone: the lists it names carry what shows that the listener was let in. */
export function signedList(answer: Answer, pass: string): Answer {
  const body = (typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body)).replace(NAMED_LISTS, `.m3u8?ticket=${pass}`);
  return { status: answer.status, type: answer.type, body, maxAge: 0 };
}

/** Whether a path is a multivariant playlist: where a player begins. */
export function isMultivariant(path: string): boolean {
  return MULTIVARIANT.test(path);
}

/** The same list for somebody who is to have little data. */
export function thriftyPath(path: string): string {
  return path.startsWith(THRIFTY_PREFIX) ? path : THRIFTY_PREFIX + path;
}

/** A request for something below `/live/<slug>/`. */
export interface HlsRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly acceptsGzip: boolean;
  readonly signal: AbortSignal;
}

interface Rendered {
  readonly plain: string;
  /** Made when the first one asks for it; in this thread, because a trip to another costs those who wait more than the work. */
  gzip: Uint8Array | undefined;
}

/** Serves one event's HLS from its part store: each playlist is rendered and compressed once per part, for everyone. */
export class HlsOrigin {
  readonly #store: PartStore;
  readonly #programmes: Programmes;
  readonly #rendered = new Map<string, { readonly version: string; readonly value: Rendered }>();
  readonly #segments = new Map<string, Uint8Array>();
  readonly #older: FindOlder;
  /** Requests held back until their part is there. */
  waiting = 0;

  /** `programmes`: all of the event, the floor first; without them there is only this one. `older` is asked for segments from before the window; absent: there are none. */
  constructor(store: PartStore, programmes: Programmes = () => [{ language: undefined, store }], older: FindOlder = () => Promise.resolve(undefined)) {
    this.#store = store;
    this.#programmes = programmes;
    this.#older = older;
  }

  /** Answers, or undefined when the path is none of HLS'. @throws `event-not-live`, `bad-request`, `not-found`, `stage-starting`. */
  async answer(request: HlsRequest): Promise<Answer | undefined> {
    if (isMultivariant(request.path)) return this.#multivariant(request);
    const match = /^(opus|aac|low)\/(?:(index\.m3u8|plain\.m3u8|header\.mp4)|(part|segment|stream)-(\d{1,12})\.m4s)$/.exec(request.path);
    if (match === null) return undefined;
    const rendition = match[1] as CmafRendition;
    if (match[2] === "header.mp4") return { status: 200, type: TYPES.mp4, body: this.#store.header(rendition), maxAge: MEDIA_MAX_AGE };
    if (match[2] !== undefined) return await this.#mediaPlaylist(rendition, match[2] === "index.m3u8", request);
    const number = Number(match[4]);
    return match[3] === "part" ? await this.#part(rendition, number, request.signal) : await this.#segment(rendition, number);
  }

  #multivariant({ path, acceptsGzip }: HlsRequest): Answer {
    this.#requireLive("aac");
    const thrifty = path.startsWith(THRIFTY_PREFIX);
    const playlist = path.endsWith("index.m3u8") ? "index.m3u8" : "plain.m3u8";
    // One that an earlier version began may have fewer.
    const listed = CMAF_RENDITIONS.filter((rendition) => this.#store.newest(rendition) >= 0 && (!thrifty || THRIFTY_SCORES[rendition] !== undefined));
    // An interpretation's own list offers nothing else: whoever asks for it has chosen.
    const programmes = this.#programmes().filter(({ store }) => this.#isFloor && store.window("aac") !== undefined);
    const choice = programmes.length > 1;
    const render = () => {
      const variants = listed.map((rendition): Variant => {
        const rates = (choice ? programmes.map(({ store }) => store) : [this.#store]).map((store) => bitratesOf(store, rendition));
        const peakBitrate = Math.max(...rates.map((rate) => rate.peakBitrate));
        const averageBitrate = Math.max(...rates.map((rate) => rate.averageBitrate));
        const score = thrifty ? THRIFTY_SCORES[rendition] : undefined;
        return {
          codecs: this.#store.codecs(rendition),
          uri: `${rendition}/${playlist}`,
          peakBitrate,
          averageBitrate,
          ...(choice ? { audio: rendition } : {}),
          ...(score === undefined ? {} : { score }),
        };
      });
      const languages = choice ? listed.flatMap((rendition) => renditionsOf(this.#store.live, rendition, programmes, playlist)) : [];
      return renderMultivariantPlaylist(variants, languages);
    };
    return this.#playlist(
      `multivariant/${path}`,
      `${Math.floor(this.#store.newest("aac") / 16)} ${listed.join()} ${programmes.map(({ language }) => language).join()}`,
      render,
      acceptsGzip,
      UNBLOCKED_MAX_AGE,
    );
  }

  get #isFloor(): boolean {
    return this.#own === undefined;
  }

  get #own(): string | undefined {
    return this.#programmes().find(({ store }) => store === this.#store)?.language;
  }

  /** How far every other media playlist of the event is. @spec RFC 8216bis §4.4.5.4 */
  #reports(rendition: RenditionId): RenditionReport[] {
    const own = this.#own;
    return this.#programmes().flatMap(({ language, store }) =>
      CMAF_RENDITIONS.filter((other) => store.newest(other) >= 0 && (store !== this.#store || other !== rendition)).map((other) => ({
        rendition: other,
        folder: `${languageFolder(own, language)}${other}`,
        lastPart: store.newest(other),
      })),
    );
  }

  async #mediaPlaylist(rendition: CmafRendition, lowLatency: boolean, { query, acceptsGzip, signal }: HlsRequest): Promise<Answer> {
    this.#requireLive(rendition);
    const wanted = lowLatency ? this.#wantedPart(rendition, query) : undefined;
    if (wanted !== undefined && wanted > this.#store.newest(rendition) && !this.#store.over(rendition)) {
      await this.#hold(rendition, wanted, signal);
      if (this.#store.newest(rendition) < wanted && !this.#store.over(rendition))
        throw new EarshotError("stage-starting", { waited_seconds: BLOCK_LIMIT_MS / 1000 });
    }
    const window = await this.#windowWithSegment(rendition, signal);
    if (window === undefined) throw new EarshotError("event-not-live");
    const skip = query.get("_HLS_skip") === "YES" || query.get("_HLS_skip") === "v2";
    const render = () =>
      renderMediaPlaylist(window, {
        lowLatency,
        skip,
        reports: this.#reports(rendition),
      });
    const maxAge = wanted === undefined ? UNBLOCKED_MAX_AGE : BLOCKED_MAX_AGE;
    return this.#playlist(`${rendition}/${lowLatency}/${skip}`, `${window.firstPart}-${window.lastPart}-${window.ended}`, render, acceptsGzip, maxAge);
  }

  /** A list without a whole segment is an error to players (hls.js: `levelEmptyError`), also where it has parts: the first one is waited for. */
  async #windowWithSegment(rendition: RenditionId, signal: AbortSignal) {
    const first = this.#store.window(rendition)?.firstPart ?? 0;
    const { partsPerSegment } = GRIDS[rendition];
    const lastOfFirst = (Math.ceil(first / partsPerSegment) + 1) * partsPerSegment - 1;
    if (this.#store.newest(rendition) < lastOfFirst && !this.#store.over(rendition)) await this.#hold(rendition, lastOfFirst, signal);
    return this.#store.window(rendition);
  }

  /** The part a blocking request waits for. @throws `bad-request` when the directives break their rules. */
  #wantedPart(rendition: RenditionId, query: URLSearchParams): number | undefined {
    const msn = query.get("_HLS_msn");
    const part = query.get("_HLS_part");
    if (msn === null) {
      if (part !== null) throw new EarshotError("bad-request", { rule: "_HLS_part needs _HLS_msn", value: part });
      return undefined;
    }
    if (this.#store.over(rendition)) return undefined;
    if (!/^\d{1,12}$/.test(msn) || (part !== null && !/^\d{1,6}$/.test(part)))
      throw new EarshotError("bad-request", { rule: "whole numbers", value: `${msn} ${part ?? ""}` });
    const { partsPerSegment } = GRIDS[rendition];
    const newest = this.#store.newest(rendition);
    const wanted = Number(msn) * partsPerSegment + (part === null ? partsPerSegment - 1 : Math.min(Number(part), partsPerSegment));
    const tooFar = Number(msn) > segmentOf(rendition, newest) + MAX_SEGMENTS_AHEAD || (part !== null && wanted > newest + MAX_PARTS_AHEAD);
    if (tooFar)
      throw new EarshotError("bad-request", {
        rule: "at most two segments ahead",
        value: `${msn}.${part ?? "end"}`,
        newest: `${segmentOf(rendition, newest)}.${newest % partsPerSegment}`,
      });
    return wanted;
  }

  /** A part; the one after the newest (the preload hint) is waited for. */
  async #part(rendition: RenditionId, number: number, signal: AbortSignal): Promise<Answer> {
    const newest = this.#store.newest(rendition);
    const part = number === newest + 1 && newest >= 0 ? await this.#hold(rendition, number, signal) : this.#store.get(rendition, number);
    if (part?.sequenceNumber !== number) throw new EarshotError("not-found", { part: number });
    return { status: 200, type: TYPES.mp4, body: part.data, maxAge: MEDIA_MAX_AGE, immutable: true };
  }

  async #segment(rendition: CmafRendition, number: number): Promise<Answer> {
    const key = `${rendition}/${number}`;
    let body = this.#segments.get(key);
    if (body === undefined) {
      const { partsPerSegment } = GRIDS[rendition];
      const first = number * partsPerSegment;
      const complete = this.#store.newest(rendition) >= first + partsPerSegment - 1 || this.#store.complete(rendition);
      const parts = Array.from({ length: partsPerSegment }, (_, index) => this.#store.get(rendition, first + index)).filter((part) => part !== undefined);
      if (!complete || parts[0]?.sequenceNumber !== first) {
        const older = first <= this.#store.newest(rendition) ? await this.#older(rendition, number) : undefined;
        if (older === undefined) throw new EarshotError("not-found", { segment: number });
        return older;
      }
      body = concatBytes(parts.map((part) => part.data));
      this.#segments.set(key, body);
      // As many segments as playlists can list, and no more.
      if (this.#segments.size > 90) this.#segments.delete(this.#segments.keys().next().value as string);
    }
    return { status: 200, type: TYPES.mp4, body, maxAge: MEDIA_MAX_AGE, immutable: true };
  }

  async #hold(rendition: RenditionId, number: number, signal: AbortSignal) {
    this.waiting++;
    try {
      return await this.#store.waitFor(rendition, number, BLOCK_LIMIT_MS, signal);
    } finally {
      this.waiting--;
    }
  }

  #playlist(key: string, version: string, render: () => string, acceptsGzip: boolean, maxAge: number): Answer {
    let entry = this.#rendered.get(key);
    if (entry?.version !== version) {
      const plain = render();
      entry = { version, value: { plain, gzip: undefined } };
      this.#rendered.set(key, entry);
    }
    const { value } = entry;
    if (acceptsGzip) value.gzip ??= gzipSync(value.plain);
    return value.gzip !== undefined && acceptsGzip
      ? { status: 200, type: TYPES.playlist, body: value.gzip, gzip: true, maxAge }
      : { status: 200, type: TYPES.playlist, body: value.plain, gzip: false, maxAge };
  }

  #requireLive(rendition: RenditionId): void {
    if (this.#store.window(rendition) === undefined) throw new EarshotError("event-not-live");
  }
}

/** Bit rates of a rendition: measured over the parts in memory; what the encoder was asked for while there are too few. */
function bitratesOf(store: PartStore, rendition: RenditionId): { readonly peakBitrate: number; readonly averageBitrate: number } {
  const parts = store.latest(rendition, 60);
  const seconds = segmentSeconds(rendition);
  const perSegment = new Map<number, number>();
  for (const part of parts) {
    const segment = segmentOf(rendition, part.sequenceNumber);
    perSegment.set(segment, (perSegment.get(segment) ?? 0) + part.data.length * 8);
  }
  const rates = [...perSegment.values()].map((bits) => bits / seconds);
  const asked = GRIDS[rendition].bitrate;
  const measured = rates.length < 3 ? asked * 1.15 : Math.max(...rates);
  return {
    peakBitrate: Math.max(measured, asked * 0.5) * 1.1,
    averageBitrate: rates.length < 3 ? asked * 1.1 : (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * 1.05,
  };
}
