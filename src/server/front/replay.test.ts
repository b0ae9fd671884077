import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ProblemDetails } from "../../wire/problem.ts";
import { ask, type FrontDouble, openFront, partOf, stateOf, writeArchive } from "./test-front.ts";

/** Two whole segments and half of a third. */
const PARTS = 20;
/** Length of the programme: the last packets hold more, as an encoder needs. Samples. */
const ENDED_AT = PARTS * 24_000 - 1_000;
let house: FrontDouble;
let folder = "";
const address = (path: string) => `${house.url}/e/evening/${path}`;

before(async () => {
  house = await openFront();
  folder = await writeArchive(house.dataFolder, PARTS);
});
after(() => house.close());

test("the replay lists every part that was on air, as byte ranges that hold exactly what was sent", async () => {
  assert.match((await ask(address("replay.m3u8"))).body.toString(), /CODECS="mp4a\.40\.2"\narchive\/aac\.m3u8\n[\s\S]*CODECS="opus"\narchive\/opus\.m3u8/);
  for (const rendition of ["opus", "aac", "low"] as const) {
    const { status, headers, body } = await ask(address(`archive/${rendition}.m3u8`));
    assert.deepEqual([status, headers["cache-control"], headers["content-type"]], [200, "public, max-age=60", "application/vnd.apple.mpegurl"]);
    const list = body.toString();
    assert.match(list, /#EXT-X-PLAYLIST-TYPE:VOD[\s\S]*#EXT-X-ENDLIST\n$/);
    const pieces: Buffer[] = [];
    for (const [, length, offset] of list.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)/g)) {
      const piece = await ask(address(`archive/${rendition}.mp4`), { range: `bytes=${offset}-${Number(offset) + Number(length) - 1}` });
      assert.equal(piece.status, 206);
      pieces.push(piece.body);
    }
    assert.equal(pieces.length, 3);
    assert.deepEqual(
      Buffer.concat(pieces),
      Buffer.concat(Array.from({ length: PARTS }, (_, number) => partOf(rendition, number, { last: number === PARTS - 1 }).data)),
    );
  }
});

test("recordings are the archive's own files, whole, in pieces, or only their headers", async () => {
  for (const [path, file, type] of [
    ["recording.mp3", "recording.mp3", "audio/mpeg"],
    ["recording.m4a", "aac.mp4", "audio/mp4"],
    ["archive/opus.mp4", "opus.mp4", "audio/mp4"],
  ] as const) {
    const bytes = await readFile(join(folder, file));
    const whole = await ask(address(path));
    assert.deepEqual([whole.status, whole.headers["content-type"], whole.headers["accept-ranges"]], [200, type, "bytes"]);
    assert.deepEqual(whole.body, bytes);
    const head = await ask(address(path), {}, "HEAD");
    assert.deepEqual([head.status, Number(head.headers["content-length"]), head.body.length], [200, bytes.length, 0]);
    const tail = await ask(address(path), { range: "bytes=-7" });
    assert.deepEqual([tail.status, tail.headers["content-range"]], [206, `bytes ${bytes.length - 7}-${bytes.length - 1}/${bytes.length}`]);
    assert.deepEqual(tail.body, bytes.subarray(-7));
    const beyond = await ask(address(path), { range: `bytes=${bytes.length}-` });
    assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, `bytes */${bytes.length}`]);
  }
  assert.equal((await ask(address("recording.mp3"))).headers["content-disposition"], 'inline; filename="evening.mp3"');
});

test("who has a recording already is not sent it again, and a piece of another version is never mixed in", async () => {
  const { headers, body } = await ask(address("recording.mp3"));
  const etag = String(headers.etag);
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) {
    const again = await ask(address("recording.mp3"), { "if-none-match": known });
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag], known);
  }
  assert.equal((await ask(address("recording.mp3"), { "if-none-match": '"other"' })).status, 200);
  assert.equal((await ask(address("recording.mp3"), { range: "bytes=0-9", "if-range": etag })).body.length, 10);
  const changed = await ask(address("recording.mp3"), { range: "bytes=0-9", "if-range": '"other"' });
  assert.deepEqual([changed.status, changed.body.length], [200, body.length]);
});

test("the Ogg recording holds every part as one page, the last marked as the end, and is as long as the programme to the sample", async () => {
  const end = join(folder, "end.json");
  await writeFile(end, JSON.stringify({ ...(JSON.parse(await readFile(end, "utf8")) as object), durationSamples: ENDED_AT }));
  const { status, headers, body } = await ask(address("recording.opus"));
  assert.deepEqual([status, headers["content-type"]], [200, "audio/ogg"]);
  const pages: { flags: number; granule: number; number: number }[] = [];
  for (let at = 0; at < body.length; ) {
    assert.equal(body.toString("latin1", at, at + 4), "OggS");
    const segments = body.readUInt8(at + 26);
    pages.push({ flags: body.readUInt8(at + 5), granule: Number(body.readBigUInt64LE(at + 6)), number: body.readUInt32LE(at + 18) });
    at += 27 + segments + body.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0);
  }
  assert.deepEqual(
    pages.map(({ number }) => number),
    Array.from({ length: PARTS + 2 }, (_, index) => index),
  );
  // The encoder's start is skipped, and what it needed behind the end is left out: as long as the programme.
  const skip = body.readUInt16LE(body.indexOf("OpusHead") + 10);
  assert.equal((pages.at(-1)?.granule ?? 0) - skip, ENDED_AT);
  assert.deepEqual([pages.at(-1)?.flags, pages.filter(({ flags }) => (flags & 4) !== 0).length], [4, 1]);
  assert.equal((await ask(address("recording.opus"), {}, "HEAD")).body.length, 0);
});

test("before the archive is whole there is no replay, and the answer says why", async () => {
  await rm(join(folder, "end.json"));
  for (const path of ["replay.m3u8", "archive/opus.m3u8", "archive/aac.mp4", "recording.mp3", "recording.opus"]) {
    const { status, body } = await ask(address(path));
    assert.deepEqual([status, (JSON.parse(body.toString()) as ProblemDetails).code], [409, "replay-not-ready"], path);
  }
  assert.equal((await ask(address("recording.wav"))).status, 404);
});

test("a recording of an earlier version has no rendition at half the data: nobody is offered it, and all else is there", async () => {
  const own = await openFront();
  const archive = await writeArchive(own.dataFolder, PARTS);
  const get = async (path: string) => await ask(`${own.url}/e/evening/${path}`);
  assert.match((await get("replay.m3u8")).body.toString(), /archive\/opus\.m3u8\n[\s\S]*archive\/low\.m3u8\n/);
  assert.equal((await get("recording.low.opus")).status, 200);
  const { low, ...bytes } = (JSON.parse(await readFile(join(archive, "end.json"), "utf8")) as { bytes: Record<string, number> }).bytes;
  assert.ok((low ?? 0) > 0);
  await writeFile(join(archive, "end.json"), JSON.stringify({ durationSamples: PARTS * 24_000, bytes }));
  for (const name of ["low.mp4", "low.idx"]) await rm(join(archive, name));
  const list = (await get("replay.m3u8")).body.toString();
  assert.ok(list.includes("archive/opus.m3u8") && list.includes("archive/aac.m3u8") && !list.includes("low"), list);
  for (const path of ["archive/low.m3u8", "archive/low.mp4", "recording.low.opus"]) assert.equal((await get(path)).status, 404, path);
  for (const path of ["archive/opus.m3u8", "recording.mp3", "recording.m4a", "recording.opus"]) assert.equal((await get(path)).status, 200, path);
  await own.close();
});

test("an event that was interpreted is kept in every language: as audio tracks of the replay, and as files with ?lang=", async () => {
  const own = await openFront();
  const archive = await writeArchive(own.dataFolder, PARTS);
  await mkdir(join(archive, "lang/de"), { recursive: true });
  for (const name of ["opus.mp4", "opus.idx", "aac.mp4", "aac.idx", "end.json"]) await copyFile(join(archive, name), join(archive, "lang/de", name));
  await writeFile(join(archive, "lang/de/recording.mp3"), "German");
  const state = stateOf({ phase: "ended", durationSamples: PARTS * 24_000, interpretation: { floor: "en", into: ["de", "fr"] } });
  await writeFile(join(archive, "../state.json"), JSON.stringify(state));
  const get = async (path: string) => await ask(`${own.url}/e/evening/${path}`);
  const list = (await get("replay.m3u8")).body.toString();
  assert.match(list, /GROUP-ID="aac",LANGUAGE="de",NAME="Deutsch",DEFAULT=NO,AUTOSELECT=YES,URI="archive\/lang\/de\/aac\.m3u8"/);
  assert.ok(!list.includes('"fr"'), "a language whose recording is not whole is not offered");
  const tracks = await get("archive/lang/de/opus.m3u8");
  assert.match(tracks.body.toString(), /URI="opus\.mp4"/);
  assert.equal((await get("archive/lang/de/opus.mp4")).body.length, (await readFile(join(archive, "lang/de/opus.mp4"))).length);
  const german = await get("recording.mp3?lang=de");
  assert.deepEqual([german.body.toString(), german.headers["content-disposition"]], ["German", 'inline; filename="evening.de.mp3"']);
  for (const query of ["", "?lang=ja", "?lang=../../.."]) assert.notEqual((await get(`recording.mp3${query}`)).body.toString(), "German", query);
  await own.close();
});
