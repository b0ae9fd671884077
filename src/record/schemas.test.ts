import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { chapterList } from "../wire/marks.ts";
import type { PublicEvent } from "../wire/public-state.ts";
import { chaptersOf } from "./chapters.ts";
import { type FeedEvent, renderFeed } from "./feed.ts";
import { oembedOf, oembedXml, renderSitemap } from "./links.ts";

const PUBLIC_URL = "https://live.example.org";
const NOW = Date.parse("2026-10-04T12:00:00Z");
const INTEROP = join(import.meta.dirname, "../../test/interop");

/** What a validator of another make finds wrong; empty when nothing is. */
function faults(xml: string, schema: string): string {
  const { status, stderr } = spawnSync("/usr/bin/python3", [join(INTEROP, "validate-xml.py"), join(INTEROP, "schemas", schema)], { input: xml });
  return status === 0 ? "" : stderr.toString() || `ended with ${status}`;
}

function eventOf(slug: string, more: Partial<PublicEvent> = {}): PublicEvent {
  return {
    id: `id-${slug}`,
    slug,
    title: "Rhythm & <Blues>",
    description: "",
    language: "de-AT",
    startDate: "2026-10-03T21:00:00+02:00",
    doorTime: "2026-10-03T20:45:00+02:00",
    status: "scheduled",
    speakers: [
      { id: "a", name: "Ada Ö.", role: "host" },
      { id: "b", name: "Bruno", role: "speaker" },
    ],
    permanent: false,
    ...more,
  };
}
const ENTRIES: readonly FeedEvent[] = [
  { event: eventOf("soon"), status: "scheduled" },
  { event: eventOf("now", { language: "", speakers: [] }), status: "live", originUnixMs: NOW - 60_000 },
  {
    event: eventOf("over", { description: "Said \u0000 & done" }),
    status: "ended",
    originUnixMs: NOW - 7_200_000,
    endedUnixMs: NOW - 3_600_000,
    recording: { durationSamples: 3_600 * 48_000, mp3Bytes: 28_816_384, captions: true },
  },
  {
    event: eventOf("old", { language: "" }),
    status: "ended",
    originUnixMs: NOW - 1e9,
    endedUnixMs: NOW - 9e8,
    recording: { durationSamples: 1, mp3Bytes: 16_384, captions: true },
  },
];
const feedOf = (events: readonly FeedEvent[]) => renderFeed({ publicUrl: PUBLIC_URL, title: "House", description: "Of talk", events, nowMs: NOW });

test("the feed is what RSS, Podcasting 2.0 and Apple ask for: empty, before, on air, after, with captions and without a language", () => {
  assert.equal(faults(feedOf([]), "feed.rng"), "");
  const feed = feedOf(ENTRIES);
  assert.equal(faults(feed, "feed.rng"), "");
  for (const word of ['status="pending"', 'status="live"', 'status="ended"', "podcast:transcript", "<item>"]) assert.ok(feed.includes(word), word);
});

test("the schema of the feed refuses what a podcast app would trip over", () => {
  const feed = feedOf(ENTRIES);
  const breaches: readonly (readonly [RegExp, string])[] = [
    [/status="pending"/, 'status="soon"'],
    [/ start="[^"]*"/, ""],
    [/<podcast:contentLink[^\n]*\n/, ""],
    [/<enclosure [^\n]*\n/, ""],
    [/ length="28816384"/, ""],
    [/<pubDate>[^<]*/, "<pubDate>2026-10-03"],
    [/type="text\/vtt"/, 'type="vtt"'],
    [/<title>House<\/title>\n/, ""],
    [/<itunes:duration>3600/, "<itunes:duration>an hour"],
    [/<link>https/, "<link>ftp"],
    [/<podcast:medium>podcast/, "<podcast:medium>talk"],
    [/<\/channel>/, "<unheard>of</unheard></channel>"],
  ];
  for (const [found, put] of breaches) {
    const broken = feed.replace(found, put);
    assert.notEqual(broken, feed, String(found));
    assert.notEqual(faults(broken, "feed.rng"), "", `${String(found)} became ${put}`);
  }
});

/** oEmbed 1.0 §2.3.4 in JSON: the same members as in XML, numbers as numbers. */
const OEMBED = z.strictObject({
  type: z.literal("rich"),
  version: z.literal("1.0"),
  html: z.string().min(1),
  width: z.int().min(1),
  height: z.int().min(1),
  title: z.string().optional(),
  author_name: z.string().optional(),
  author_url: z.url().optional(),
  provider_name: z.string().optional(),
  provider_url: z.url().optional(),
  cache_age: z.int().min(0).optional(),
  thumbnail_url: z.url().optional(),
  thumbnail_width: z.int().min(1).optional(),
  thumbnail_height: z.int().min(1).optional(),
});

test("the player's answer is oEmbed 1.0 as JSON and as XML, and neither player nor picture is larger than was asked for", () => {
  for (const [maxWidth, maxHeight] of [
    [undefined, undefined],
    [320, undefined],
    [1_200, 630],
    [1_199, undefined],
    [undefined, 100],
  ]) {
    const answer = oembedOf(PUBLIC_URL, eventOf("evening"), { maxWidth, maxHeight });
    assert.equal(faults(oembedXml(answer), "oembed.rng"), "");
    const { width, height, thumbnail_width: across = 0, thumbnail_height: down = 0 } = OEMBED.parse(JSON.parse(JSON.stringify(answer)));
    const within = (one: number, most: number | undefined) => most === undefined || one <= most;
    assert.ok(within(width, maxWidth) && within(height, maxHeight) && within(across, maxWidth) && within(down, maxHeight), `${maxWidth} × ${maxHeight}`);
  }
  assert.notEqual(
    faults(oembedXml(oembedOf(PUBLIC_URL, eventOf("evening"), { maxWidth: 320, maxHeight: 1 })).replace(/<html>.*<\/html>\n/, ""), "oembed.rng"),
    "",
  );
});

test("the sitemap is what sitemaps.org asks for", () => {
  const xml = renderSitemap(PUBLIC_URL, [{ path: "/" }, { path: "/e/evening", changedMs: NOW }]);
  assert.equal(faults(xml, "sitemap.xsd"), "");
  assert.notEqual(faults(xml.replace("2026-10-04T12:00:00.000Z", "yesterday"), "sitemap.xsd"), "");
});

test("the chapters are Podcasting 2.0 chapters of version 1.2.0, in order and within the recording", () => {
  const turns = [[0, 60 * 48_000]] as [number, number][];
  const speaker = { id: "a", name: "Ada", talkSeconds: 60, share: 1, longestTurnSeconds: 60, interruptionsMade: 0, interruptionsSuffered: 0, turns };
  const talk = { version: 1 as const, durationSamples: 120 * 48_000, speakers: [speaker], silences: { count: 0, seconds: 0, longestSeconds: 0 } };
  const { version, chapters } = chapterList.parse(JSON.parse(JSON.stringify(chaptersOf(talk, [{ startTime: 80, title: "Questions" }], "Evening"))));
  assert.equal(version, "1.2.0");
  assert.equal(chapters[0]?.startTime, 0);
  for (const [index, chapter] of chapters.entries()) {
    assert.ok(chapter.endTime > chapter.startTime && chapter.endTime <= 120);
    assert.equal(chapters[index + 1]?.startTime ?? chapter.endTime, chapter.endTime);
  }
});
