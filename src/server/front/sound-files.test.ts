import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { milliseconds } from "../../core/units.ts";
import type { LiveEvent } from "../../event/mod.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "../blobs/s3-double.ts";
import { S3Store } from "../blobs/s3-store.ts";
import { Uploader } from "../control/uploader.ts";
import { ask, EVENT, type FrontDouble, openFront, open, stateOf, writeArchive } from "./test-front.ts";

/** The MP3 file has 1.6 MB: several blocks. */
const PARTS = 400;
const MP3_PART = 21 * 192;
let house: FrontDouble;
let double: S3Double;
let folder = "";
const address = (path: string) => `${house.url}/e/evening/${path}`;
/** Everything that can be asked about the recording, while it is on this disk. */
const local = new Map<string, Buffer>();
const ANSWERS = [
  "replay.m3u8",
  "archive/opus.m3u8",
  "archive/aac.m3u8",
  "archive/opus.mp4",
  "archive/aac.mp4",
  "recording.mp3",
  "recording.m4a",
  "recording.opus",
  "clip/83.5-120.mp3",
  "clip/83.5-120.m4a",
];

before(async () => {
  double = await openS3Double();
  process.env.EARSHOT_BUCKET_KEY = GOOD_KEYS.id;
  process.env.EARSHOT_BUCKET_SECRET = GOOD_KEYS.secret;
  house = await openFront({ storage: { recordingDays: 30, localDays: 0, place: { kind: "bucket", bucket: double.bucket } } });
  folder = await writeArchive(house.dataFolder, PARTS, MP3_PART);
  const state = stateOf({ phase: "ended", durationSamples: PARTS * 24_000, endedUnixMs: Date.parse("2026-10-03T20:00:00Z") });
  await writeFile(join(house.dataFolder, "events", EVENT.id, "state.json"), JSON.stringify(state));
  for (const path of ANSWERS) local.set(path, (await ask(address(path))).body);
  const uploader = new Uploader({
    dataFolder: house.dataFolder,
    store: new S3Store({ bucket: double.bucket, keys: async () => GOOD_KEYS, clock: systemClock }),
    localDays: 0,
    desk: { all: async () => [{ id: EVENT.id, slug: EVENT.slug, status: "ended", permanent: false, endedMs: 0 } as LiveEvent] },
    busy: () => false,
    clock: { ...systemClock, steadyMs: () => milliseconds(0) },
    log: silentLog,
  });
  await uploader.round();
  await assert.rejects(readFile(join(folder, "recording.mp3")), { code: "ENOENT" });
});
after(async () => {
  await house.close();
  await double.close();
});

test("while the store is away the answer says so in words and everything else goes on; what was read lately still plays", async () => {
  const { body } = await ask(address("recording.m4a"), { range: "bytes=0-999" });
  double.away = true;
  const { status, headers, body: told } = await ask(address("recording.mp3"), { range: "bytes=0-999" });
  assert.deepEqual([status, headers["content-type"], (JSON.parse(told.toString()) as ProblemDetails).code], [503, "application/problem+json", "store-away"]);
  assert.ok((await ask(address("recording.m4a"), { range: "bytes=0-999" })).body.equals(body));
  for (const path of ["", "replay.json", "replay.m3u8", "archive/aac.m3u8"]) assert.equal((await ask(address(path))).status, 200, path);
  double.away = false;
  assert.equal((await ask(address("recording.mp3"), { range: "bytes=0-999" })).status, 206);
});

test("a hundred listeners of the same minute cost the store one request each for a few pieces", async () => {
  const before = double.asked.length;
  const starts = Array.from({ length: 100 }, (_, listener) => (listener % 10) * 5_000);
  const bodies = await Promise.all(starts.map((start) => ask(address("archive/opus.mp4"), { range: `bytes=${start}-${start + 4_999}` })));
  bodies.forEach(({ body }, listener) =>
    assert.ok(body.equals((local.get("archive/opus.mp4") ?? Buffer.alloc(0)).subarray(starts[listener], (starts[listener] ?? 0) + 5_000))),
  );
  assert.ok(double.asked.length > before && double.asked.length - before <= 2, String(double.asked.length - before));
});

test("a recording that left this disk is the same, byte for byte, at every address", async () => {
  for (const path of ANSWERS) {
    const { status, body } = await ask(address(path));
    assert.equal(status, 200, path);
    assert.ok(body.length > 50 && body.equals(local.get(path) ?? Buffer.alloc(0)), path);
  }
});

test("every range of it is exact: within a block, over blocks, at both ends, and beyond", async () => {
  const whole = local.get("recording.mp3") ?? Buffer.alloc(0);
  const block = 256 * 1024;
  for (const [start, end] of [
    [0, 0],
    [0, block - 1],
    [block - 1, block],
    [block, 3 * block + 5],
    [whole.length - 1, whole.length - 1],
    [whole.length - 10, whole.length + 10],
    [17, whole.length - 1],
  ] as const) {
    const { status, headers, body } = await ask(address("recording.mp3"), { range: `bytes=${start}-${end}` });
    const last = Math.min(end, whole.length - 1);
    assert.deepEqual([status, headers["content-range"]], [206, `bytes ${start}-${last}/${whole.length}`]);
    assert.ok(body.equals(whole.subarray(start, last + 1)), `${start}-${end}`);
  }
  assert.equal((await ask(address("recording.mp3"), { range: `bytes=${whole.length}-` })).status, 416);
  const head = await ask(address("recording.mp3"), {}, "HEAD");
  assert.deepEqual([head.status, Number(head.headers["content-length"]), head.body.length], [200, whole.length, 0]);
  const again = await ask(address("recording.mp3"), { "if-none-match": String(head.headers.etag) });
  assert.equal(again.status, 304);
});

test("a listener who reads slowly makes the front hold one piece, not the file", async () => {
  const before = double.asked.length;
  const response = await open(address("recording.mp3"));
  response.once("readable", () => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  const whole = Math.ceil((local.get("recording.mp3") ?? "").length / (256 * 1024));
  response.destroy();
  assert.ok(double.asked.length - before < whole, `${double.asked.length - before} of ${whole}`);
});

test("the house's rule says until when it is kept, the event's own decision is stronger", async () => {
  const until = async () => (JSON.parse((await ask(address("replay.json"))).body.toString()) as { keptUntilUnixMs?: number }).keptUntilUnixMs;
  house.passTime(2_000);
  assert.equal(await until(), Date.parse("2026-11-02T20:00:00Z"));
  const settings = join(house.dataFolder, "events", EVENT.id, "recording.json");
  await writeFile(settings, JSON.stringify({ version: 1, keepDays: 5 }));
  house.passTime(2_000);
  assert.equal(await until(), Date.parse("2026-10-08T20:00:00Z"));
});

test("a deleted recording is gone at once, also the pieces this house still remembers", async () => {
  await writeFile(join(house.dataFolder, "events", EVENT.id, "recording.json"), JSON.stringify({ version: 1, deleted: { unixMs: 0, by: "host" } }));
  house.passTime(2_000);
  for (const path of ["recording.m4a", "recording.mp3", "archive/opus.mp4", "clip/83.5-120.mp3"]) assert.equal((await ask(address(path))).status, 410, path);
});

test("a store the settings no longer name is told to the operator, not answered with silence", async () => {
  const other = await openFront();
  await writeArchive(other.dataFolder, 20);
  const events = join(other.dataFolder, "events", EVENT.id);
  await writeFile(join(events, "stored.json"), await readFile(join(house.dataFolder, "events", EVENT.id, "stored.json")));
  await rm(join(events, "archive/recording.mp3"));
  const { status, body } = await ask(`${other.url}/e/evening/recording.mp3`);
  await other.close();
  assert.deepEqual([status, (JSON.parse(body.toString()) as ProblemDetails).code], [502, "store-refused"]);
});
