import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type Archive, openArchive, RENDITIONS } from "../../programme/mod.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { milliseconds, samples } from "../../core/units.ts";
import type { PublicState } from "../../wire/public-state.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { ArchiveIndexFollower } from "./archive-index-follower.ts";
import { ask, EVENT, type FrontDouble, openFront, openStageDouble, partOf, type StageDouble, stateOf, until } from "./test-front.ts";

/** Parts on air so far: 26 whole segments and two parts; memory holds the last 90 s of them, 22 segments. */
const PARTS = 210;
const WHOLE = 26;
let house: FrontDouble;
let stage: StageDouble;
let archive: Archive;
const folder = () => join(house.dataFolder, "events", EVENT.id, "archive");
const address = (path: string) => `${house.url}/live/evening/${path}`;
const state = async () => JSON.parse((await ask(address("state.json"))).body.toString()) as PublicState;
const codeOf = (body: Buffer) => (JSON.parse(body.toString()) as ProblemDetails).code;

/** A clock that goes on by a second at every look. */
function quickClock(): Clock {
  let now = 0;
  const steadyMs = () => {
    now += 1_000;
    return milliseconds(now);
  };
  return { wallMs: systemClock.wallMs, steadyMs, sleep: systemClock.sleep };
}

/** A segment as it was on air. */
function segmentOf(rendition: "opus" | "aac" | "low", number: number, parts = 8): Buffer {
  return Buffer.concat(Array.from({ length: parts }, (_, index) => partOf(rendition, number * 8 + index).data));
}

before(async () => {
  house = await openFront();
  stage = await openStageDouble();
  house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  const store = () => house.front.desk.get("evening")?.store;
  await until(() => store()?.connected === true);
  stage.publish(0, PARTS);
  await until(() => store()?.newest("mp3") === PARTS - 1);
});
after(async () => {
  stage.close();
  await archive.close();
  await house.close();
});

test("where the stage's disk is another machine's, going back is not offered", async () => {
  assert.equal((await state()).rewind, undefined);
  const { status, body } = await ask(address("dvr.m3u8"));
  assert.deepEqual([status, codeOf(body)], [404, "not-found"]);
  assert.equal((await ask(address("opus/segment-0.m4s"))).status, 404);
});

test("while the event is on air the list from its start holds every whole segment and stays open", async () => {
  archive = await openArchive({ folder: folder(), numberOfChannels: 1 });
  for (let number = 0; number < PARTS; number++) for (const rendition of RENDITIONS) await archive.append(partOf(rendition, number));
  for (const rendition of ["opus", "aac", "low"] as const) {
    const index = new ArchiveIndexFollower(folder(), rendition, quickClock());
    // A part that is there already is not written again, but asks for the sync that lists the last segment.
    while ((await index.segments()).length < WHOLE) await archive.append(partOf(rendition, PARTS - 1));
  }
  house.passTime(1_000);
  assert.equal((await state()).rewind, true);
  assert.match(
    (await ask(address("dvr.m3u8"))).body.toString(),
    /CODECS="mp4a\.40\.2"\naac\/dvr\.m3u8\n[\s\S]*CODECS="opus"\nopus\/dvr\.m3u8[\s\S]*\nlow\/dvr\.m3u8/,
  );
  const { headers, body } = await ask(address("opus/dvr.m3u8"));
  const list = body.toString();
  assert.equal(headers["cache-control"], "public, max-age=2");
  assert.match(
    list,
    /#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-MAP:URI="header\.mp4"\n#EXT-X-PROGRAM-DATE-TIME:2026-10-03T18:59:59\.99/,
  );
  assert.deepEqual(
    [...list.matchAll(/#EXTINF:(.+),\nsegment-(\d+)\.m4s/g)].map(([, seconds, number]) => [seconds, number]),
    Array.from({ length: WHOLE }, (_, number) => ["4", String(number)]),
  );
  assert.doesNotMatch(list, /ENDLIST/);
  const packed = await ask(address("opus/dvr.m3u8"), { "accept-encoding": "gzip" });
  assert.equal(gunzipSync(packed.body).toString(), list);
});

test("a segment that left memory comes from the disk at the address and with the bytes it had on air", async () => {
  for (const rendition of ["opus", "aac", "low"] as const)
    for (const number of [0, 1, WHOLE - 1]) {
      const { status, headers, body } = await ask(address(`${rendition}/segment-${number}.m4s`));
      assert.deepEqual([status, headers["cache-control"]], [200, "public, max-age=3600, immutable"]);
      assert.deepEqual(body, segmentOf(rendition, number), `${rendition} ${number}`);
    }
  // Once more over Node's own server, which answers whoever asks for a piece.
  const piece = await ask(address("opus/segment-1.m4s"), { range: "bytes=0-99" });
  assert.deepEqual([piece.status, piece.body], [206, segmentOf("opus", 1).subarray(0, 100)]);
});

test("the segment being made, and one far ahead, are not found in the past", async () => {
  for (const number of [WHOLE, 9_999]) assert.equal((await ask(address(`opus/segment-${number}.m4s`))).status, 404);
  assert.equal((await ask(address("opus/dvr"))).status, 404);
});

test("a line of the index that is still being written is read when it is whole", async () => {
  const place = join(house.dataFolder, "torn");
  await mkdir(place);
  const line = (n: number) =>
    JSON.stringify({ n, offset: 100 + n * 10, length: 10, timestamp: n * 192_000, duration: 192_000, parts: 8, filler: 0, sha256: "00" });
  await writeFile(join(place, "aac.mp4"), Buffer.alloc(200, 7));
  const index = new ArchiveIndexFollower(place, "aac", quickClock());
  assert.deepEqual(await index.segments(), []);
  await writeFile(join(place, "aac.idx"), `${line(0)}\n${line(1).slice(0, 20)}`);
  assert.deepEqual(
    (await index.segments()).map(({ n }) => n),
    [0],
  );
  await writeFile(join(place, "aac.idx"), `${line(0)}\n${line(1)}\n`);
  assert.deepEqual(
    (await index.segments()).map(({ n }) => n),
    [0, 1],
  );
  assert.equal((await index.header())?.length, 100);
  assert.equal((await index.segment(1))?.length, 10);
  assert.equal(await index.segment(2), undefined);
  // Mended by a stage that came back: shorter than before, and read anew.
  await writeFile(join(place, "aac.idx"), `${line(0)}\n`);
  assert.deepEqual(
    (await index.segments()).map(({ n }) => n),
    [0],
  );
});

test("after the end the same list is closed and its sound goes on, also when the front was started anew", async () => {
  await archive.finish({ durationSamples: samples(PARTS * 24_000), title: EVENT.title, date: "2026-10-03T19:00:00Z" });
  await writeFile(join(house.dataFolder, "events", EVENT.id, "state.json"), JSON.stringify(stateOf({ phase: "ended", durationSamples: PARTS * 24_000 })));
  house.passTime(1_000);
  const again = await openFront();
  try {
    await mkdir(join(again.dataFolder, "events"), { recursive: true });
    await cp(join(house.dataFolder, "events", EVENT.id), join(again.dataFolder, "events", EVENT.id), { recursive: true });
    for (const { url } of [house, again]) {
      const list = (await ask(`${url}/live/evening/opus/dvr.m3u8`)).body.toString();
      assert.match(list, /#EXTINF:1,\nsegment-26\.m4s\n#EXT-X-ENDLIST\n$/);
      assert.deepEqual((await ask(`${url}/live/evening/opus/segment-26.m4s`)).body, segmentOf("opus", WHOLE, 2));
      assert.ok((await ask(`${url}/live/evening/opus/header.mp4`)).body.length > 100);
    }
    assert.equal((await ask(`${again.url}/live/evening/index.m3u8`)).status, 410);
  } finally {
    await again.close();
  }
});

test("what was deleted cannot be gone back to", async () => {
  const deleted = { version: 1, trimStartSeconds: 0, clips: true, keepDays: null, deleted: { unixMs: 1, by: "host" } };
  await writeFile(join(house.dataFolder, "events", EVENT.id, "recording.json"), JSON.stringify(deleted));
  house.passTime(2_000);
  for (const path of ["dvr.m3u8", "opus/dvr.m3u8", "opus/segment-0.m4s"]) {
    const { status, body } = await ask(address(path));
    assert.deepEqual([status, codeOf(body)], [410, "recording-deleted"], path);
  }
});
