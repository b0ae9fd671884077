import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "../../src/core/clock.ts";
import { GOOD_KEYS, openS3Double, type S3Double } from "../../src/server/blobs/s3-double.ts";
import { S3Store } from "../../src/server/blobs/s3-store.ts";
import { exportEvent, importEvent } from "../../src/server/mod.ts";
import type { EventView } from "../../src/wire/api.ts";
import type { RecordingAnswer } from "../../src/wire/recording.ts";
import { type RunningHouse, startHouse } from "./house.ts";
import { openKeptEvent, SECONDS } from "./kept-event.ts";

const run = promisify(execFile);
let bucket: S3Double;
let house: RunningHouse;
let root = "";
let cookie = "";
/** The event as it was when everything was on one disk. */
let exported = "";

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (const start = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    assert.ok(Date.now() - start < 90_000, "it never came");
  }
}
async function call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  const headers = { cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await fetch(`${house.backstage}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  assert.ok(answer.ok, `${method} ${path} ${answer.status} ${await answer.clone().text()}`);
  cookie =
    answer.headers
      .getSetCookie()
      .find((one) => one.includes("session"))
      ?.split(";")[0] ?? cookie;
  return (answer.status === 204 ? undefined : await answer.json()) as Body;
}
const recording = (slug: string) => call<RecordingAnswer>("GET", `/api/events/${slug}/recording`);
const soundOn = async (eventId: string) => (await readdir(join(house.dataFolder, "events", eventId, "archive"))).filter((name) => /\.(mp3|mp4)$/.test(name));

before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-store-e2e-"));
  const kept = await openKeptEvent();
  exported = join(root, "exported");
  await exportEvent({ dataFolder: kept.dataFolder, slug: "evening", folder: exported });
  await kept.close();
  bucket = await openS3Double();
  const { endpoint, name, prefix } = bucket.bucket;
  await writeFile(
    join(root, "earshot.yaml"),
    `storage: { local_days: 0, recording_days: 3650, bucket: { endpoint: "${endpoint}", name: ${name}, prefix: ${prefix} } }\n`,
  );
  house = await startHouse({ EARSHOT_CONFIG: join(root, "earshot.yaml"), EARSHOT_BUCKET_KEY: GOOD_KEYS.id, EARSHOT_BUCKET_SECRET: GOOD_KEYS.secret });
  const answer = await fetch(`${house.backstage}/api/enter`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret: new URL(house.hostLink).hash.slice(1) }),
  });
  cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
});
after(async () => {
  await house?.stop();
  await bucket?.close();
  await rm(root, { recursive: true, force: true });
});

test("a recording goes into the bucket, leaves the disk, and plays as before: every byte, every second", { timeout: 400_000 }, async () => {
  const { id } = await importEvent(house.dataFolder, exported);
  const told = await until(async () => {
    const answer = await recording("evening");
    return answer.store === "store-only" ? answer : undefined;
  });
  await until(async () => ((await soundOn(id)).length === 0 ? true : undefined));
  assert.equal(told.keptUntilUnixMs, Date.parse("2026-10-03T19:00:00Z") + SECONDS * 1000 + 3650 * 86_400_000);
  const same = async (path: string, file: string) =>
    assert.ok(Buffer.from(await (await fetch(`${house.front}/e/evening/${path}`)).arrayBuffer()).equals(await readFile(join(exported, "archive", file))), path);
  await same("recording.m4a", "aac.mp4");
  await same("recording.mp3", "recording.mp3");
  await same("archive/opus.mp4", "opus.mp4");
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", `${house.front}/e/evening/replay.m3u8`]);
  assert.ok(Math.abs(Number(stdout) - SECONDS) < 0.1, stdout);
  const { stderr } = await run("ffmpeg", ["-v", "warning", "-i", `${house.front}/e/evening/replay.m3u8`, "-f", "null", "-"]);
  assert.equal(stderr.trim(), "");
});

test("it can still be exported whole", { timeout: 400_000 }, async () => {
  const folder = join(root, "again");
  const keys = { EARSHOT_BUCKET_KEY: GOOD_KEYS.id, EARSHOT_BUCKET_SECRET: GOOD_KEYS.secret };
  const env = { ...process.env, ...keys, EARSHOT_DATA: house.dataFolder, EARSHOT_CONFIG: join(root, "earshot.yaml") };
  await run(process.execPath, [join(import.meta.dirname, "../../bin/earshot.mjs"), "export", "evening", folder], { env });
  for (const file of ["recording.mp3", "aac.mp4", "opus.mp4", "aac.idx"])
    assert.ok((await readFile(join(folder, "archive", file))).equals(await readFile(join(exported, "archive", file))), file);
});

test("while the bucket is away an event begins, ends and is replayed from the disk; the operator is told; the upload follows", {
  timeout: 400_000,
}, async () => {
  bucket.away = true;
  const draft = {
    title: "Without a bucket",
    startDate: `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}+00:00`,
    timeZone: "UTC",
    speakers: [{ name: "Grace", role: "host" }],
  };
  const { slug, id } = await call<EventView>("POST", "/api/events", draft);
  await call("POST", `/api/events/${slug}/seat`);
  await until(async () => await call("POST", `/api/events/${slug}/live`));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await call("POST", `/api/events/${slug}/end`);
  const replay = await fetch(`${house.front}/e/${slug}/recording.m4a`);
  assert.equal(replay.status, 200);
  const heard = Buffer.from(await replay.arrayBuffer());
  await until(async () => ((await recording(slug)).store === "waits" ? true : undefined));
  assert.match(house.output(), /the store for recordings takes nothing; events go on/);
  const metrics = async (name: string) =>
    Number(new RegExp(`^${name}\\{[^}]*\\} ([\\d.]+)$`, "m").exec(await (await fetch(`${house.admin}/metrics`)).text())?.[1]);
  assert.ok((await metrics("earshot_store_queue_files")) >= 4);
  assert.ok((await metrics("earshot_store_lost_seconds")) > 0);
  bucket.away = false;
  await until(async () => ((await recording(slug)).store === "store-only" ? true : undefined));
  await until(async () => ((await soundOn(id)).length === 0 ? true : undefined));
  assert.equal(await metrics("earshot_store_queue_files"), 0);
  assert.equal(await metrics("earshot_store_lost_seconds"), 0);
  assert.ok(Buffer.from(await (await fetch(`${house.front}/e/${slug}/recording.m4a`)).arrayBuffer()).equals(heard));
  assert.doesNotMatch(house.output(), new RegExp(`"${GOOD_KEYS.secret}"`), "no secret in the log");
});

test("deleting takes it out of the bucket too", { timeout: 400_000 }, async () => {
  await call("DELETE", "/api/events/evening/recording");
  await until(async () => ((await recording("evening")).store === "deleted" ? true : undefined));
  assert.equal((await fetch(`${house.front}/e/evening/recording.m4a`)).status, 410);
  const listed = await new S3Store({ bucket: bucket.bucket, keys: async () => GOOD_KEYS, clock: systemClock }).list("events/kept/");
  assert.deepEqual(listed, []);
});
