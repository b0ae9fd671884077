import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { SAMPLE_RATE } from "../../core/units.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { ReplayPage } from "../../wire/recording.ts";
import { ask, EVENT, type FrontDouble, openFront, stateOf, writeArchive } from "./test-front.ts";

/** Two hundred seconds. */
const PARTS = 400;
let house: FrontDouble;
let folder = "";
const address = (path: string) => `${house.url}${path}`;
const decide = async (settings: object) => {
  await writeFile(join(folder, "recording.json"), JSON.stringify({ version: 1, ...settings }));
  house.passTime(61_000);
};
const problem = async (path: string) => {
  const { status, body } = await ask(address(path));
  return [status, (JSON.parse(body.toString()) as ProblemDetails).code];
};

before(async () => {
  house = await openFront();
  folder = join(house.dataFolder, "events", EVENT.id);
});
after(() => house.close());

describe("before the end", () => {
  test("there is no replay page, no clip and no episode, but a picture and a live item", async () => {
    assert.deepEqual(await problem("/e/evening/replay.json"), [409, "replay-not-ready"]);
    assert.deepEqual(await problem("/e/evening/clip/1-5"), [409, "replay-not-ready"]);
    assert.deepEqual(await problem("/e/evening/chapters.json"), [409, "replay-not-ready"]);
    const feed = (await ask(address("/feed.xml"))).body.toString();
    assert.match(feed, /<podcast:liveItem status="pending"/);
    assert.doesNotMatch(feed, /<item>/);
    const card = await ask(address("/e/evening/card.png"));
    assert.deepEqual([card.status, card.headers["content-type"], card.body.subarray(1, 4).toString()], [200, "image/png", "PNG"]);
  });
});

describe("after the end", () => {
  before(async () => {
    await writeArchive(house.dataFolder, PARTS, 21 * 192);
    const durationSamples = PARTS * 24_000;
    const turns = [[0, 90 * SAMPLE_RATE]];
    const talk = { id: "a", name: "Ada", talkSeconds: 90, share: 1, longestTurnSeconds: 90, interruptionsMade: 0, interruptionsSuffered: 3, turns };
    const files: Record<string, object> = {
      "state.json": stateOf({ phase: "ended", durationSamples, endedUnixMs: Date.parse("2026-10-03T20:00:00Z") }),
      "talk-time.json": { version: 1, durationSamples, speakers: [talk], silences: { count: 0, seconds: 0, longestSeconds: 0 } },
      "peaks.json": { version: 1, samplesPerPoint: 4_800, durationSamples, peaks: Array.from({ length: 2_000 }, (_, index) => index % 90) },
      "chapters.json": {
        version: "1.2.0",
        chapters: [
          { startTime: 0, endTime: 85, title: "Ada", by: "talk" },
          { startTime: 85, endTime: 200, title: "Questions", by: "host" },
        ],
      },
    };
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
    house.passTime(61_000);
  });

  test("captions are told once they are there: to the page, in the feed with their language, and as a file", async () => {
    assert.deepEqual(await problem("/e/evening/captions.vtt"), [409, "replay-not-ready"]);
    assert.doesNotMatch((await ask(address("/feed.xml"))).body.toString(), /podcast:transcript/);
    await writeFile(join(folder, "archive/captions.vtt"), "WEBVTT\n\n00:01.000 --> 00:03.000\nGood evening.\n");
    house.passTime(61_000);
    const { status, headers, body } = await ask(address("/e/evening/captions.vtt"));
    assert.deepEqual([status, headers["content-type"], body.toString().slice(0, 6)], [200, "text/vtt; charset=utf-8", "WEBVTT"]);
    assert.equal((JSON.parse((await ask(address("/e/evening/replay.json"))).body.toString()) as ReplayPage).captions, true);
    assert.match(
      (await ask(address("/feed.xml"))).body.toString(),
      /<podcast:transcript url="[^"]*\/e\/evening\/captions\.vtt" type="text\/vtt" rel="captions" language="en"\/>/,
    );
  });

  test("one file tells the replay page everything, and nothing that is the host's alone", async () => {
    const { status, headers, body } = await ask(address("/e/evening/replay.json"), { "accept-encoding": "gzip" });
    assert.deepEqual([status, headers["content-encoding"], headers["cache-control"]], [200, "gzip", "public, max-age=10"]);
    const page = JSON.parse(gunzipSync(body).toString()) as ReplayPage;
    assert.deepEqual([page.durationSeconds, page.trimStartSeconds, page.clips, page.secondsPerPeak, page.peaks.length], [200, 0, true, 0.1, 2_000]);
    assert.deepEqual(
      page.chapters.map(({ title }) => title),
      ["Ada", "Questions"],
    );
    assert.deepEqual(page.speakers, [{ name: "Ada", talkSeconds: 90, share: 1, longestTurnSeconds: 90, turns: [[0, 90]] }]);
    assert.doesNotMatch(gunzipSync(body).toString(), /interruption/);
    assert.deepEqual(JSON.parse((await ask(address("/e/evening/replay.json"))).body.toString()), page, "and the same unpacked");
  });

  test("chapters and waveform are files of their own, readable from any page", async () => {
    const chapters = await ask(address("/e/evening/chapters.json"));
    assert.deepEqual([chapters.headers["content-type"], chapters.headers["access-control-allow-origin"]], ["application/json+chapters", "*"]);
    assert.equal((JSON.parse(chapters.body.toString()) as { version: string }).version, "1.2.0");
    assert.equal((JSON.parse((await ask(address("/e/evening/peaks.json"))).body.toString()) as { peaks: number[] }).peaks.length, 2_000);
  });

  test("a clip has a page and two files of whole frames, in pieces too", async () => {
    const page = await ask(address("/e/evening/clip/83.5-120"));
    assert.deepEqual([page.status, page.headers["content-type"]], [200, "text/html; charset=utf-8"]);
    assert.match(page.body.toString(), /og:audio" content="http:\/\/listen\.test\/e\/evening\/clip\/83\.5-120\.mp3"/);
    assert.match(page.body.toString(), /"from":83\.5,"to":120,"chapter":"Ada"/);
    for (const [kind, type] of [
      ["mp3", "audio/mpeg"],
      ["m4a", "audio/mp4"],
    ] as const) {
      const whole = await ask(address(`/e/evening/clip/83.5-120.${kind}`));
      assert.deepEqual([whole.status, whole.headers["content-type"], whole.headers["cache-control"]], [200, type, "public, max-age=86400, immutable"]);
      assert.ok(whole.body.length > 1_000);
      const piece = await ask(address(`/e/evening/clip/83.5-120.${kind}`), { range: "bytes=10-19" });
      assert.deepEqual([piece.status, piece.body], [206, whole.body.subarray(10, 20)]);
    }
    for (const path of ["83.5-144", "5-5.5", "190-201", "83.5-120.wav", "120-83.5", "0x1-5"])
      assert.deepEqual(await problem(`/e/evening/clip/${path}`), [404, "not-found"], path);
  });

  test("the page of the event names picture, player, feed and recording for programs, with nothing of the title unescaped", async () => {
    const page = (await ask(address("/e/evening"))).body.toString();
    for (const part of [
      'rel="canonical" href="http://listen.test/e/evening"',
      'og:image" content="http://listen.test/e/evening/card.png?lang=en&#38;v=0-ended"',
      'og:description" content="Replay. ',
      '"eventStatus":"https://schema.org/EventScheduled"',
      'og:audio" content="http://listen.test/e/evening/recording.mp3"',
      'type="application/json+oembed" href="http://listen.test/oembed?format=json&#38;url=http%3A%2F%2Flisten.test%2Fe%2Fevening"',
      'type="application/rss+xml" href="http://listen.test/feed.xml"',
    ])
      assert.ok(page.includes(part), part);
    assert.doesNotMatch(page.slice(0, page.indexOf("<script")), /<b>/);
  });

  test("another site may show the player in a frame, and nothing else of the house", async () => {
    assert.match(String((await ask(address("/e/evening/embed"))).headers["content-security-policy"]), /frame-ancestors \*/);
    for (const path of ["/e/evening", "/e/evening/clip/1-5", "/"])
      assert.match(String((await ask(address(path))).headers["content-security-policy"]), /frame-ancestors 'none'/, path);
    const answer = await ask(address("/oembed?url=http://listen.test/e/evening&maxwidth=300"));
    assert.match((JSON.parse(answer.body.toString()) as { html: string }).html, /src="http:\/\/listen\.test\/e\/evening\/embed" width="300"/);
    assert.match((await ask(address("/oembed?format=xml&url=http://listen.test/e/evening"))).body.toString(), /<oembed>/);
    assert.deepEqual(await problem("/oembed?url=https://elsewhere.example/e/evening"), [404, "event-unknown"]);
    assert.deepEqual(await problem("/oembed?url=http://listen.test/e/evening/../../x"), [404, "event-unknown"]);
    assert.deepEqual(await problem("/oembed?format=yaml&url=http://listen.test/e/evening"), [501, "format-unknown"]);
  });

  test("the feed has the recording with its true length, sitemap and robots lead to the page", async () => {
    const feed = (await ask(address("/feed.xml"))).body.toString();
    const { body } = await ask(address("/e/evening/recording.mp3"));
    assert.match(feed, new RegExp(`<enclosure url="http://listen.test/e/evening/recording.mp3" type="audio/mpeg" length="${body.length}"/>`));
    assert.match((await ask(address("/sitemap.xml"))).body.toString(), /<loc>http:\/\/listen\.test\/e\/evening<\/loc>/);
    assert.match((await ask(address("/robots.txt"))).body.toString(), /Sitemap: http:\/\/listen\.test\/sitemap\.xml/);
  });

  test("what the host decides holds: a trim is shown and the whole stays, clips can be switched off", async () => {
    await decide({ trimStartSeconds: 12.5, clips: false, keepDays: 30 });
    const page = JSON.parse((await ask(address("/e/evening/replay.json"))).body.toString()) as ReplayPage;
    assert.deepEqual([page.trimStartSeconds, page.clips, page.durationSeconds], [12.5, false, 200]);
    assert.equal(page.keptUntilUnixMs, Date.parse("2026-11-02T20:00:00Z"));
    assert.deepEqual(await problem("/e/evening/clip/83.5-120"), [403, "clips-off"]);
    assert.deepEqual(await problem("/e/evening/clip/83.5-120.mp3"), [403, "clips-off"]);
    assert.equal((await ask(address("/e/evening/archive/opus.m3u8"))).body.toString().match(/#EXTINF/g)?.length, PARTS / 8);
  });

  test("a deleted recording is gone at every address, and each says who took it away", async () => {
    await decide({ deleted: { unixMs: Date.parse("2026-10-05T08:00:00Z"), by: "host" } });
    await rm(join(folder, "archive/end.json"));
    for (const path of [
      "replay.json",
      "replay.m3u8",
      "recording.mp3",
      "recording.opus",
      "archive/opus.mp4",
      "chapters.json",
      "peaks.json",
      "clip/1-5",
      "clip/1-5.mp3",
    ])
      assert.deepEqual(await problem(`/e/evening/${path}`), [410, "recording-deleted"], path);
    const { details } = JSON.parse((await ask(address("/e/evening/replay.json"))).body.toString()) as ProblemDetails;
    assert.deepEqual(details, { by: "host", date: "2026-10-05T08:00:00.000Z" });
    assert.equal((await ask(address("/e/evening"))).status, 200, "the page stays");
    assert.doesNotMatch((await ask(address("/feed.xml"))).body.toString(), /<item>/);
  });
});
