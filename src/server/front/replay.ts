import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { EarshotError } from "../../core/errors.ts";
import { type Answer, floorName, languagePath, TYPES } from "../../audience/mod.ts";
import {
  type ArchivedSegment,
  type ArchiveEnd,
  type AudioRendition,
  archiveFileName,
  channelsOfHeader,
  CMAF_RENDITIONS,
  type CmafRendition,
  codecsOf,
  GRIDS,
  LOSSLESS_FILE,
  type OggOfArchive,
  readArchiveEnd,
  readArchiveIndex,
  readAsOgg,
  type RenditionId,
  renderMultivariantPlaylist,
  renderReplayPlaylist,
  type Variant,
} from "../../programme/mod.ts";
import { languageName } from "../../wire/language.ts";
import type { LiveState, PublicEvent } from "../../wire/public-state.ts";
import { hasLossless } from "../adapters/lossless-file.ts";
import { languageArchive } from "../stage/event-files.ts";
import { readByteRange } from "./byte-range.ts";
import type { SoundFile, SoundFiles } from "./sound-files.ts";

/** What can be asked of an ended event below `/e/<slug>/`. */
export interface ReplayRequest {
  readonly event: PublicEvent;
  readonly state: LiveState | undefined;
  readonly path: string;
  /** `?lang=<tag>` says which language a recording is wanted in; the floor for whoever says nothing, or names one nobody interpreted into. */
  readonly query: URLSearchParams;
  readonly archiveFolder: string;
}

/** Which encoding a recording is made of, by the end of its name. */
const KINDS: Readonly<Record<string, RenditionId>> = { mp3: "mp3", m4a: "aac", opus: "opus", "low.opus": "low" };

/** Replay and recordings: the archive's own files, nothing made again. */
export class Replay {
  readonly #sounds: SoundFiles;

  constructor(sounds: SoundFiles) {
    this.#sounds = sounds;
  }

  /** Answers paths of the replay; undefined when the path is none of them. @throws `replay-not-ready` before the end. */
  async answer({ path, archiveFolder, state }: ReplayRequest): Promise<Answer | undefined> {
    const playlist = /^archive\/(?:lang\/([\w-]{2,35})\/)?(opus|aac|low)\.m3u8$/.exec(path);
    if (path !== "replay.m3u8" && playlist === null) return undefined;
    const end = await requireEnd(archiveFolder);
    const rendition = playlist?.[2] as CmafRendition | undefined;
    if (rendition !== undefined) {
      const folder = folderOf(archiveFolder, state, playlist?.[1]);
      requireRendition(await requireEnd(folder), rendition);
      const segments = await readIndex(folder, rendition);
      const originUnixMs = state?.originUnixMs;
      const body = renderReplayPlaylist({ segments, fileUri: `${rendition}.mp4`, headerLength: segments[0]?.offset ?? 0, originUnixMs });
      return { status: 200, type: TYPES.playlist, body, maxAge: 60 };
    }
    const renditions = CMAF_RENDITIONS.filter((each) => end.bytes[each] !== undefined);
    const languages = await keptLanguages(archiveFolder, state, renditions);
    const variants = await Promise.all(
      renditions.map(async (each): Promise<Variant> => {
        const rates = (await readIndex(archiveFolder, each)).map((segment) => (segment.length * 8 * 48_000) / segment.duration);
        const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
        return {
          codecs: codecsOf(each),
          uri: `archive/${each}.m3u8`,
          peakBitrate: Math.max(mean, ...rates),
          averageBitrate: mean,
          ...(languages.length > 0 ? { audio: each } : {}),
        };
      }),
    );
    return { status: 200, type: TYPES.playlist, body: renderMultivariantPlaylist(variants, languages), maxAge: 60 };
  }

  /** Sends a recording or archive file, whole or in part; false when the path is none. */
  async sendFile(request: IncomingMessage, response: ServerResponse, { path, query, archiveFolder, event, state }: ReplayRequest): Promise<boolean> {
    const archive = /^archive\/(?:lang\/([\w-]{2,35})\/)?(opus|aac|low)\.mp4$/.exec(path);
    const recording = /^recording\.(mp3|m4a|opus|low\.opus|flac)$/.exec(path);
    if (archive === null && recording === null) return false;
    const kind = recording?.[1];
    const folder = folderOf(archiveFolder, state, kind === undefined ? archive?.[1] : (query.get("lang") ?? undefined));
    const end = await requireEnd(folder);
    const { durationSamples } = end;
    const name = folder === archiveFolder ? event.slug : `${event.slug}.${query.get("lang") ?? ""}`;
    const lossless = kind === "flac";
    // What interpreters say is kept as they are heard, the floor alone without loss.
    if (lossless && (folder !== archiveFolder || !(await hasLossless(folder)))) throw new EarshotError("not-found", { path });
    const rendition = kind === undefined ? (archive?.[2] as RenditionId) : (KINDS[kind] ?? "mp3");
    requireRendition(end, rendition);
    await using file = await this.#sounds.open(event.id, join(folder, lossless ? LOSSLESS_FILE : archiveFileName(rendition)));
    if (kind !== undefined) response.setHeader("content-disposition", `inline; filename="${name}.${kind}"`);
    if (kind?.endsWith("opus") === true)
      await sendOgg(request, response, file, { segments: await readIndex(folder, rendition), title: event.title, durationSamples });
    else await sendRange(request, response, file, lossless ? "audio/flac" : rendition === "mp3" ? TYPES.mp3 : TYPES.mp4);
    return true;
  }
}

/** The archive of a language the event was interpreted into; that of the floor for every other. */
function folderOf(archiveFolder: string, state: LiveState | undefined, language: string | undefined): string {
  return language !== undefined && state?.interpretation?.into.includes(language) === true ? languageArchive(archiveFolder, language) : archiveFolder;
}

/** The languages a replay offers; none where there is only the floor. */
async function keptLanguages(archiveFolder: string, state: LiveState | undefined, renditions: readonly CmafRendition[]): Promise<AudioRendition[]> {
  const { floor = "", into = [] } = state?.interpretation ?? {};
  const ends = await Promise.all(into.map((language) => readArchiveEnd(languageArchive(archiveFolder, language))));
  const kept = into.filter((_, index) => ends[index] !== undefined);
  if (kept.length === 0) return [];
  return renditions.flatMap((group) => [
    { group, language: floor, name: floorName(floor) },
    ...kept.map((language) => ({ group, language, name: languageName(language), uri: `archive/${languagePath(language)}${group}.m3u8` })),
  ]);
}

async function requireEnd(archiveFolder: string): Promise<ArchiveEnd> {
  const end = await readArchiveEnd(archiveFolder);
  if (end === undefined) throw new EarshotError("replay-not-ready");
  return end;
}

/** Recordings of earlier versions have no `low`. @throws `not-found` */
function requireRendition(end: ArchiveEnd, rendition: RenditionId): void {
  if (end.bytes[rendition] === undefined) throw new EarshotError("not-found", { rendition });
}

async function readIndex(archiveFolder: string, rendition: RenditionId): Promise<ArchivedSegment[]> {
  return readArchiveIndex(await readFile(join(archiveFolder, `${rendition}.idx`), "utf8"));
}

/** A file as it is, whole or one range of it; who has it already is told so. @spec RFC 9110 §13, §14 */
async function sendRange(request: IncomingMessage, response: ServerResponse, file: SoundFile, type: string): Promise<void> {
  const { size, etag } = file;
  const headers = { "content-type": type, "accept-ranges": "bytes", etag, "cache-control": "public, max-age=3600" };
  const { "if-none-match": known, "if-range": unchanged } = request.headers;
  if (known?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*"))
    return void response.writeHead(304, { etag, "cache-control": headers["cache-control"] }).end();
  const range = unchanged === undefined || unchanged === etag ? readByteRange(request.headers.range, size) : undefined;
  if (range === "unsatisfiable") return void response.writeHead(416, { "content-range": `bytes */${size}`, "content-length": 0 }).end();
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const sendHead = () =>
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      "content-length": end - start + 1,
      ...(range === undefined ? {} : { "content-range": `bytes ${start}-${end}/${size}` }),
    });
  if (request.method === "HEAD") return void sendHead().end();
  // The first piece comes before the head: a store that is away is told in words, not by a body that breaks off.
  await file.read(start, 1);
  sendHead();
  // Broken off in the middle, the player asks for the rest.
  await pipeline(file.stream({ start, end }), response).catch(() => response.destroy());
}

/** The Opus packets of the archive as an Ogg file, made while it is sent; as long as the programme, to the sample. */
async function sendOgg(
  request: IncomingMessage,
  response: ServerResponse,
  file: SoundFile,
  ogg: Omit<OggOfArchive, "read" | "skip" | "numberOfChannels">,
): Promise<void> {
  const head = { "content-type": TYPES.ogg, "cache-control": "public, max-age=3600" };
  if (request.method === "HEAD") return void response.writeHead(200, head).end();
  // As with a range: a store that is away is told in words.
  const numberOfChannels = channelsOfHeader(await file.read(0, ogg.segments[0]?.offset ?? 0));
  response.writeHead(200, head);
  const pages = readAsOgg({ ...ogg, numberOfChannels, skip: GRIDS.opus.primingSamples, read: (offset, length) => file.read(offset, length) });
  await pipeline(pages, response).catch(() => response.destroy());
}
