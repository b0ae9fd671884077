import { SAMPLE_RATE } from "../core/units.ts";
import { paths } from "../wire/paths.ts";
import type { EventStatus, PublicEvent } from "../wire/public-state.ts";
import { sharedDescription, sharedTitle, standingOf } from "./standing.ts";
import { element, parent } from "./xml.ts";

/** How long an event that is over, or would have been, is still told as a live item. Milliseconds; a day, so that every app has looked. */
const ENDED_FOR_MS = 86_400_000;

/** An event as the feed tells it. */
export interface FeedEvent {
  readonly event: PublicEvent;
  readonly status: EventStatus;
  /** Milliseconds since the Unix epoch. */
  readonly originUnixMs?: number | undefined;
  readonly endedUnixMs?: number | undefined;
  /** Present when there is a replay. */
  readonly recording?: { readonly durationSamples: number; readonly mp3Bytes: number; readonly captions: boolean } | undefined;
}

/** What the feed is made from. */
export interface FeedOptions {
  /** Address of the house without a slash at the end. */
  readonly publicUrl: string;
  readonly title: string;
  readonly description: string;
  /** Path of the page it belongs to, and of the feed itself. Absent: the house's. */
  readonly page?: string;
  readonly path?: string;
  readonly events: readonly FeedEvent[];
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** The podcast feed of the house: an item for every recording, a live item for what is coming, on air, or just over. @spec RSS 2.0; Podcasting 2.0 namespace 1.0 */
export function renderFeed(options: FeedOptions): string {
  const { publicUrl, title, description, events, nowMs, page = "/", path = "/feed.xml" } = options;
  const languages = [...new Set(events.map(({ event }) => event.language).filter((language) => language !== ""))];
  const image = `${publicUrl}/card.png?square`;
  const channel = parent("channel", [
    element("title", title),
    element("link", publicUrl + page),
    element("description", description),
    element("language", languages.length === 1 ? (languages[0] as string) : "en"),
    element("generator", "Earshot"),
    element("atom:link", "", { href: publicUrl + path, rel: "self", type: "application/rss+xml" }),
    element("itunes:author", title),
    element("itunes:explicit", "false"),
    element("itunes:category", "", { text: "Society & Culture" }),
    element("itunes:image", "", { href: image }),
    parent("image", [element("url", image), element("title", title), element("link", publicUrl + page)]),
    element("podcast:medium", "podcast"),
    ...events.flatMap((entry) => (isTold(entry, nowMs) ? [liveItem(publicUrl, entry)] : [])),
    ...events.flatMap((entry) => (entry.recording === undefined ? [] : [item(publicUrl, entry, entry.recording)])),
  ]);
  const namespaces = {
    version: "2.0",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${parent("rss", [channel], namespaces)}\n`;
}

function isTold({ event, status, endedUnixMs }: FeedEvent, nowMs: number): boolean {
  if (event.permanent) return false;
  if (status === "ended") return endedUnixMs !== undefined && nowMs - endedUnixMs < ENDED_FOR_MS;
  if (status === "cancelled") return nowMs - Date.parse(event.startDate) < ENDED_FOR_MS;
  return true;
}

/** What an app shows of each state: nothing will begin where an event was called off; a postponed one is still to come. @spec Podcasting 2.0 `podcast:liveItem` */
const LIVE_STATUS: Readonly<Record<EventStatus, "pending" | "live" | "ended">> = {
  ...{ scheduled: "pending", doors: "pending", postponed: "pending", live: "live", ended: "ended", cancelled: "ended" },
};

/** The language of a feed's own words about an event: that of the event where we have it. */
const wordsFor = ({ language }: PublicEvent) => (/^de\b/i.test(language) ? "de" : "en");

/** @spec Podcasting 2.0 `podcast:liveItem`: `status` decides, the start is only planned. */
function liveItem(publicUrl: string, { event, status, originUnixMs, endedUnixMs }: FeedEvent): string {
  const page = publicUrl + paths.event(event.slug);
  const start = originUnixMs === undefined ? event.startDate : new Date(originUnixMs).toISOString();
  const standing = standingOf({ event, status }, wordsFor(event), false);
  const off = status === "postponed" || status === "cancelled" || (status === "scheduled" && event.schedule?.previousStartDate !== undefined);
  const told = off ? { title: sharedTitle(event, standing), description: sharedDescription(event, standing) } : event;
  const alternate = { type: "application/x-mpegURL", length: "0", default: "true", title: "HLS" };
  return parent(
    "podcast:liveItem",
    [
      ...about(publicUrl, event, told),
      element("guid", `${event.id}-live`, { isPermaLink: "false" }),
      element("pubDate", new Date(start).toUTCString()),
      element("enclosure", "", { url: `${publicUrl}${paths.endless(event.slug, "mp3")}`, type: "audio/mpeg", length: "0" }),
      parent("podcast:alternateEnclosure", [element("podcast:source", "", { uri: publicUrl + paths.multivariant(event.slug) })], alternate),
      element("podcast:contentLink", event.title, { href: page }),
    ],
    {
      status: LIVE_STATUS[status],
      start,
      ...(endedUnixMs === undefined ? {} : { end: new Date(endedUnixMs).toISOString() }),
    },
  );
}

function item(publicUrl: string, { event, originUnixMs }: FeedEvent, recording: NonNullable<FeedEvent["recording"]>): string {
  const { durationSamples, mp3Bytes, captions } = recording;
  const language = event.language === "" ? {} : { language: event.language };
  return parent("item", [
    ...about(publicUrl, event, event),
    element("guid", event.id, { isPermaLink: "false" }),
    element("pubDate", new Date(originUnixMs ?? event.startDate).toUTCString()),
    element("enclosure", "", { url: publicUrl + paths.recording(event.slug, "mp3"), type: "audio/mpeg", length: String(mp3Bytes) }),
    element("itunes:duration", String(Math.round(durationSamples / SAMPLE_RATE))),
    element("podcast:chapters", "", { url: `${publicUrl}${paths.event(event.slug)}/chapters.json`, type: "application/json+chapters" }),
    ...(captions ? [element("podcast:transcript", "", { url: publicUrl + paths.captions(event.slug), type: "text/vtt", rel: "captions", ...language })] : []),
  ]);
}

function about(
  publicUrl: string,
  { slug, speakers, artwork }: PublicEvent,
  { title, description }: { readonly title: string; readonly description: string },
): string[] {
  const picture = artwork === undefined ? `${paths.event(slug)}/card.png?square` : paths.picture(artwork.file);
  return [
    element("title", title),
    element("link", publicUrl + paths.event(slug)),
    element("description", description || title),
    element("itunes:image", "", { href: publicUrl + picture }),
    ...speakers.map(({ name, role }) => element("podcast:person", name, { role: role === "speaker" ? "guest" : role })),
  ];
}
