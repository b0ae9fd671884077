import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { listenerKey, mintListenerToken } from "../../event/mod.ts";
import { openArchive, RENDITIONS } from "../../programme/mod.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { PublicEvent, PublicState } from "../../wire/public-state.ts";
import { announce, ask, EVENT, type FrontDouble, openFront, openStageDouble, partOf, type StageDouble, stateOf, until, writeArchive } from "./test-front.ts";

/** Parts on air where going back is tried: 26 whole segments, of which memory holds the last 22. */
const PARTS = 210;
const KEY = listenerKey(new Uint8Array(32).fill(3));
const INVITED: PublicEvent = { ...EVENT, visibility: "invited" };
const TOKEN = mintListenerToken(KEY, EVENT.id, "eveEVE123_-x");
const COOKIE = { cookie: `earshot_in_evening=${TOKEN}` };

let house: FrontDouble;
let edge: FrontDouble;
let stage: StageDouble | undefined;
beforeEach(async () => {
  house = await openFront({ listenerKey: KEY, realTime: true });
  edge = await openFront({ listenerKey: KEY, realTime: true, origin: house.url });
});
afterEach(async () => {
  stage?.close();
  stage = undefined;
  await edge.close();
  await house.close();
});

const at = async (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") => await ask(`${edge.url}${path}`, headers, method);
const stateAt = async (front: FrontDouble, headers = {}) =>
  JSON.parse((await ask(`${front.url}/live/evening/state.json`, headers)).body.toString()) as PublicState;
const codeOf = (body: Buffer) => (JSON.parse(body.toString()) as ProblemDetails).code;
const stages = () => (stage === undefined ? [] : [{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
const storeOf = ({ front }: FrontDouble) => front.desk.get(EVENT.slug)?.store;

/** The event is on air, at the house first and then at its edge. */
async function goLive(parts = 20, event: PublicEvent = EVENT): Promise<StageDouble> {
  await writeFile(join(house.dataFolder, "public/evening.json"), JSON.stringify(event));
  const opened = await openStageDouble();
  stage = opened;
  house.front.setStages(stages());
  await announce(edge, event);
  edge.front.setStages(stages());
  opened.publish(0, parts);
  for (const front of [house, edge])
    await until(() => storeOf(front)?.newest("mp3") === parts - 1 && storeOf(front)?.newest("low") === parts - 1 && storeOf(front)?.connected === true);
  return opened;
}
/** The house's archive of what is on air, in which one can go back. */
async function writeGrowing(parts = PARTS): Promise<void> {
  const archive = await openArchive({ folder: join(house.dataFolder, "events", EVENT.id, "archive"), numberOfChannels: 1 });
  for (let number = 0; number < parts; number++) for (const rendition of RENDITIONS) await archive.append(partOf(rendition, number));
  await archive.close();
}
const segmentOf = (rendition: "opus" | "aac", number: number) =>
  Buffer.concat(Array.from({ length: 8 }, (_, index) => partOf(rendition, number * 8 + index).data));

test("what is not live is the house's: home, other events, lists, and files of a version the edge does not have; its own files need no house", async () => {
  for (const path of ["/", "/e/evening", "/sitemap.xml", "/feed.xml", "/calendar.ics", "/live/evening/state.json", "/e/evening/event.ics", "/card.png"]) {
    const [own, passed] = [await ask(`${house.url}${path}`), await at(path)];
    assert.deepEqual([passed.status, passed.headers["content-type"]], [200, own.headers["content-type"]], path);
    assert.equal(passed.headers.vary, own.headers.vary, path);
  }
  assert.equal((await at("/e/nobody", { accept: "text/html" })).headers["content-type"], "text/html; charset=utf-8");
  assert.deepEqual([codeOf((await at("/live/evening.mp3")).body), codeOf((await at("/live/evening/index.m3u8")).body)], ["event-not-live", "event-not-live"]);
  const { requests } = house.front;
  for (const path of ["/healthz", "/assets/app-1a2b.js", "/app.webmanifest", "/icon-192.png"]) assert.equal((await at(path)).status, 200, path);
  assert.equal((await at("/", {}, "POST")).status, 405);
  assert.equal(house.front.requests, requests);
  assert.equal(codeOf((await at("/assets/other.js")).body), "not-found");
  assert.equal(house.front.requests, requests + 1);
});

test("a replay is heard through an edge as at the house, whole, in pieces, and by whoever has it already", async () => {
  await writeArchive(house.dataFolder, 20);
  for (const path of [
    "/e/evening/replay.m3u8",
    "/e/evening/archive/opus.m3u8",
    "/live/evening/dvr.m3u8",
    "/live/evening/opus/segment-1.m4s",
    "/e/evening/replay.json",
  ]) {
    const own = await ask(`${house.url}${path}`);
    assert.deepEqual([own.status, (await at(path)).body.equals(own.body)], [200, true], path);
  }
  const path = "/e/evening/recording.mp3";
  const whole = await at(path);
  assert.deepEqual([whole.status, whole.headers["content-disposition"]], [200, 'inline; filename="evening.mp3"']);
  const piece = await at(path, { range: "bytes=10-19" });
  assert.deepEqual([piece.status, piece.headers["content-range"], piece.body], [206, `bytes 10-19/${whole.body.length}`, whole.body.subarray(10, 20)]);
  assert.equal((await at(path, { "if-none-match": String(whole.headers.etag) })).status, 304);
  assert.equal((await at(path, { range: `bytes=${whole.body.length}-` })).status, 416);
  const head = await at(path, {}, "HEAD");
  assert.deepEqual([head.status, Number(head.headers["content-length"]), head.body.length], [200, whole.body.length, 0]);
  assert.ok((await at("/e/evening/recording.opus")).body.length > 0);
  assert.equal(edge.front.bytesOut >= whole.body.length, true);
});

test("what is on air at an edge is answered there, and its state looks as the house's does", async () => {
  await mkdir(join(house.dataFolder, "events", EVENT.id), { recursive: true });
  await writeFile(join(house.dataFolder, "events", EVENT.id, "waiting.mp3"), Buffer.alloc(3_000_000, 7));
  stage = await openStageDouble(stateOf({ phase: "backstage" }));
  house.front.setStages(stages());
  await announce(edge);
  edge.front.setStages(stages());
  for (const front of [house, edge]) await until(() => storeOf(front)?.live?.phase === "backstage");
  const alike = async () => {
    const [own, here] = [await stateAt(house), await stateAt(edge)];
    // What each counts is its own.
    const bare = { serverUnixMs: 0, audience: undefined };
    assert.deepEqual({ ...here, ...bare }, { ...own, ...bare });
    return here;
  };
  const { waiting } = await alike();
  const music = await at(waiting?.sound ?? "", { range: "bytes=0-1" });
  assert.deepEqual([music.status, music.headers["content-range"]], [206, "bytes 0-1/3000000"]);
  const { requests } = house.front;
  await Promise.all(Array.from({ length: 10 }, () => at(waiting?.sound ?? "", { range: "bytes=2-" })));
  assert.equal(house.front.requests, requests, "the rest of the music is here");
  stage.endpoint.setState(stateOf());
  stage.publish(0, 20);
  for (const front of [house, edge]) await until(() => storeOf(front)?.newest("mp3") === 19 && storeOf(front)?.live?.phase === "live");
  await alike();
  for (const path of [
    "/live/evening/index.m3u8",
    "/live/evening/opus/segment-1.m4s",
    "/live/evening/door",
    "/e/evening",
    "/e/evening/event.ics",
    "/e/evening/embed",
  ])
    assert.equal((await at(path)).status, 200, path);
  const [before, after] = [house.front.requests, (await at("/live/evening/opus/part-3.m4s", { range: "bytes=0-9" })).status];
  assert.deepEqual([after, house.front.requests], [206, before]);
});

test("one can go back to the start at an edge, and what is asked for by many is asked of the house once", async () => {
  await writeGrowing();
  await goLive(PARTS);
  await until(() => storeOf(edge)?.get("opus", 0) === undefined);
  assert.equal((await stateAt(edge)).rewind, true);
  for (const path of ["dvr.m3u8", "opus/dvr.m3u8"]) {
    const own = await ask(`${house.url}/live/evening/${path}`);
    const here = await at(`/live/evening/${path}?s=12345678`);
    assert.deepEqual([here.status, here.body.toString()], [200, own.body.toString()], path);
    assert.notEqual(here.headers["earshot-pass"], own.headers["earshot-pass"] ?? "", "the pass is this listener's own");
  }
  const { requests } = house.front;
  // By the fast lane, and by Node's server, which answers whoever asks for a piece.
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => at(`/live/evening/opus/segment-1.m4s?s=listener-${index}`)));
  for (const { status, body, headers } of replies)
    assert.deepEqual([status, body, headers["cache-control"]], [200, segmentOf("opus", 1), "public, max-age=3600, immutable"]);
  const piece = await at("/live/evening/opus/segment-1.m4s", { range: "bytes=0-99" });
  assert.deepEqual([piece.status, piece.body], [206, segmentOf("opus", 1).subarray(0, 100)]);
  assert.equal(house.front.requests, requests + 1);
  assert.equal((await at("/live/evening/opus/segment-9999.m4s")).status, 404);
  // As at the house: who has gone back is not among those who listen now, who is near the end is.
  await at("/live/evening/opus/segment-25.m4s?s=listener-live");
  const served = edge.front.desk.get("evening") ?? assert.fail();
  const knows = (sessionNumber: string) => edge.front.audience.knows(served, { address: "127.0.0.1", agent: "", sessionNumber });
  await until(() => knows("listener-live"));
  assert.equal(knows("listener-0"), false);
});

test("the door of an edge stands before going back too, and a list made for one listener carries the edge's pass", async () => {
  await writeGrowing();
  await goLive(PARTS);
  edge.front.door.signsLists = () => true;
  const { status, headers, body } = await at("/live/evening/dvr.m3u8?s=12345678");
  const pass = headers["earshot-pass"];
  assert.deepEqual([status, headers["cache-control"], typeof pass], [200, "no-store", "string"]);
  assert.ok(body.toString().includes(`opus/dvr.m3u8?ticket=${String(pass)}`));
  assert.equal((await at(`/live/evening/opus/dvr.m3u8?ticket=${String(pass)}`)).status, 200);
});

test("an event by invitation is guarded by the house while it is not on air here, and here while it is", async () => {
  await writeFile(join(house.dataFolder, "public/evening.json"), JSON.stringify(INVITED));
  assert.equal(codeOf((await at("/e/evening")).body), "invitation-needed");
  const came = await at(`/e/evening?invite=${TOKEN}`);
  assert.deepEqual([came.status, came.headers.location], [303, "/e/evening"]);
  assert.match(String(came.headers["set-cookie"]), /earshot_in_evening=/);
  const page = await at("/e/evening", COOKIE);
  assert.deepEqual([page.status, page.headers["cache-control"]], [200, "private, max-age=1"]);
  assert.equal((await at("/e/evening")).status, 403, "and nobody is given another's page");
  await writeGrowing();
  await writeFile(join(house.dataFolder, "events", EVENT.id, "chapters.json"), "{}");
  await goLive(PARTS, INVITED);
  const { requests } = house.front;
  for (const path of ["/e/evening", "/e/evening/chapters.json", "/live/evening/state.json", "/live/evening/opus/segment-0.m4s", "/live/evening.mp3"])
    assert.equal((await at(path)).status, 403, path);
  assert.equal(house.front.requests, requests, "the edge's own gate");
  assert.equal((await stateAt(edge, COOKIE)).rewind, true);
  for (const path of [
    "/e/evening",
    "/e/evening/chapters.json",
    "/live/evening/opus/segment-0.m4s",
    "/live/evening/opus/segment-25.m4s",
    "/live/evening/dvr.m3u8",
  ]) {
    const { status, headers } = await at(path, COOKIE);
    assert.deepEqual([status, /public/.test(headers["cache-control"] ?? "")], [200, false], path);
    assert.deepEqual(headers.vary?.match(/cookie/g), ["cookie"], path);
  }
});

test("from the first page to the replay a listener at an edge meets no gap, also when the edge's files go first", async () => {
  const faults: string[] = [];
  let over = false;
  const visits = (async () => {
    while (!over)
      for (const path of ["/e/evening", "/live/evening/state.json"]) {
        const { status } = await at(path);
        if (status !== 200) faults.push(`${path}: ${status}`);
      }
  })();
  const statusBecomes = async (wanted: string) => {
    while ((await stateAt(edge)).status !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await statusBecomes("scheduled");
  await writeArchive(house.dataFolder, 20);
  await rm(join(house.dataFolder, "events", EVENT.id, "state.json"));
  const double = await goLive();
  await statusBecomes("live");
  const ended = stateOf({ phase: "ended", durationSamples: 20 * 24_000 });
  double.publish(20, 21, { last: true });
  double.endpoint.setState(ended);
  await statusBecomes("ended");
  assert.equal((await at("/e/evening/recording.mp3")).status, 200);
  await rm(join(edge.dataFolder, "public/evening.json"));
  edge.front.setStages([]);
  for (const path of ["/live/evening/opus/plain.m3u8", "/live/evening/opus/segment-0.m4s", "/e/evening/replay.m3u8"])
    assert.equal((await at(path)).status, 200, path);
  assert.equal(codeOf((await at("/live/evening.mp3")).body), "event-ended");
  over = true;
  await visits;
  assert.deepEqual(faults, []);
});

test("an event that ended while the line was cut ends here too, with every open stream", async () => {
  await goLive();
  const radio = at("/live/evening.mp3");
  await until(() => edge.front.desk.get("evening")?.endless.listeners("mp3") === 1);
  stage?.close();
  await until(() => storeOf(edge)?.connected === false && storeOf(house)?.connected === false);
  const served = house.front.desk.get("evening") ?? assert.fail();
  served.store.live = stateOf({ phase: "ended", durationSamples: 20 * 24_000 });
  edge.front.setStages([]);
  assert.equal((await stateAt(edge)).status, "ended", "the house's word at once");
  assert.ok((await radio).body.length > 0);
  await until(() => storeOf(edge)?.live?.phase === "ended");
});

test("an event nobody has announced here is nobody's to hear past the gate", async () => {
  await goLive(20, INVITED);
  await rm(join(edge.dataFolder, "public/evening.json"));
  await new Promise((resolve) => setTimeout(resolve, 600));
  edge.front.setStages(stages());
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const path of ["/live/evening/opus/segment-1.m4s", "/live/evening.mp3", "/live/evening/index.m3u8"]) assert.equal((await at(path)).status, 403, path);
});

test("under pressure an edge sheds replays, previews and posts itself, and asks its house for none of them", async () => {
  await writeArchive(house.dataFolder, 20);
  const does = edge.front.door.does.bind(edge.front.door);
  edge.front.door.does = (what) => what === "no-joins" || what === "no-previews" || what === "no-posts";
  const { requests } = house.front;
  for (const path of [
    "/e/evening/recording.mp3",
    "/live/evening/dvr.m3u8",
    "/e/evening/replay.json",
    "/feed.xml",
    "/s/x/feed.xml",
    "/card.png",
    "/e/evening/card.png",
    "/e/evening/waiting.mp3",
  ])
    assert.equal(codeOf((await at(path)).body), "busy", path);
  assert.equal((JSON.parse((await at("/e/evening/wall.json")).body.toString()) as { off?: string }).off, "busy");
  assert.equal(house.front.requests, requests);
  assert.equal((await at("/e/evening")).status, 200, "who comes is told what is on");
  edge.front.door.does = does;
});

test("a stream of what is on air at the house alone is not drawn through an edge: it comes in a moment", async () => {
  const double = await openStageDouble();
  stage = double;
  house.front.setStages(stages());
  await until(() => storeOf(house)?.connected === true);
  double.publish(0, 20);
  await until(() => storeOf(house)?.newest("mp3") === 19 && storeOf(house)?.newest("opus") === 19);
  for (const path of ["/live/evening.mp3", "/live/evening/stream.mp4"]) {
    const { status, body } = await at(path);
    assert.deepEqual([status, codeOf(body)], [503, "stage-starting"], path);
  }
  await until(() => house.front.desk.get("evening")?.endless.listeners("mp3") === 0);
  assert.equal((await at("/live/evening/index.m3u8")).status, 200);
});
