import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { createLog } from "../../core/log.ts";
import { milliseconds, unixMilliseconds } from "../../core/units.ts";
import type { LiveEvent } from "../../event/mod.ts";
import type { StoredRecord } from "../../wire/stored.ts";
import { writeRecordingSettings } from "../adapters/recording-settings.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { FolderStore } from "../blobs/folder-store.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "../blobs/s3-double.ts";
import { S3Store } from "../blobs/s3-store.ts";
import { Uploader, type UploaderOptions } from "./uploader.ts";

const DAY_MS = 86_400_000;
const PART = 100_000;
/** Bytes of the files: two in several parts, one in a single one. */
const FILES = { "aac.mp4": 5 * PART + 17, "opus.mp4": PART, "recording.mp3": 3 * PART, "aac.idx": 900, "end.json": 60 } as const;
const DEFAULTS = { version: 1, trimStartSeconds: 0, clips: true, keepDays: null, keepTracks: false, keepLossless: false } as const;

let dataFolder = "";
let double: S3Double;
let store: BlobStore;
let said: string[] = [];
let nowMs = 0;
const endedMs = Date.now();
/** Signing goes by the real clock, waiting by this one. */
const clock: Clock = { wallMs: () => unixMilliseconds(endedMs + nowMs), steadyMs: () => milliseconds(nowMs), sleep: systemClock.sleep };
const eventOf = (id: string) => ({ id, slug: id, status: "ended", permanent: false, endedMs }) as LiveEvent;
const folderOf = (id: string) => join(dataFolder, "events", id, "archive");
const recordOf = async (id: string) => JSON.parse(await readFile(join(dataFolder, "events", id, "stored.json"), "utf8")) as StoredRecord;
const leftOf = async (id: string) => (await readdir(folderOf(id))).sort();
const lines = (message: RegExp) => said.filter((line) => message.test(line));

/** An event that is over, with a recording of random bytes. */
async function record(id: string): Promise<void> {
  await mkdir(folderOf(id), { recursive: true });
  const state = { eventId: id, slug: id, phase: "ended", epoch: 1, durationSamples: 1, onStage: [], revision: 1 };
  await writeFile(join(dataFolder, "events", id, "state.json"), JSON.stringify(state));
  for (const [name, bytes] of Object.entries(FILES))
    await writeFile(join(folderOf(id), name), name === "end.json" ? '{"durationSamples":1}'.padEnd(bytes) : randomBytes(bytes));
}

function uploader(ids: readonly string[], more: Partial<UploaderOptions> = {}): Uploader {
  return new Uploader({
    dataFolder,
    store,
    localDays: null,
    desk: { all: async () => ids.map(eventOf) },
    busy: () => false,
    clock,
    log: createLog(
      (line) => said.push(line),
      () => 0,
    ),
    partBytes: PART,
    ...more,
  });
}

async function assertStored(id: string): Promise<void> {
  assert.deepEqual(
    [...(await store.list(`events/${id}/`))].sort(),
    Object.keys(FILES)
      .map((name) => `events/${id}/archive/${name}`)
      .sort(),
  );
  for (const [name, length] of Object.entries(FILES)) {
    const there = await store.read(`events/${id}/archive/${name}`, { offset: 0, length });
    assert.deepEqual(Buffer.from(there ?? []), await readFile(join(folderOf(id), name)), name);
  }
}

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "earshot-uploader-"));
  double = await openS3Double();
  store = new S3Store({ bucket: double.bucket, keys: async () => GOOD_KEYS, clock: systemClock });
  said = [];
  nowMs = 0;
});
afterEach(async () => {
  await double.close();
  await rm(dataFolder, { recursive: true, force: true });
});

test("a finished recording is in the store byte for byte after one round, and nothing is sent again", async () => {
  await record("e1");
  await mkdir(join(dataFolder, "events/running/archive"), { recursive: true });
  await writeFile(join(dataFolder, "events/running/archive/aac.mp4"), "not whole yet");
  const own = uploader(["e1", "running"]);
  await own.round();
  await assertStored("e1");
  assert.deepEqual(await store.list("events/running/"), [], "a recording without its end is not finished");
  assert.equal(
    own.sentBytes,
    Object.values(FILES).reduce((sum, bytes) => sum + bytes, 0),
  );
  assert.deepEqual([own.figures.files, own.figures.bytes, own.figures.waitingSinceUnixMs], [0, 0, null]);
  const asked = double.asked.length;
  await own.round();
  await uploader(["e1"]).round();
  assert.equal(double.asked.length, asked);
  assert.equal(lines(/recording stored/).length, 1);
});

test("a recording whose stage is still completing it is on its way a round later, and an old one without an end is looked at seldom", async () => {
  await record("e1");
  const end = join(folderOf("e1"), "end.json");
  const own = uploader(["e1"]);
  for (const [afterMs, sent] of [
    [0, true],
    [3_600_000, false],
  ] as const) {
    await rm(join(dataFolder, "events/e1/stored.json"), { force: true });
    const bytes = await readFile(end);
    await rm(end);
    nowMs = afterMs;
    await own.round();
    await writeFile(end, bytes);
    nowMs += 3_000;
    const asked = double.asked.length;
    await own.round();
    assert.equal(double.asked.length > asked, sent);
  }
});

test("the same into a folder", async () => {
  await record("e1");
  const root = join(dataFolder, "share");
  await mkdir(root);
  store = new FolderStore(root);
  await uploader(["e1"]).round();
  await assertStored("e1");
});

test("a store that is away costs nothing but time: the queue and its age are told, the words once, and everything follows when it is back", async () => {
  await record("e1");
  await record("e2");
  double.away = true;
  const own = uploader(["e1", "e2"]);
  let requests = 0;
  for (let second = 0; second < 600; second++) {
    const before = double.asked.length;
    await own.round();
    requests += Number(double.asked.length > before);
    nowMs += 1_000;
  }
  assert.ok(requests >= 8 && requests <= 14, `asked ${requests} times in ten minutes`);
  const whole = Object.values(FILES).reduce((sum, bytes) => sum + bytes, 0);
  assert.deepEqual([own.figures.files, own.figures.bytes, own.figures.lost?.code], [10, 2 * whole, "store-away"]);
  assert.equal(clock.wallMs() - (own.figures.waitingSinceUnixMs ?? 0), 600_000);
  assert.equal(lines(/takes nothing; events go on/).length, 1);
  double.away = false;
  nowMs += 300_000;
  await own.round();
  assert.equal(own.figures.lost, undefined);
  assert.equal(lines(/store for recordings is back/).length, 1);
  await assertStored("e1");
  await assertStored("e2");
});

test("a wrong secret is told as what it is, and the right one mends it without a restart", async () => {
  await record("e1");
  let secret = "wrong";
  store = new S3Store({ bucket: double.bucket, keys: async () => ({ ...GOOD_KEYS, secret }), clock: systemClock });
  const own = uploader(["e1"]);
  await own.round();
  assert.deepEqual([own.figures.lost?.code, own.figures.lost?.reason], ["store-refused", "SignatureDoesNotMatch"]);
  assert.doesNotMatch(said.join(""), /wrong"/);
  secret = GOOD_KEYS.secret;
  nowMs += 2_000;
  await own.round();
  await assertStored("e1");
});

describe("killed in the middle of a file", () => {
  for (const listsParts of [true, false])
    test(`the sending goes on where it was, no part twice but the one on its way (a bucket that ${listsParts ? "lists" : "does not list"} parts)`, {
      timeout: 60_000,
    }, async () => {
      await double.close();
      double = await openS3Double({ listsParts });
      store = new S3Store({ bucket: double.bucket, keys: async () => GOOD_KEYS, clock: systemClock });
      await record("e1");
      const held = new Promise<void>((resolve) => {
        double.hold = async ({ url = "" }) => {
          if (!url.includes("aac.mp4?partNumber=4&")) return;
          resolve();
          await new Promise(() => {});
        };
      });
      const settings = JSON.stringify({ bucket: double.bucket, dataFolder, event: eventOf("e1"), partBytes: PART });
      const child = spawn(process.execPath, [join(import.meta.dirname, "uploader-victim.ts"), settings], { stdio: ["ignore", "inherit", "inherit"] });
      await held;
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      double.hold = async () => {};
      await uploader(["e1"]).round();
      await assertStored("e1");
      const sent = double.asked.filter((line) => line.includes("aac.mp4?partNumber=")).map((line) => Number(/partNumber=(\d+)/.exec(line)?.[1]));
      assert.deepEqual(sent, [1, 2, 3, 4, 4, 5, 6]);
      assert.equal(double.asked.filter((line) => line.includes("?uploads")).length, 2, "one upload for each file in parts");
    });

  test("a part that arrived without our knowing is not sent again", async () => {
    await record("e1");
    const first = uploader(["e1"]);
    let closed: Promise<void> | undefined;
    double.hold = async ({ url = "" }) => {
      if (!url.includes("aac.mp4?partNumber=3&")) return;
      closed ??= first.close();
      await new Promise(() => {});
    };
    await first.round();
    await closed;
    double.hold = async () => {};
    const uploadId = (await recordOf("e1")).files.find(({ upload }) => upload !== undefined)?.upload?.id ?? "";
    const bytes = new Uint8Array(await readFile(join(folderOf("e1"), "aac.mp4"))).slice(2 * PART, 3 * PART);
    await store.putPart({ key: "events/e1/archive/aac.mp4", uploadId, number: 3, bytes });
    const before = double.asked.length;
    await uploader(["e1"]).round();
    await assertStored("e1");
    const sent = double.asked.slice(before).filter((line) => line.includes("aac.mp4?partNumber="));
    assert.deepEqual(
      sent.map((line) => Number(/partNumber=(\d+)/.exec(line)?.[1])),
      [4, 5, 6],
    );
  });

  test("an upload the bucket threw away meanwhile is begun anew", async () => {
    await record("e1");
    await uploader(["e1"]).round();
    const kept = await recordOf("e1");
    const { storedUnixMs: _, ...again } = kept;
    const files = again.files.map((file) =>
      file.path === "archive/aac.mp4" ? { ...file, stored: false, upload: { id: "0".repeat(32), partBytes: PART, etags: ['"a"', '"b"'] } } : file,
    );
    await writeFile(join(dataFolder, "events/e1/stored.json"), JSON.stringify({ ...again, files }));
    await uploader(["e1"]).round();
    await assertStored("e1");
    assert.notEqual((await recordOf("e1")).storedUnixMs, undefined);
  });
});

describe("the sound on this machine's disk", () => {
  const sound = ["aac.mp4", "opus.mp4", "recording.mp3"];
  test("leaves on its day when the store has every byte; fingerprints and the end mark stay", async () => {
    await record("e1");
    const own = uploader(["e1"], { localDays: 2 });
    await own.round();
    nowMs = 2 * DAY_MS - 1;
    await own.round();
    assert.deepEqual(await leftOf("e1"), Object.keys(FILES).sort());
    nowMs += 3_600_001;
    await own.round();
    assert.deepEqual(await leftOf("e1"), ["aac.idx", "end.json"]);
    assert.equal((await recordOf("e1")).localRemovedUnixMs, clock.wallMs());
  });

  test("stays while its stage has work, and when the store has lost what it had taken, which is then sent again", async () => {
    await record("e1");
    let busy = true;
    const own = uploader(["e1"], { localDays: 0, busy: () => busy });
    await own.round();
    assert.deepEqual(await leftOf("e1"), Object.keys(FILES).sort());
    busy = false;
    await store.delete("events/e1/archive/opus.mp4");
    nowMs += 2_000;
    await own.round();
    assert.deepEqual(await leftOf("e1"), Object.keys(FILES).sort());
    assert.equal(lines(/is not what was sent/).length, 1);
    await own.round();
    assert.equal(await store.size("events/e1/archive/opus.mp4"), FILES["opus.mp4"]);
    assert.ok(!(await leftOf("e1")).some((name) => sound.includes(name)));
  });
});

describe("a deleted recording", () => {
  const decide = async () => await writeRecordingSettings(dataFolder, "e1", { ...DEFAULTS, deleted: { unixMs: clock.wallMs(), by: "host" } });
  test("is taken out of the store too, and later when the store is away at that moment", async () => {
    await record("e1");
    const own = uploader(["e1"]);
    await own.round();
    await store.put("events/e1/archive/left-over", new Uint8Array(3));
    double.away = true;
    await decide();
    own.wake("e1");
    await own.round();
    assert.deepEqual([own.figures.deletions, own.figures.lost?.code], [1, "store-away"]);
    double.away = false;
    nowMs += 2_000;
    await own.round();
    assert.deepEqual(await store.list("events/e1/"), []);
    assert.deepEqual([own.figures.deletions, (await recordOf("e1")).deletedUnixMs], [0, clock.wallMs()]);
    await uploader(["e1"]).round();
    assert.deepEqual(await store.list("events/e1/"), [], "and is not sent again");
  });

  test("while it is being sent stops at the next part and leaves nothing half sent", async () => {
    await record("e1");
    double.hold = async ({ url = "" }) => {
      if (url.includes("partNumber=2&")) await decide();
    };
    const own = uploader(["e1"]);
    await own.round();
    const uploadId = (await recordOf("e1")).files.find(({ upload }) => upload !== undefined)?.upload?.id ?? "";
    assert.ok(!double.asked.some((line) => line.includes("partNumber=3&")));
    await own.round();
    assert.deepEqual(await store.list("events/e1/"), []);
    assert.equal(await store.listParts("events/e1/archive/aac.mp4", uploadId), "unknown");
  });
});
