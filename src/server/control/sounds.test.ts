import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { EventView } from "../../wire/api.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { SOUND_BYTES_MAX, SOUNDS_MAX, type SoundList, type SoundRecord } from "../../wire/sounds.ts";
import { toneWav } from "./test-sound-bytes.ts";
import { goodDraft, type Reply, TestHouse, type Visitor } from "./test-house.ts";

let house: TestHouse;
let operator: Visitor;
let event: EventView;
let at = "";
let folder = "";
beforeEach(async () => {
  house = await TestHouse.open();
  operator = await house.operator();
  event = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  at = `/api/events/${event.slug}`;
  folder = join(house.folder, "events", event.id, "sounds");
});
afterEach(async () => await house[Symbol.asyncDispose]());

type Uploaded = SoundRecord & Pick<ProblemDetails, "code" | "details">;
async function upload(name: string, body: Uint8Array): Promise<Reply<Uploaded>> {
  const response = await fetch(`${house.control.url}${at}/sounds?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { cookie: operator.cookie ?? "" },
    body: new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Uploaded };
}
const list = async () => (await operator.call<SoundList>("GET", `${at}/sounds`)).body.sounds;

test("a host puts a jingle there, names it, sets it to loop, and deletes it; all of it is there after a restart", async () => {
  const bytes = toneWav(1);
  const { status, body } = await upload("Jingle", bytes);
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.name, body.kind, body.codec, body.seconds, body.bytes, body.loop], ["Jingle", "file", "pcm-s16", 1, bytes.length, false]);
  assert.ok(!Object.hasOwn(body, "gainDb"));
  assert.deepEqual(await readFile(join(folder, `${body.id}.sound`)), bytes);
  await operator.call("PATCH", `${at}/sounds/${body.id}`, { name: "Music", loop: true, levelDb: -6, ducks: true });
  await house.stop();
  await house.start({ hostSecret: "again-again-again-again-" });
  operator = house.visitor();
  await operator.call("POST", "/api/enter", { secret: "again-again-again-again-" });
  assert.deepEqual(
    (await list()).map(({ name, loop, levelDb, ducks }) => [name, loop, levelDb, ducks]),
    [["Music", true, -6, true]],
  );
  assert.equal((await operator.call("DELETE", `${at}/sounds/${body.id}`)).status, 204);
  assert.deepEqual(await list(), []);
  assert.deepEqual(await readdir(folder), []);
});

test("what is no sound is refused by its bytes, whatever it is called, and leaves nothing", async () => {
  const html = Buffer.from("<!doctype html><script>alert(1)</script>".repeat(50));
  const refused = await upload("jingle.mp3", html);
  assert.deepEqual([refused.status, refused.body.code, refused.body.details.value], [422, "sound-unplayable", "another kind of file"]);
  const cut = await upload("Cut", toneWav(1).subarray(0, 40));
  assert.deepEqual([cut.status, cut.body.code], [422, "sound-unplayable"]);
  for (const name of ["", "a".repeat(61), "two\nlines"]) assert.equal((await upload(name, toneWav(0.1))).body.code, "invalid-field");
  assert.deepEqual(await readdir(folder), []);
});

test("a file that is too large is refused when it is announced, and when it comes all the same", async () => {
  const announced = await fetch(`${house.control.url}${at}/sounds?name=Long`, {
    method: "POST",
    headers: { cookie: operator.cookie ?? "" },
    body: new Uint8Array(SOUND_BYTES_MAX + 1),
  });
  assert.deepEqual([announced.status, ((await announced.json()) as { code: string }).code], [413, "body-too-large"]);
  assert.deepEqual(await readdir(folder).catch(() => []), []);
});

test("a line that breaks off in the middle of a file leaves no sound, and what a kill leaves is cleared away later", async () => {
  const { port } = new URL(house.control.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST ${at}/sounds?name=Half HTTP/1.1\r\nhost: a\r\ncookie: ${operator.cookie}\r\ncontent-length: 900000\r\n\r\n`);
  socket.write(toneWav(0.2));
  const until = async (wanted: (names: readonly string[]) => boolean) => {
    for (let turn = 0; turn < 500 && !wanted(await readdir(folder).catch(() => [])); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until((names) => names.some((name) => name.endsWith(".tmp")));
  socket.destroy();
  await until((names) => names.length === 0);
  assert.deepEqual(await readdir(folder), []);

  await mkdir(folder, { recursive: true });
  for (const name of ["0193-half.sound.tmp", "0193-lost.sound"]) {
    await writeFile(join(folder, name), "left");
    await utimes(join(folder, name), 0, 0);
  }
  assert.deepEqual(await list(), []);
  assert.equal((await upload("Jingle", toneWav(0.5))).status, 201);
  assert.equal((await readdir(folder)).length, 2, "the new sound and its record");
});

test("streams are noted with their address; those from inside are refused by name and value", async () => {
  const added = await operator.call<SoundRecord>("POST", `${at}/streams`, { name: "Radio", url: "https://radio.example/live.mp3" });
  assert.deepEqual([added.status, added.body.kind, added.body.url, added.body.seconds], [201, "stream", "https://radio.example/live.mp3", null]);
  const refused = await operator.call("POST", `${at}/streams`, { name: "File", url: "file:///etc/passwd" });
  assert.deepEqual([refused.status, refused.body.code], [422, "feed-address-refused"]);
});

test("an event has as many sounds as it may and no more", async () => {
  const { body } = await upload("One", toneWav(0.2));
  const record = JSON.parse(await readFile(join(folder, `${body.id}.json`), "utf8")) as SoundRecord;
  for (let count = 1; count < SOUNDS_MAX; count++) {
    const id = randomUUID();
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ ...record, id }));
  }
  assert.equal((await list()).length, SOUNDS_MAX);
  const refused = await upload("Another", toneWav(0.2));
  assert.deepEqual([refused.status, refused.body.code], [409, "sounds-full"]);
});

test("a host marks a sound as waiting music: listeners get it as a small MP3, one at a time, and it goes when the mark or the sound does", async () => {
  const waiting = join(house.folder, "events", event.id, "waiting.mp3");
  const [first, second] = [(await upload("Piano", toneWav(3))).body, (await upload("Harp", toneWav(2))).body];
  const mark = async (id: string, edit: object) => await operator.call<Uploaded>("PATCH", `${at}/sounds/${id}`, edit);
  assert.deepEqual([first.waiting, (await mark(first.id, { waiting: true })).body.waiting], [false, true]);
  const bytes = await readFile(waiting);
  assert.equal((bytes.readUInt16BE(0) & 0xffe0) >>> 0, 0xffe0, "MPEG audio frames");
  // 64 kbit/s, whole frames of 24 ms.
  assert.ok(Math.abs(bytes.length - 24_000) <= 3 * 192, `${bytes.length}`);
  await mark(second.id, { waiting: true });
  const waits = new Map((await list()).map(({ id, waiting: own }) => [id, own]));
  assert.deepEqual([waits.get(first.id), waits.get(second.id)], [false, true]);
  assert.ok((await readFile(waiting)).length < bytes.length);
  const loud = await readFile(waiting);
  await mark(second.id, { levelDb: -20 });
  assert.notDeepEqual(await readFile(waiting), loud, "its level is that of the soundboard");
  await mark(second.id, { waiting: false });
  await assert.rejects(readFile(waiting), { code: "ENOENT" });
  await mark(second.id, { waiting: true });
  await operator.call("DELETE", `${at}/sounds/${second.id}`);
  await assert.rejects(readFile(waiting), { code: "ENOENT" });
  const stream = (await operator.call<SoundRecord>("POST", `${at}/streams`, { name: "Radio", url: "https://radio.example/live.mp3" })).body;
  assert.deepEqual([(await mark(stream.id, { waiting: true })).status, (await list()).some((sound) => sound.waiting)], [422, false]);
});
