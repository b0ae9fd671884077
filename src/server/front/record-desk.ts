import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Answer, TYPES } from "../../audience/mod.ts";
import { EarshotError } from "../../core/errors.ts";
import { type ArchivedSegment, archiveFileName, readArchiveEnd, readArchiveIndex } from "../../programme/mod.ts";
import {
  aacSpan,
  CARD,
  type ClipRange,
  cutM4a,
  drawCard,
  mp3Span,
  readClipRange,
  renderEventData,
  renderHead,
  replayPageOf,
  sharedDescription,
  sharedTitle,
  standingOf,
} from "../../record/mod.ts";
import { chapterList, peakRecord } from "../../wire/marks.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent, PublicState, SeriesRecord } from "../../wire/public-state.ts";
import type { ClipPageState, RecordingSettings, ReplayPage } from "../../wire/recording.ts";
import { talkRecord } from "../../wire/talk-record.ts";
import { hasCaptions } from "../adapters/caption-file.ts";
import { readJson } from "../adapters/durable-file.ts";
import { readGaps } from "../adapters/gap-record.ts";
import { hasLossless } from "../adapters/lossless-file.ts";
import { readRecordingSettings } from "../adapters/recording-settings.ts";
import { eventFiles } from "../stage/event-files.ts";
import { HouseDesk, type HouseDeskOptions } from "./house-desk.ts";
import { Memo } from "./memo.ts";
import { pack } from "./pack.ts";
import type { SoundFile } from "./sound-files.ts";

/** Side of the square picture podcast directories ask for. Pixels. */
const SQUARE = 1_400;
/** How long an answer made of files is used again. Milliseconds; a flood asks once a second. */
const MEMO_MS = 1_000;
/** The same for pictures. Milliseconds; drawing one takes a tenth of a second, which a front must not spend on everyone who asks. */
const CARD_MEMO_MS = 60_000;
/** Seconds anyone may keep an answer: one that a change of settings alters, and one that never changes. */
const SHORT_AGE = 10;
const LONG_AGE = 86_400;

/** A page of the web bundle, to be rendered by the front. */
export interface PageAnswer {
  readonly page: "clip.html" | "embed.html";
  readonly texts: { readonly title: string; readonly description: string };
  readonly state: unknown;
  /** For programs that make previews; goes into the `<head>` as it is. */
  readonly head: string;
  /** Whether other people's pages may show it in a frame. */
  readonly framed: boolean;
}

/** A request below an event's address. */
export interface RecordRequest {
  readonly event: PublicEvent;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly acceptsGzip: boolean;
  readonly lang: "en" | "de";
}

/** Replay data, clips, pictures, feeds: everything that is made of a kept event and is the same for everybody. */
export class RecordDesk {
  readonly #options: HouseDeskOptions;
  readonly #house: HouseDesk;
  readonly #answers: Memo<Answer>;

  readonly #pages: Memo<ReplayPage>;
  readonly #settings: Memo<RecordingSettings>;
  readonly #kept: Memo<boolean>;

  constructor(options: HouseDeskOptions) {
    this.#options = options;
    this.#house = new HouseDesk(options);
    this.#answers = new Memo(options.clock);
    this.#pages = new Memo(options.clock);
    this.#settings = new Memo(options.clock);
    this.#kept = new Memo(options.clock);
  }

  /** Answers addresses of the whole house; undefined when it is none of them. @throws `event-unknown` for an oEmbed of nothing, `format-unknown` */
  async house(path: string, query: URLSearchParams, acceptsGzip: boolean): Promise<Answer | undefined> {
    return path === "/card.png"
      ? await this.#card("earshot", undefined, { square: query.has("square"), lang: "en" })
      : await this.#house.answer(path, query, acceptsGzip);
  }

  /** The podcast feed of a series. */
  seriesFeed(series: SeriesRecord, acceptsGzip: boolean): Promise<Answer> {
    return this.#house.seriesFeed(series, acceptsGzip);
  }

  /** Answers addresses below an event; undefined when it is none of the record's. @throws `replay-not-ready`, `recording-deleted`, `clips-off`, `not-found` */
  async event(asked: RecordRequest): Promise<Answer | PageAnswer | undefined> {
    const { event, path, query, acceptsGzip, lang } = asked;
    const { slug } = event;
    const files = eventFiles(this.#options.dataFolder, event.id);
    if (path === "replay.json") {
      return await this.#answers.get(`replay ${slug} ${acceptsGzip}`, MEMO_MS, async () => {
        const body = JSON.stringify(await this.#replayPage(event));
        return pack({ status: 200, type: TYPES.json, body, maxAge: SHORT_AGE }, acceptsGzip);
      });
    }
    if (path === "card.png") {
      const wanted = query.get("lang");
      return await this.#card(slug, event, { square: query.has("square"), lang: wanted === "de" || wanted === "en" ? wanted : lang });
    }
    if (path === "embed") return await this.#embed(event);
    const kept = {
      "peaks.json": [files.peaks, TYPES.json],
      "chapters.json": [files.chapters, "application/json+chapters"],
      "captions.vtt": [files.captions, TYPES.captions],
    }[path];
    if (kept !== undefined) {
      const [file = "", type = ""] = kept;
      await this.requireKept(event.id);
      const body = await readFile(file, "utf8").catch(() => undefined);
      if (body === undefined) throw new EarshotError("replay-not-ready", { slug });
      return pack({ status: 200, type, body, maxAge: SHORT_AGE }, acceptsGzip);
    }
    const clip = /^clip\/([\d.-]{1,20}?)(?:\.(mp3|m4a))?$/.exec(path);
    return clip === null ? undefined : await this.#clip(asked, clip[1] ?? "", clip[2] as "mp3" | "m4a" | undefined);
  }

  /** What the event's page says about itself to programs: texts for previews, which tell how it stands, and the rest of its `<head>`. */
  async shared(
    state: PublicState,
    lang: "en" | "de",
  ): Promise<{ readonly head: string; readonly shared: { readonly title: string; readonly description: string } }> {
    const { event, status } = state;
    const { slug, artwork, embed } = event;
    const { publicUrl } = this.#options;
    const path = paths.event(slug);
    const kept = status === "ended" && (await this.#isKept(event.id));
    const standing = standingOf(state, lang, kept);
    const shared = { title: sharedTitle(event, standing), description: sharedDescription(event, standing) };
    // Whoever keeps pictures keeps them by address: another state is another picture.
    const drawn = `${path}/card.png?lang=${lang}&v=${event.schedule?.sequence ?? 0}-${status}`;
    const image = artwork === undefined ? { path: drawn, type: "image/png", ...CARD } : { ...artwork, path: paths.picture(artwork.file) };
    const house = this.#options.houseName();
    const head = renderHead({
      publicUrl,
      house,
      path,
      ...shared,
      lang,
      image,
      audio: kept ? paths.recording(slug, "mp3") : undefined,
      oembed: embed === false ? undefined : path,
      data: event.permanent ? undefined : renderEventData({ publicUrl, house, event, status, image: image.path }),
    });
    return { head, shared };
  }

  /** Whether what was on air can be heard again. */
  #isKept(eventId: string): Promise<boolean> {
    return this.#kept.get(eventId, MEMO_MS, async () => {
      const end = await readArchiveEnd(eventFiles(this.#options.dataFolder, eventId).archive);
      return end !== undefined && (await this.#settingsOf(eventId)).deleted === undefined;
    });
  }

  #settingsOf(eventId: string): Promise<RecordingSettings> {
    return this.#settings.get(eventId, MEMO_MS, () => readRecordingSettings(this.#options.dataFolder, eventId));
  }

  /** What a series' page says about itself to programs. */
  seriesHead({ slug, title, description }: SeriesRecord, lang: "en" | "de"): string {
    const image = { path: "/card.png", type: "image/png", ...CARD };
    return renderHead({
      publicUrl: this.#options.publicUrl,
      path: paths.series(slug),
      title,
      description,
      lang,
      image,
      feed: { path: paths.seriesFeed(slug), title },
    });
  }

  /** @throws `recording-deleted` */
  async requireKept(eventId: string): Promise<void> {
    // Every piece of a replay passes here.
    const { deleted } = await this.#settingsOf(eventId);
    if (deleted !== undefined) throw new EarshotError("recording-deleted", { by: deleted.by, date: new Date(deleted.unixMs).toISOString() });
  }

  /** The replay page's data, read at most once a second however many clips are asked for. */
  #recentPage(event: PublicEvent): Promise<ReplayPage> {
    return this.#pages.get(event.id, MEMO_MS, () => this.#replayPage(event));
  }

  async #replayPage(event: PublicEvent): Promise<ReplayPage> {
    await this.requireKept(event.id);
    const files = eventFiles(this.#options.dataFolder, event.id);
    const end = await readArchiveEnd(files.archive);
    if (end === undefined) throw new EarshotError("replay-not-ready", { slug: event.slug });
    const state = await this.#options.states.of(event);
    return replayPageOf({
      settings: await readRecordingSettings(this.#options.dataFolder, event.id),
      recordingDays: this.#options.recordingDays,
      durationSamples: end.durationSamples,
      endedUnixMs: state.live?.endedUnixMs,
      peaks: peakRecord.safeParse(await readJson(files.peaks)).data,
      chapters: chapterList.safeParse(await readJson(files.chapters)).data,
      talk: talkRecord.safeParse(await readJson(files.talk)).data,
      lossless: await hasLossless(files.archive),
      low: end.bytes.low !== undefined,
      captions: await hasCaptions(files),
      gaps: await readGaps(files),
    });
  }

  async #clip({ event, lang, path }: RecordRequest, place: string, kind: "mp3" | "m4a" | undefined): Promise<Answer | PageAnswer> {
    const page = await this.#recentPage(event);
    if (!page.clips) throw new EarshotError("clips-off", { slug: event.slug });
    const range = readClipRange(place, page.durationSeconds);
    if (range === undefined) throw new EarshotError("not-found", { path: path.slice(0, 200), rule: "from-to in seconds, 1 to 60 s, within the recording" });
    const { slug, title } = event;
    if (kind !== undefined) {
      const rendition = kind === "mp3" ? "mp3" : "aac";
      const { archive } = eventFiles(this.#options.dataFolder, event.id);
      const index = await readFile(join(archive, `${rendition}.idx`), "utf8");
      await using file = await this.#options.sounds.open(event.id, join(archive, archiveFileName(rendition)));
      const body = await cutClip(file, readArchiveIndex(index), range, kind);
      return { status: 200, type: kind === "mp3" ? TYPES.mp3 : TYPES.mp4, body, maxAge: LONG_AGE, immutable: true };
    }
    const { from, to } = range;
    const chapter = page.chapters.findLast(({ startTime }) => startTime <= from)?.title ?? title;
    const own = paths.clip(slug, from, to);
    const head = {
      publicUrl: this.#options.publicUrl,
      house: this.#options.houseName(),
      path: own,
      title,
      description: chapter,
      lang,
      image: { path: `${paths.event(slug)}/card.png`, type: "image/png", ...CARD },
      audio: `${own}.mp3`,
    };
    return {
      page: "clip.html",
      texts: { title, description: `${chapter}: ${clock(from)} – ${clock(to)}` },
      state: { slug, title, from, to, chapter } satisfies ClipPageState,
      head: renderHead(head),
      framed: false,
    };
  }

  async #embed(event: PublicEvent): Promise<PageAnswer> {
    if (event.embed === false) throw new EarshotError("embed-off", { slug: event.slug });
    const { title, description } = event;
    return {
      page: "embed.html",
      texts: { title, description },
      state: await this.#options.states.of(event),
      head: '<meta name="robots" content="noindex">',
      framed: true,
    };
  }

  /** The square one stands for a podcast for years and says nothing of the day. */
  async #card(key: string, event: PublicEvent | undefined, { square, lang }: { readonly square: boolean; readonly lang: "en" | "de" }): Promise<Answer> {
    const kept = event !== undefined && (await this.#isKept(event.id));
    const standing = event === undefined || square ? undefined : standingOf(await this.#options.states.of(event), lang, kept);
    const lines = standing === undefined ? [] : [standing.first, standing.second];
    return await this.#answers.get(`card ${key} ${square} ${lines.join(" ")}`, CARD_MEMO_MS, async () => {
      const size = square ? { width: SQUARE, height: SQUARE } : CARD;
      const shown = event !== undefined && (await this.#settingsOf(event.id)).deleted === undefined;
      const found = shown ? peakRecord.safeParse(await readJson(eventFiles(this.#options.dataFolder, event.id).peaks)).data : undefined;
      return { status: 200, type: "image/png", body: drawCard({ ...size, peaks: found?.peaks ?? [], seed: key, lines }), maxAge: 300 };
    });
  }
}

/** The sound of a clip, out of the archive's own frames. */
async function cutClip(file: SoundFile, segments: readonly ArchivedSegment[], range: ClipRange, kind: "mp3" | "m4a"): Promise<Uint8Array> {
  const read = ({ offset, length }: { readonly offset: number; readonly length: number }) => file.read(offset, length);
  if (kind === "mp3") return await read(mp3Span(range, segments));
  return cutM4a(range, await read({ offset: 0, length: segments[0]?.offset ?? 0 }), await read(aacSpan(range, segments)));
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
