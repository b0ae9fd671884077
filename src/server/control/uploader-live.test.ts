import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { milliseconds, unixMilliseconds } from "../../core/units.ts";
import type { LiveEvent } from "../../event/mod.ts";
import { writeRecordingSettings } from "../adapters/recording-settings.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "../blobs/s3-double.ts";
import { S3Store } from "../blobs/s3-store.ts";
import { Uploader } from "./uploader.ts";

const PART = 100_000;
let dataFolder = "";
let archive = "";
let double: S3Double;
let store: S3Store;
let nowMs = 0;
let status: LiveEvent["status"] = "live";
const clock: Clock = { wallMs: () => unixMilliseconds(Date.now() + nowMs), steadyMs: () => milliseconds(nowMs), sleep: systemClock.sleep };

const uploader = () =>
  new Uploader({
    dataFolder,
    store,
    localDays: null,
    desk: { all: async () => [{ id: "e1", slug: "e1", status, permanent: false, endedMs: status === "ended" ? 1 : null } as LiveEvent] },
    busy: () => false,
    clock,
    log: silentLog,
    partBytes: PART,
  });
const partsSent = (file: string) =>
  double.asked.filter((line) => line.includes(`${file}?partNumber=`)).map((line) => Number(/partNumber=(\d+)/.exec(line)?.[1]));
const grow = (file: string, bytes: number) => appendFile(join(archive, file), randomBytes(bytes));

async function end(): Promise<void> {
  const state = { eventId: "e1", slug: "e1", phase: "ended", epoch: 1, durationSamples: 1, onStage: [], revision: 1 };
  await writeFile(join(dataFolder, "events/e1/state.json"), JSON.stringify(state));
  await writeFile(join(archive, "end.json"), '{"durationSamples":1}');
  status = "ended";
}

async function assertStored(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const bytes = await readFile(join(archive, name));
    assert.deepEqual(Buffer.from((await store.read(`events/e1/archive/${name}`, { offset: 0, length: bytes.length + 1 })) ?? []), bytes, name);
  }
}

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "earshot-early-"));
  archive = join(dataFolder, "events/e1/archive");
  await mkdir(join(archive, "lang/de"), { recursive: true });
  double = await openS3Double();
  store = new S3Store({ bucket: double.bucket, keys: async () => GOOD_KEYS, clock: systemClock });
  nowMs = 0;
  status = "live";
});
afterEach(async () => {
  await double.close();
  await rm(dataFolder, { recursive: true, force: true });
});

test("while an event is on air what is recorded goes to the bucket part by part; at the end only what changed and what is left follows", async () => {
  await grow("aac.mp4", 3.5 * PART);
  await grow("recording.mp3", 2.2 * PART);
  await grow("lang/de/opus.mp4", PART);
  await grow("aac.idx", 2 * PART);
  await grow("opus.mp4", PART - 1);
  let own = uploader();
  for (let round = 0; round < 5; round++) await own.round();
  assert.deepEqual([partsSent("archive/aac.mp4"), partsSent("recording.mp3"), partsSent("opus.mp4")], [[1, 2, 3], [1, 2], [1]]);
  assert.equal(own.sentBytes, 6 * PART);
  assert.deepEqual(await store.list("events/e1/"), [], "nothing half there can be taken for a recording");
  // Control is restarted, and the stage too, which mends a torn tail.
  own = uploader();
  await truncate(join(archive, "aac.mp4"), 2.9 * PART);
  await grow("aac.mp4", 2 * PART);
  for (let round = 0; round < 3; round++) await own.round();
  assert.deepEqual(partsSent("archive/aac.mp4"), [1, 2, 3, 4]);
  // The tag in front of the MP3 is filled in at the very end.
  const mp3 = await open(join(archive, "recording.mp3"), "r+");
  await mp3.write("the title", 30);
  await mp3.close();
  await end();
  await own.round();
  assert.deepEqual(
    [partsSent("archive/aac.mp4"), partsSent("recording.mp3")],
    [
      [1, 2, 3, 4, 3, 5],
      [1, 2, 1, 3],
    ],
  );
  assert.equal(double.asked.filter((line) => line.includes("aac.mp4?uploads")).length, 1);
  await assertStored("aac.mp4", "recording.mp3", "opus.mp4", "aac.idx", "lang/de/opus.mp4", "end.json");
  await assert.rejects(stat(join(dataFolder, "events/e1/sending.json")), { code: "ENOENT" });
  const asked = double.asked.length;
  await own.round();
  assert.equal(double.asked.length, asked, "and nothing is sent again");
});

test("a bucket that is away or forgets while an event is on air costs nothing but time", async () => {
  await grow("aac.mp4", 2.5 * PART);
  const own = uploader();
  double.away = true;
  await own.round();
  assert.equal(own.figures.lost?.code, "store-away");
  double.away = false;
  nowMs += 300_000;
  await own.round();
  assert.deepEqual([own.figures.lost, partsSent("archive/aac.mp4").at(-1)], [undefined, 1]);
  const { files } = JSON.parse(await readFile(join(dataFolder, "events/e1/sending.json"), "utf8")) as { files: { upload: { id: string } }[] };
  await store.abortUpload("events/e1/archive/aac.mp4", files[0]?.upload.id ?? "");
  for (let round = 0; round < 4; round++) {
    nowMs += 300_000;
    await own.round();
  }
  await end();
  await own.round();
  await assertStored("aac.mp4", "end.json");
});

test("what was sent early of a recording that was deleted before it was whole is thrown away", async () => {
  await grow("aac.mp4", 2.5 * PART);
  const own = uploader();
  await own.round();
  const { files } = JSON.parse(await readFile(join(dataFolder, "events/e1/sending.json"), "utf8")) as { files: { upload: { id: string } }[] };
  await writeRecordingSettings(dataFolder, "e1", {
    version: 1,
    trimStartSeconds: 0,
    clips: true,
    keepDays: null,
    keepTracks: false,
    keepLossless: false,
    deleted: { unixMs: 1, by: "host" },
  });
  await end();
  await own.round();
  assert.equal(await store.listParts("events/e1/archive/aac.mp4", files[0]?.upload.id ?? ""), "unknown");
  assert.deepEqual(await store.list("events/e1/"), []);
});
