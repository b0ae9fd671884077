import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import type { EarshotError } from "../../core/errors.ts";
import { unixMilliseconds } from "../../core/units.ts";
import type { BlobStore } from "./blob-store.ts";
import { FolderStore } from "./folder-store.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "./s3-double.ts";
import { S3Store } from "./s3-store.ts";

const bytesOf = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(length));
const PART = 200_000;

/** A store and the ways to lose it and to get it back. */
interface Candidate {
  readonly store: BlobStore;
  readonly lose: () => Promise<void>;
  readonly find: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function folder(): Promise<Candidate> {
  const root = await mkdtemp(join(tmpdir(), "earshot-store-"));
  return {
    store: new FolderStore(root),
    lose: () => rename(root, `${root}.gone`),
    find: () => rename(`${root}.gone`, root),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

async function bucket(): Promise<Candidate> {
  const double = await openS3Double();
  return {
    store: new S3Store({ bucket: double.bucket, keys: async () => GOOD_KEYS, clock: systemClock }),
    lose: async () => {
      double.away = true;
    },
    find: async () => {
      double.away = false;
    },
    close: () => double.close(),
  };
}

for (const [name, open] of Object.entries({ "a folder": folder, "a bucket": bucket })) {
  describe(`recordings in ${name}`, () => {
    let candidate: Candidate;
    let store: BlobStore;
    before(async () => {
      candidate = await open();
      ({ store } = candidate);
    });
    after(() => candidate.close());

    test("come back byte for byte, whole and in pieces, also past their end", async () => {
      const bytes = bytesOf(70_000);
      await store.put("events/a/archive/recording.mp3", bytes);
      assert.equal(await store.size("events/a/archive/recording.mp3"), 70_000);
      const read = async (offset: number, length: number) => Buffer.from((await store.read("events/a/archive/recording.mp3", { offset, length })) ?? []);
      assert.deepEqual(await read(0, 70_000), Buffer.from(bytes));
      assert.deepEqual(await read(12_345, 1), Buffer.from(bytes.subarray(12_345, 12_346)));
      assert.deepEqual(await read(69_990, 500), Buffer.from(bytes.subarray(69_990)));
      assert.equal((await read(70_000, 10)).length, 0);
    });

    test("are replaced whole, and an empty file is a file", async () => {
      await store.put("events/b/archive/end.json", bytesOf(500));
      const newer = bytesOf(20);
      await store.put("events/b/archive/end.json", newer);
      assert.deepEqual(Buffer.from((await store.read("events/b/archive/end.json", { offset: 0, length: 500 })) ?? []), Buffer.from(newer));
      await store.put("events/b/archive/opus.idx", new Uint8Array(0));
      assert.equal(await store.size("events/b/archive/opus.idx"), 0);
    });

    test("that are not there are said not to be there", async () => {
      assert.equal(await store.size("events/none/x"), undefined);
      assert.equal(await store.read("events/none/x", { offset: 0, length: 10 }), undefined);
      await store.delete("events/none/x");
      assert.deepEqual(await store.list("events/none/"), []);
    });

    test("are listed by the beginning of their names and can be taken away one by one", async () => {
      for (const key of ["events/c/archive/1", "events/c/archive/2", "events/c2/archive/3"]) await store.put(key, bytesOf(10));
      assert.deepEqual([...(await store.list("events/c/"))].sort(), ["events/c/archive/1", "events/c/archive/2"]);
      await store.delete("events/c/archive/1");
      assert.deepEqual(await store.list("events/c/"), ["events/c/archive/2"]);
      assert.deepEqual(await store.list("events/c2/"), ["events/c2/archive/3"]);
    });

    test("can be sent in parts; a part sent twice counts once, and nothing is there before the last", async () => {
      const key = "events/d/archive/aac.mp4";
      const whole = bytesOf(2 * PART + 77);
      const parts = [whole.slice(0, PART), whole.slice(PART, 2 * PART), whole.slice(2 * PART)];
      const uploadId = await store.beginUpload(key);
      assert.deepEqual(await store.listParts(key, uploadId), []);
      const first = await store.putPart({ key, uploadId, number: 1, bytes: parts[0] as Uint8Array<ArrayBuffer> });
      await store.putPart({ key, uploadId, number: 2, bytes: bytesOf(PART) });
      const second = await store.putPart({ key, uploadId, number: 2, bytes: parts[1] as Uint8Array<ArrayBuffer> });
      const listed = await store.listParts(key, uploadId);
      assert.ok(Array.isArray(listed));
      assert.deepEqual(
        listed.map(({ number, bytes, etag }) => [number, bytes, etag]),
        [
          [1, PART, first],
          [2, PART, second],
        ],
      );
      assert.equal(await store.size(key), undefined);
      const third = await store.putPart({ key, uploadId, number: 3, bytes: parts[2] as Uint8Array<ArrayBuffer> });
      await store.completeUpload(key, uploadId, [first, second, third]);
      assert.deepEqual(Buffer.from((await store.read(key, { offset: 0, length: whole.length })) ?? []), Buffer.from(whole));
      assert.equal(await store.listParts(key, uploadId), "unknown");
    });

    test("leave nothing when they are given up half sent", async () => {
      const key = "events/e/archive/opus.mp4";
      const uploadId = await store.beginUpload(key);
      await store.putPart({ key, uploadId, number: 1, bytes: bytesOf(PART) });
      await store.abortUpload(key, uploadId);
      await store.abortUpload(key, uploadId);
      assert.equal(await store.listParts(key, uploadId), "unknown");
      assert.deepEqual(await store.list("events/e/"), []);
    });

    test("cannot have a name that leads elsewhere", async () => {
      for (const key of ["../x", "events/../../x", "/etc/passwd", "events//x", "events/.uploads", "a b", "events/x/", "a?b", "a%2fb", ""])
        await assert.rejects(store.put(key, bytesOf(1)), { code: "store-refused" }, key);
    });

    test("wait while the store is away, which is said in so many words, and go on when it is back", async () => {
      await candidate.lose();
      for (const attempt of [
        () => store.put("events/f/x", bytesOf(1)),
        () => store.read("events/a/archive/recording.mp3", { offset: 0, length: 1 }),
        () => store.size("x"),
        () => store.list(""),
      ])
        await assert.rejects(attempt, { code: "store-away" });
      await candidate.find();
      assert.equal(await store.size("events/a/archive/recording.mp3"), 70_000);
      assert.equal(await store.size("events/f/x"), undefined);
    });

    test("stop being sent when the house closes", async () => {
      const end = new AbortController();
      end.abort(new Error("closing"));
      await assert.rejects(store.put("events/g/x", bytesOf(1), end.signal), /closing/);
    });
  });
}

describe("a bucket", () => {
  let double: S3Double;
  before(async () => {
    double = await openS3Double({ listsParts: false });
  });
  after(() => double.close());
  const storeWith = (secret: string, changes: object = {}, skewMs = 0) =>
    new S3Store({
      bucket: { ...double.bucket, ...changes },
      keys: async () => ({ ...GOOD_KEYS, secret }),
      clock: { ...systemClock, wallMs: () => unixMilliseconds(Date.now() + skewMs) },
    });
  const refusal = async (attempt: Promise<unknown>) =>
    await attempt.then(
      () => assert.fail("taken"),
      ({ code, details }: EarshotError) => [code, details.code],
    );

  test("refuses a wrong secret, an unknown bucket and a clock that is wrong, each by its own name", async () => {
    assert.deepEqual(await refusal(storeWith("wrong").put("x", bytesOf(9))), ["store-refused", "SignatureDoesNotMatch"]);
    assert.deepEqual(await refusal(storeWith("S3RVER", { name: "other-bucket" }).put("x", bytesOf(9))), ["store-refused", "NoSuchBucket"]);
    assert.deepEqual(await refusal(storeWith("S3RVER", { name: "other-bucket" }).read("x", { offset: 0, length: 1 })), ["store-refused", "NoSuchBucket"]);
    assert.deepEqual(await refusal(storeWith("S3RVER", {}, 3_600_000).put("x", bytesOf(9))), ["store-refused", "RequestTimeTooSkewed"]);
    assert.equal((await fetch(`${double.bucket.endpoint}/recordings/house/x`)).status, 403, "and nobody without a signature");
    await storeWith("S3RVER").put("x", bytesOf(9));
  });

  test("that does not list parts says so, and the sender relies on its own notes", async () => {
    const store = storeWith("S3RVER");
    const uploadId = await store.beginUpload("y");
    assert.equal(await store.listParts("y", uploadId), "unlisted");
  });

  test("keeps our files under the prefix and apart from others' there", async () => {
    const other = storeWith("S3RVER", { prefix: "" });
    await other.put("housewarming/x", bytesOf(3));
    await storeWith("S3RVER").put("events/z", bytesOf(3));
    assert.deepEqual(await storeWith("S3RVER").list("events/"), ["events/z"]);
    assert.ok((await other.list("house")).includes("house/events/z"));
  });

  test("never has its secret in an error, whatever went wrong", async () => {
    for (const away of [false, true]) {
      double.away = away;
      const cause = (await storeWith("s3cr3t-value")
        .put("x", bytesOf(9))
        .catch((error: unknown) => error)) as EarshotError;
      assert.equal(cause.code, away ? "store-away" : "store-refused");
      const inner = cause.cause instanceof Error ? `${cause.cause.stack}` : "";
      assert.doesNotMatch(`${JSON.stringify(cause.details)} ${cause.stack} ${inner}`, /s3cr3t/);
    }
  });
});

test("a share that is not mounted is not made anew on the wrong disk", async () => {
  const root = await mkdtemp(join(tmpdir(), "earshot-store-"));
  const store = new FolderStore(join(root, "share"));
  await assert.rejects(store.put("a/b", bytesOf(1)), { code: "store-away" });
  assert.deepEqual(await readdir(root), []);
  await mkdir(join(root, "share"));
  await store.put("a/b", bytesOf(1));
  await rm(root, { recursive: true });
});
