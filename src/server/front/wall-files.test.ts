import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { LADDER } from "../../audience/mod.ts";
import type { PublicWall } from "../../wire/wall.ts";
import { EarshotError } from "../../core/errors.ts";
import { WallGate } from "../control/wall-gate.ts";
import { TestClock } from "../control/test-house.ts";
import { WallFiles } from "./wall-files.ts";

test("everybody is given the same bytes under one name, packed or not, until control writes another wall", async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-walls-"));
  try {
    const clock = new TestClock();
    const walls = new WallFiles(folder, clock);
    assert.equal(await walls.answer("ev", 1, false), undefined);
    await mkdir(join(folder, "events/ev/wall"), { recursive: true });
    await writeFile(join(folder, "events/ev/wall/1.json"), '{"posts":[]}');
    const [plain, packed] = [await walls.answer("ev", 1, false), await walls.answer("ev", 1, true)] as const;
    assert.ok(plain?.etag !== undefined && packed?.etag !== undefined && plain.etag !== packed.etag);
    assert.equal(gunzipSync(packed.body as Uint8Array).toString(), '{"posts":[]}');
    assert.equal(await walls.answer("ev", 1, false), plain, "not read again");
    assert.ok(plain.maxAge > 0, "caches may keep it");
    await writeFile(join(folder, "events/ev/wall/1.json"), '{"posts":[1]}');
    clock.advance(1_000);
    assert.notEqual((await walls.answer("ev", 1, false))?.etag, plain.etag);
    assert.equal(await walls.answer("ev", 9, false), undefined, "there is no ninth page");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("posts are switched off before anything of the sound is, and the page is told so", () => {
  const place = (name: string) => LADDER.findIndex(({ does }) => does === name);
  assert.ok(["no-near", "thrift", "cheaper"].every((sound) => place("no-posts") < place(sound)));
  const wall = JSON.parse(new WallFiles("", new TestClock()).off(1).body as string) as PublicWall;
  assert.deepEqual([wall.off, wall.opening, wall.posts], ["busy", "off", []]);
  let busy = false;
  const gate = new WallGate(() => ({
    ...{
      loopWaitMs: 0,
      queuedMs: 0,
      acceptWaiting: 0,
      acceptMost: 0,
      acceptedPerSecond: 0,
      memoryBytes: 1e8,
      memoryLimitBytes: 1e9,
      bytesPerSecond: 0,
      uplinkBytesPerSecond: 0,
    },
    loopBusy: busy ? 1 : 0.1,
    ...(busy ? { loopWaitMs: 200 } : {}),
  }));
  for (let second = 0; second < 10; second++) gate.look();
  gate.pass();
  busy = true;
  for (let second = 0; second < 10; second++) gate.look();
  assert.throws(
    () => gate.pass(),
    (error) => error instanceof EarshotError && error.code === "busy",
  );
  assert.equal(gate.refused, 1);
  busy = false;
  for (let second = 0; second < 40; second++) gate.look();
  gate.pass();
});
