import { type Answer, TYPES } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { readArchiveEnd } from "../../programme/mod.ts";
import { type FeedEvent, oembedOf, oembedXml, renderFeed, renderSitemap } from "../../record/mod.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent, SeriesRecord } from "../../wire/public-state.ts";
import { hasCaptions } from "../adapters/caption-file.ts";
import { readRecordingSettings } from "../adapters/recording-settings.ts";
import { eventFiles } from "../stage/event-files.ts";
import { Memo } from "./memo.ts";
import { pack } from "./pack.ts";
import type { PublicEvents } from "./public-events.ts";
import type { PublicStates } from "./public-states.ts";
import type { SoundFiles } from "./sound-files.ts";

/** Recordings told in the feed, the newest first. Podcast apps show a few dozen. */
const FEED_ITEMS = 100;
/** How long feed and sitemap are used again. Milliseconds. */
const MEMO_MS = 1_000;

/** Whether an address tells programs of the house's events: feeds, list for search engines, previews of links, picture. */
export function isPreview(pathname: string): boolean {
  return /^(?:\/(?:feed\.xml|sitemap\.xml|oembed|card\.png)|\/s\/[a-z0-9-]+\/feed\.xml)$/.test(pathname);
}

/** What the house's own files are made from. */
export interface HouseDeskOptions {
  readonly dataFolder: string;
  /** Address of the house without a slash at the end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly sounds: SoundFiles;
  /** Days a recording is kept where nothing was decided for its event; null keeps it. */
  readonly recordingDays: number | null;
  readonly events: PublicEvents;
  readonly states: PublicStates;
  /** What the house is called. */
  readonly houseName: () => string;
}

/** Feed, sitemap and oEmbed: what the whole house tells programs. */
export class HouseDesk {
  readonly #options: HouseDeskOptions;
  readonly #memo: Memo<Answer>;

  constructor(options: HouseDeskOptions) {
    this.#options = options;
    this.#memo = new Memo(options.clock);
  }

  /** Answers addresses of the whole house; undefined when it is none of them. @throws `event-unknown` for an oEmbed of nothing, `format-unknown` */
  async answer(path: string, query: URLSearchParams, acceptsGzip: boolean): Promise<Answer | undefined> {
    const { publicUrl } = this.#options;
    const text = (type: string, make: () => Promise<string>, maxAge = 60) =>
      this.#memo.get(`${path} ${acceptsGzip}`, MEMO_MS, async () =>
        pack({ status: 200, type: `${type}; charset=utf-8`, body: await make(), maxAge }, acceptsGzip),
      );
    if (path === "/feed.xml") return await text("application/rss+xml", () => this.#feed());
    if (path === "/sitemap.xml") return await text("application/xml", () => this.#sitemap());
    if (path === "/robots.txt") return await text("text/plain", async () => `User-agent: *\nAllow: /\nSitemap: ${publicUrl}/sitemap.xml\n`, 3_600);
    if (path === "/oembed") return await this.#oembed(query);
    return undefined;
  }

  async #oembed(query: URLSearchParams): Promise<Answer> {
    const { publicUrl } = this.#options;
    const format = query.get("format") ?? "json";
    if (format !== "json" && format !== "xml") throw new EarshotError("format-unknown", { format: format.slice(0, 20), rule: "json or xml" });
    const url = query.get("url") ?? "";
    const slug = url.startsWith(`${publicUrl}/e/`) ? /^([a-z0-9-]{1,80})\/?(?:[?#].*)?$/.exec(url.slice(publicUrl.length + 3))?.[1] : undefined;
    const event = slug === undefined ? undefined : await this.#options.events.event(slug);
    // Who is not invited does not learn of it here either.
    if (event === undefined || event.visibility === "invited") throw new EarshotError("event-unknown", { url: url.slice(0, 200) });
    if (event.embed === false) throw new EarshotError("embed-off", { slug: event.slug });
    const size = (name: string) => (/^[1-9]\d{0,4}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : undefined);
    const answer = oembedOf(publicUrl, event, { maxWidth: size("maxwidth"), maxHeight: size("maxheight") }, this.#options.houseName());
    return format === "json"
      ? { status: 200, type: TYPES.json, body: JSON.stringify(answer), maxAge: 3_600 }
      : { status: 200, type: "text/xml; charset=utf-8", body: oembedXml(answer), maxAge: 3_600 };
  }

  async #feed(series?: SeriesRecord): Promise<string> {
    const { publicUrl, clock: time } = this.#options;
    const belongs = (event: PublicEvent) => !event.permanent && (series === undefined || event.series?.slug === series.slug);
    const listed = (await this.#options.events.list()).filter(belongs).slice(0, FEED_ITEMS);
    const events = await Promise.all(listed.map((event) => this.#feedEvent(event)));
    const { title = `${this.#options.houseName()} – ${new URL(publicUrl).host}`, description = "" } = series ?? {};
    const own = series === undefined ? {} : { page: paths.series(series.slug), path: paths.seriesFeed(series.slug) };
    return renderFeed({
      publicUrl,
      title,
      description: description || (series?.title ?? "Live audio, and everything there is to hear again."),
      ...own,
      events,
      nowMs: time.wallMs(),
    });
  }

  /** The podcast feed of a series. */
  async seriesFeed(series: SeriesRecord, acceptsGzip: boolean): Promise<Answer> {
    return await this.#memo.get(`series ${series.slug} ${acceptsGzip}`, MEMO_MS, async () =>
      pack({ status: 200, type: "application/rss+xml; charset=utf-8", body: await this.#feed(series), maxAge: 60 }, acceptsGzip),
    );
  }

  async #feedEvent(event: PublicEvent): Promise<FeedEvent> {
    const { status, live } = await this.#options.states.of(event);
    const { dataFolder } = this.#options;
    const end = status === "ended" ? await readArchiveEnd(eventFiles(dataFolder, event.id).archive) : undefined;
    const kept = end !== undefined && (await readRecordingSettings(dataFolder, event.id)).deleted === undefined;
    return {
      event,
      status,
      originUnixMs: live?.originUnixMs,
      endedUnixMs: live?.endedUnixMs,
      recording: kept
        ? { durationSamples: end.durationSamples, mp3Bytes: end.bytes.mp3, captions: await hasCaptions(eventFiles(dataFolder, event.id)) }
        : undefined,
    };
  }

  async #sitemap(): Promise<string> {
    const pages = await Promise.all(
      (await this.#options.events.list()).map(async (event) => {
        const { live } = await this.#options.states.of(event);
        return { path: paths.event(event.slug), changedMs: live?.endedUnixMs ?? live?.originUnixMs };
      }),
    );
    const series = new Set((await this.#options.events.list()).flatMap((event) => event.series?.slug ?? []));
    return renderSitemap(this.#options.publicUrl, [{ path: paths.home }, ...[...series].map((slug) => ({ path: paths.series(slug) })), ...pages]);
  }
}
