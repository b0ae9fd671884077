import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { inflateSync } from "node:zlib";
import { test } from "node:test";
import fc from "fast-check";
import type { EventStatus, PublicEvent } from "../wire/public-state.ts";
import { drawCard } from "./card.ts";
import { type FeedEvent, renderFeed } from "./feed.ts";
import { renderEventData } from "./event-data.ts";
import { oembedOf, oembedXml, renderHead, renderSitemap } from "./links.ts";
import { sharedTitle, standingOf } from "./standing.ts";

const PUBLIC_URL = "https://live.example.org";
const NOW = Date.parse("2026-10-04T12:00:00Z");

function eventOf(slug: string, more: Partial<PublicEvent> = {}): PublicEvent {
  return {
    id: `id-${slug}`,
    slug,
    title: "Rhythm & <Blues>",
    description: 'She said "now"\u0007',
    language: "en",
    startDate: "2026-10-03T21:00:00+02:00",
    doorTime: "2026-10-03T20:45:00+02:00",
    status: "scheduled",
    speakers: [
      { id: "a", name: "Ada", role: "host" },
      { id: "b", name: "Bruno", role: "speaker" },
    ],
    permanent: false,
    ...more,
  };
}
const feed = (events: readonly FeedEvent[]) => renderFeed({ publicUrl: PUBLIC_URL, title: "House", description: "Of talk", events, nowMs: NOW });

/** What a strict XML reader finds at a path; throws when the text is not well formed. */
function xpath(xml: string, path: string): string {
  const script = `
import sys, xml.etree.ElementTree as ET
root = ET.fromstring(sys.stdin.buffer.read())
ns = {"podcast": "https://podcastindex.org/namespace/1.0", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
for found in root.findall(sys.argv[1], ns):
    print(";".join([(found.text or "").strip()] + [k + "=" + v for k, v in sorted(found.attrib.items())]))
`;
  return execFileSync("/usr/bin/python3", ["-c", script, path], { input: xml }).toString().trim();
}

test("a podcast app finds the recording, its length, its chapters and who spoke", () => {
  const origin = Date.parse("2026-10-03T19:02:00Z");
  const xml = feed([
    {
      event: eventOf("evening"),
      status: "ended",
      originUnixMs: origin,
      endedUnixMs: origin + 3_600_000,
      recording: { durationSamples: 3_600 * 48_000, mp3Bytes: 28_816_384, captions: true },
    },
  ]);
  assert.equal(xpath(xml, "channel/item/title"), "Rhythm & <Blues>");
  assert.equal(xpath(xml, "channel/item/description"), 'She said "now"');
  assert.equal(xpath(xml, "channel/item/enclosure"), `;length=28816384;type=audio/mpeg;url=${PUBLIC_URL}/e/evening/recording.mp3`);
  assert.equal(xpath(xml, "channel/item/itunes:duration"), "3600");
  assert.equal(xpath(xml, "channel/item/pubDate"), "Sat, 03 Oct 2026 19:02:00 GMT");
  assert.equal(xpath(xml, "channel/item/podcast:chapters"), `;type=application/json+chapters;url=${PUBLIC_URL}/e/evening/chapters.json`);
  assert.equal(xpath(xml, "channel/item/podcast:transcript"), `;language=en;rel=captions;type=text/vtt;url=${PUBLIC_URL}/e/evening/captions.vtt`);
  assert.equal(xpath(xml, "channel/item/podcast:person"), "Ada;role=host\nBruno;role=guest");
  assert.equal(xpath(xml, "channel/item/guid"), "id-evening;isPermaLink=false");
});

test("a live item is pending, live, then ended for a day, and always leads to the page and the sound", () => {
  const told = (status: EventStatus, more: Partial<FeedEvent> = {}) =>
    xpath(feed([{ event: eventOf("evening"), status, ...more }]), "channel/podcast:liveItem");
  assert.equal(told("scheduled"), ";start=2026-10-03T21:00:00+02:00;status=pending");
  assert.equal(told("doors"), ";start=2026-10-03T21:00:00+02:00;status=pending");
  const originUnixMs = NOW - 3_600_000;
  assert.equal(told("live", { originUnixMs }), ";start=2026-10-04T11:00:00.000Z;status=live");
  assert.equal(told("ended", { originUnixMs, endedUnixMs: NOW - 60_000 }), ";end=2026-10-04T11:59:00.000Z;start=2026-10-04T11:00:00.000Z;status=ended");
  assert.equal(told("ended", { originUnixMs, endedUnixMs: NOW - 86_400_001 }), "");
  assert.equal(told("postponed"), ";start=2026-10-03T21:00:00+02:00;status=pending");
  assert.equal(told("cancelled"), ";start=2026-10-03T21:00:00+02:00;status=ended", "nothing will begin");
  assert.equal(told("cancelled", { event: eventOf("evening", { startDate: "2026-10-03T13:59:59+02:00" }) }), "");
  assert.equal(told("live", { event: eventOf("sound-check", { permanent: true }) }), "", "the Sound check is no episode");
  const xml = feed([{ event: eventOf("evening"), status: "live", originUnixMs }]);
  assert.equal(xpath(xml, "channel/podcast:liveItem/podcast:contentLink"), `Rhythm & <Blues>;href=${PUBLIC_URL}/e/evening`);
  assert.equal(xpath(xml, "channel/podcast:liveItem/podcast:alternateEnclosure/podcast:source"), `;uri=${PUBLIC_URL}/live/evening/index.m3u8`);
  assert.equal(xpath(xml, "channel/podcast:liveItem/enclosure"), `;length=0;type=audio/mpeg;url=${PUBLIC_URL}/live/evening.mp3`);
  assert.equal(xpath(xml, "channel/item"), "", "no recording, no item");
});

test("a podcast app and a shared link tell of a move: from when to when in the event's zone, why, and that it is called off", () => {
  const schedule = { timeZone: "Europe/Berlin", plannedMinutes: 90, sequence: 2, updatedDate: "2026-10-01T12:00:00Z", history: [] };
  const moved = eventOf("evening", {
    startDate: "2026-10-10T20:15:00+02:00",
    schedule: { ...schedule, previousStartDate: "2026-10-03T21:00:00+02:00", reason: "Ada is </script> ill & away." },
  });
  const told = (event: PublicEvent, status: EventStatus, part: "title" | "description") => xpath(feed([{ event, status }]), `channel/podcast:liveItem/${part}`);
  assert.equal(told(moved, "scheduled", "title"), "Rhythm & <Blues>");
  assert.equal(
    told(moved, "scheduled", "description"),
    'Sat, 10 Oct 2026, 20:15 CEST. Moved from Sat, 3 Oct 2026, 21:00 CEST. “Ada is </script> ill & away.” She said "now"',
  );
  assert.equal(told(moved, "postponed", "title"), "Postponed: Rhythm & <Blues>");
  assert.equal(told({ ...moved, language: "de-AT" }, "cancelled", "title"), "Abgesagt: Rhythm & <Blues>");
  assert.match(told({ ...moved, language: "de" }, "cancelled", "description"), /^Abgesagt\. War geplant für Sa\., 10\. Okt\. 2026, 20:15 MESZ\. „Ada/);
  assert.equal(told(eventOf("evening", { schedule }), "scheduled", "description"), 'She said "now"', "what was never moved is told as before");

  const shared = (status: EventStatus, kept = true, event = moved) => {
    const standing = standingOf({ event, status }, "en", kept);
    return [sharedTitle(event, standing), standing.first, standing.second];
  };
  assert.deepEqual(shared("live"), ["On air: Rhythm & <Blues>", "On air now", "Sat, 10 Oct 2026, 20:15 CEST"]);
  assert.deepEqual(shared("ended"), ["Rhythm & <Blues>", "Replay", "Sat, 10 Oct 2026, 20:15 CEST"]);
  assert.deepEqual(shared("ended", false)[1], "Over", "no replay is promised where none is kept");
  assert.deepEqual(shared("doors", true, eventOf("evening", { schedule })).slice(1), ["Sat, 3 Oct 2026, 21:00 CEST", "Doors are open"]);
  assert.deepEqual(shared("live", true, eventOf("sound-check", { permanent: true })), ["Rhythm & <Blues>", "", ""]);

  const dataOf = (event: PublicEvent, status: EventStatus) => {
    const text = renderEventData({ publicUrl: PUBLIC_URL, house: "House", event, status, image: "/c.png" });
    const [, json = ""] = /^<script type="application\/ld\+json">([^<]*)<\/script>$/.exec(text) ?? [];
    return JSON.parse(json) as Readonly<Record<string, unknown>>;
  };
  const data = (event: PublicEvent, status: EventStatus) => {
    const { eventStatus, startDate, previousStartDate } = dataOf(event, status);
    return [String(eventStatus).replace("https://schema.org/", ""), startDate, previousStartDate];
  };
  assert.deepEqual(data(moved, "scheduled"), ["EventRescheduled", moved.startDate, "2026-10-03T21:00:00+02:00"]);
  assert.deepEqual(data(eventOf("evening", { schedule }), "scheduled"), ["EventScheduled", "2026-10-03T21:00:00+02:00", undefined]);
  assert.deepEqual(data(moved, "postponed"), ["EventPostponed", moved.startDate, moved.startDate]);
  assert.deepEqual(data(moved, "cancelled")[0], "EventCancelled");
  const { name, endDate, performer, url } = dataOf(moved, "live");
  assert.deepEqual([name, endDate, url], ["Rhythm & <Blues>", "2026-10-10T19:45:00.000Z", `${PUBLIC_URL}/e/evening`]);
  assert.deepEqual(performer, [
    { "@type": "Person", name: "Ada" },
    { "@type": "Person", name: "Bruno" },
  ]);
});

test("no title and no name can break the feed, the head of a page or the player's frame", () => {
  const texts: string[] = [];
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => void texts.push(text)),
    { numRuns: 60 },
  );
  const events = texts.map(
    (title, index): FeedEvent => ({
      event: eventOf(`e${index}`, { title, description: title, speakers: [{ id: "a", name: title, role: "host" }] }),
      status: "live",
    }),
  );
  xpath(feed(events), "channel");
  for (const { event } of events) {
    const head = renderHead({
      publicUrl: PUBLIC_URL,
      path: "/e/x",
      title: event.title,
      description: "",
      lang: "en",
      image: { path: "/c.png", type: "image/png", width: 1, height: 1 },
      oembed: "/e/x",
    });
    assert.doesNotMatch(head.replace(/<(?:meta|link)(?: [\w-]+="[^"<>]*")+>/g, ""), /[<>"]/);
    const data = renderEventData({ publicUrl: PUBLIC_URL, house: "House", event, status: "live", image: "/c.png" });
    assert.match(data, /^<script type="application\/ld\+json">[^<]*<\/script>$/);
    assert.match(oembedOf(PUBLIC_URL, event, { maxWidth: undefined, maxHeight: undefined }).html, /^<iframe(?: [\w-]+="[^"<>]*")+><\/iframe>$/);
  }
});

test("another site's page gets a player no larger than it asked for, as JSON and as XML", () => {
  const answer = oembedOf(PUBLIC_URL, eventOf("evening"), { maxWidth: 320, maxHeight: undefined });
  assert.deepEqual([answer.type, answer.width, answer.height, answer.author_name], ["rich", 320, 240, "Ada, Bruno"]);
  const xml = oembedXml(answer);
  assert.equal(xpath(xml, "html"), answer.html);
  assert.equal(xpath(xml, "width"), "320");
});

test("a search engine finds every page", () => {
  const xml = renderSitemap(PUBLIC_URL, [{ path: "/" }, { path: "/e/evening", changedMs: NOW }]);
  assert.equal(xpath(xml, "s:url/s:loc"), `${PUBLIC_URL}/\n${PUBLIC_URL}/e/evening`);
  assert.equal(xpath(xml, "s:url/s:lastmod"), "2026-10-04T12:00:00.000Z");
});

test("the card shows the sound: loud stretches stand tall, and without sound every event has its own quiet picture", () => {
  const width = 400;
  const height = 200;
  const rows = (png: Buffer) => {
    assert.equal(
      execFileSync("ffprobe", ["-v", "error", "-f", "png_pipe", "-i", "-", "-show_entries", "stream=width,height", "-of", "csv=p=0"], { input: png })
        .toString()
        .trim(),
      "400,200",
    );
    const length = png.readUInt32BE(png.indexOf("IDAT") - 4);
    return inflateSync(png.subarray(png.indexOf("IDAT") + 4, png.indexOf("IDAT") + 4 + length));
  };
  const inked = (pixels: Buffer, from: number, to: number) => {
    let count = 0;
    for (let row = 0; row < height; row++) for (let column = from; column < to; column++) if ((pixels[row * (width + 1) + 1 + column] ?? 0) > 40) count++;
    return count;
  };
  const loudFirst = rows(drawCard({ width, height, peaks: [...Array<number>(500).fill(80), ...Array<number>(500).fill(4)], seed: "x" }));
  assert.ok(inked(loudFirst, 0, 200) > 5 * inked(loudFirst, 200, 400));
  assert.notDeepEqual(drawCard({ width, height, peaks: [], seed: "one" }), drawCard({ width, height, peaks: [], seed: "other" }));
  assert.deepEqual(drawCard({ width, height, peaks: [0, 0], seed: "one" }), drawCard({ width, height, peaks: [], seed: "one" }));
  const dated = drawCard({ width, height, peaks: [], seed: "one", lines: ["Thu, 8 Oct 2026, 20:15 CEST", "Moved from Thu, 1 Oct"] });
  assert.ok(inked(rows(dated), 0, width) > 1_000, "the date stands in ink where the quiet picture has none");
  assert.notDeepEqual(dated, drawCard({ width, height, peaks: [], seed: "one", lines: ["Thu, 8 Oct 2026, 20:16 CEST", "Moved from Thu, 1 Oct"] }));
});
