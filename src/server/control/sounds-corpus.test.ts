import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { tries } from "../../core/test-length.ts";
import type { LiveEvent } from "../../event/mod.ts";
import type { EventView } from "../../wire/api.ts";
import { errorInWords } from "../../wire/error-words.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { SOUND_BYTES_MAX, type SoundList, type SoundRecord } from "../../wire/sounds.ts";
import { silentLog } from "../../core/log.ts";
import { takeUpload } from "./api/upload.ts";
import { Sounds } from "./sounds.ts";
import { endlessFlac, toneWav } from "./test-sound-bytes.ts";
import { goodDraft, TestClock, TestHouse, type Visitor } from "./test-house.ts";

let house: TestHouse;
let operator: Visitor;
let event: EventView;
before(async () => {
  house = await TestHouse.open();
  operator = await house.operator();
  event = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
});
after(async () => await house[Symbol.asyncDispose]());

type Uploaded = SoundRecord & ProblemDetails;
async function upload(name: string, body: Uint8Array): Promise<{ readonly status: number; readonly body: Uploaded }> {
  const init = { method: "POST", headers: { cookie: operator.cookie ?? "" }, body: new Uint8Array(body) };
  const response = await fetch(`${house.control.url}/api/events/${event.slug}/sounds?name=${encodeURIComponent(name)}`, init);
  return { status: response.status, body: (await response.json()) as Uploaded };
}
const kept = async () => await readdir(join(house.folder, "events", event.id, "sounds")).catch(() => []);
const list = async () => (await operator.call<SoundList>("GET", `/api/events/${event.slug}/sounds`)).body.sounds;

const SCRIPT = "<!doctype html><script>alert(1)</script>";
const latin = (text: string) => Buffer.from(text.padEnd(400, "\0"), "latin1");
const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const big = (value: number) => Buffer.from(word(value)).reverse();
/** A WAV whose header says something else than is true: the value at an offset. */
const lyingWav = (offset: number, value: number, bytes: 2 | 4) => {
  const wav = Buffer.from(toneWav(0.2));
  wav.writeUIntLE(value, offset, bytes);
  return wav;
};
/** MP4 boxes, each in the one before. */
const nested = (depth: number) => {
  let box = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) box = Buffer.concat([big(box.length + 8), Buffer.from("moov"), box]);
  return box;
};
const ftyp = Buffer.concat([big(24), Buffer.from("ftypM4A \0\0\0\0M4A isom")]);

/** How many that begin like a sound are decoded in every run, the first of the list; every night all of them. Each starts a thread. */
const DECODED = tries(6, 100);
/** What strangers try: nothing of it is a sound. */
const CORPUS: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  "one byte": Buffer.from("I"),
  "a page": latin(SCRIPT),
  "an SVG with a script": latin('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  "a picture": latin("\x89PNG\r\n\x1a\n"),
  "a GIF that is a script": latin("GIF89a=1;alert(1)"),
  "a PDF": latin("%PDF-1.7\n"),
  "an archive": latin("PK\x03\x04"),
  "a packed file": latin("\x1f\x8b\x08"),
  "a program": latin("\x7fELF"),
  "a program for Windows": latin("MZ"),
  "a shell script": latin("#!/bin/sh\nrm -rf /\n"),
  "a playlist that names a file of this machine": latin("#EXTM3U\nfile:///etc/passwd\n"),
  "a MIDI file": latin("MThd"),
  "an ID3 tag of 256 MB": Buffer.concat([Buffer.from("ID3\x04\0\0\x7f\x7f\x7f\x7f", "latin1"), latin(SCRIPT)]),
  "a WAV whose first chunk is 4 GB": Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEjunk", "latin1"), word(0xffff_ffff), latin("")]),
  "an MP4 with a box of 4 GB": Buffer.concat([ftyp, big(0xffff_ffff), Buffer.from("moov"), latin("")]),
  "an MP4 of boxes in boxes, 20,000 deep": Buffer.concat([ftyp, nested(20_000)]),
  "a FLAC whose first block is 16 MB": Buffer.concat([Buffer.from("fLaC\0\xff\xff\xff", "latin1"), latin("")]),
  "a page with the first bytes of an Ogg": Buffer.concat([Buffer.from("OggS"), latin(SCRIPT)]),
  "a page behind an ID3 tag": Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\0", "latin1"), latin(SCRIPT)]),
  "a page with the first bytes of an MP3": Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), latin(SCRIPT)]),
  "a page with the first bytes of a FLAC": Buffer.concat([Buffer.from("fLaC"), latin(SCRIPT)]),
  "an Ogg page without an end": Buffer.concat([latin("OggS\0\x02").subarray(0, 26), Buffer.from([255]), Buffer.alloc(255, 255)]),
  "a page in a WAV": Buffer.concat([Buffer.from("RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0", "latin1"), latin(SCRIPT)]),
  "a WAV of no channels": lyingWav(22, 0, 2),
  "a WAV of 65,535 channels": lyingWav(22, 65_535, 2),
  "a WAV of four billion samples a second": lyingWav(24, 0xffff_ffff, 4),
  "a WAV of no samples a second": lyingWav(24, 0, 4),
  "a WAV of another codec": lyingWav(20, 0x0161, 2),
  "a WAV cut off behind its header": toneWav(1).subarray(0, 44),
  "a page in an MP4": Buffer.concat([ftyp, latin(SCRIPT)]),
  "an MP4 with a box that is longer than 64 bits can say": Buffer.concat([ftyp, big(1), Buffer.from("moov"), Buffer.alloc(8, 255), latin("")]),
  "an MP4 with a video and no sound": Buffer.concat([ftyp, big(16), Buffer.from("mdat"), Buffer.alloc(8), nested(2)]),
};

test("of a whole corpus of wrong types, polyglots and lying headers nothing is taken as a sound; each is refused in words, and nothing stays on the disk", {
  timeout: 600_000,
}, async () => {
  const memory = process.memoryUsage().rss;
  const { looksLikeSound, TYPE_BYTES } = await import("../../stage/mod.ts");
  let decoded = 0;
  for (const [name, bytes] of Object.entries(CORPUS)) {
    if (looksLikeSound(bytes.subarray(0, TYPE_BYTES)) && ++decoded > DECODED) continue;
    const { status, body } = await upload("Jingle.mp3", bytes);
    assert.deepEqual([status, body.code], [422, "sound-unplayable"], `${name}: ${JSON.stringify(body)}`);
    assert.ok(String(body.details.rule).length > 0, name);
    for (const language of ["en", "de"] as const) assert.ok(errorInWords(body, language).title.length > 0, name);
    assert.deepEqual(await kept(), [], name);
  }
  assert.deepEqual(await list(), []);
  assert.ok(process.memoryUsage().rss - memory < 500e6, "no header makes the house take the memory it names");
});

test("a name is a name: whatever path is in it, the sound lies where every sound lies, and control characters are refused", async () => {
  const atFirst = (await readdir(house.folder, { recursive: true })).length;
  for (const name of ["../../../../tmp/evil", "..\\..\\evil.exe", "%2e%2e%2fevil"]) {
    const { status, body } = await upload(name, toneWav(0.1));
    assert.deepEqual([status, body.name], [201, name]);
    assert.deepEqual((await kept()).sort(), [`${body.id}.json`, `${body.id}.sound`]);
    for (const id of [`..%2fsounds%2f${body.id}`, `${body.id}%00`, "..", "%2e%2e"])
      assert.equal((await operator.call("DELETE", `/api/events/${event.slug}/sounds/${id}`)).status, 404, id);
    assert.equal((await operator.call("DELETE", `/api/events/${event.slug}/sounds/${body.id}`)).status, 204);
  }
  for (const name of ["a\0b", "a\nb", "a\u0085b", "", " ", "x".repeat(61)])
    assert.equal((await upload(name, toneWav(0.1))).body.code, "invalid-field", JSON.stringify(name));
  // The folder for sounds itself, and the clock's records of that event, are all that came.
  assert.ok((await readdir(house.folder, { recursive: true })).length <= atFirst + 2);
});

test("a sound that is a page too gives nobody the page: its bytes are at no address, and listeners get what was made anew from its sound", async () => {
  const { body } = await upload("Both", Buffer.concat([toneWav(0.5), Buffer.from(SCRIPT)]));
  assert.equal(typeof body.id, "string", JSON.stringify(body));
  const at = `/api/events/${event.slug}/sounds/${body.id}`;
  assert.notEqual((await operator.call("GET", at)).status, 200);
  assert.equal((await operator.call<Uploaded>("PATCH", at, { waiting: true })).status, 200);
  assert.ok(!(await readFile(join(house.folder, "events", event.id, "waiting.mp3"))).includes("alert"));
  await operator.call("DELETE", at);
  assert.deepEqual(await kept(), []);
});

test("a file of broken frames fills nobody's log: what cannot be decoded is left out, not written down frame by frame", async (t) => {
  const written = t.mock.method(process.stderr, "write", () => true);
  const broken = Buffer.from(endlessFlac(80));
  // The last byte of each frame is its checksum's.
  for (let at = 0; at < broken.length; at++) if (broken[at] === 0xff && broken[at + 1] === 0xf8) broken[at - 1] = (broken[at - 1] as number) ^ 0x55;
  const { status, body } = await upload("Broken", broken);
  assert.ok(status === 201 || body.code === "sound-unplayable", JSON.stringify(body));
  if (status === 201) await operator.call("DELETE", `/api/events/${event.slug}/sounds/${body.id}`);
  const said = written.mock.calls.map(({ arguments: [text] }) => String(text)).join("");
  assert.doesNotMatch(said, /decoder/i);
});

test("a file that is larger than it may be is broken off where it is, also when nothing announced it", async () => {
  const sounds = new Sounds({ dataFolder: house.folder, clock: new TestClock(), log: silentLog, onChange: () => {} });
  let given = 0;
  async function* endless() {
    const chunk = Buffer.concat([toneWav(5), Buffer.alloc(1 << 20)]);
    for (;;) {
      given += chunk.length;
      yield chunk;
    }
  }
  await assert.rejects(
    sounds.add(event as unknown as LiveEvent, "Endless", endless()),
    (error) => error instanceof EarshotError && error.code === "body-too-large",
  );
  assert.ok(given <= SOUND_BYTES_MAX + 2 * (1 << 20));
  assert.deepEqual(await kept(), []);
});

test("who sends a file drop by drop holds no place: after a pause the line ends, and a file that breaks off is none", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const body = new PassThrough();
  const taken = (async () => {
    await Array.fromAsync(takeUpload(body as unknown as IncomingMessage));
  })();
  body.write("RIFF");
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(14_999);
  assert.equal(body.destroyed, false);
  t.mock.timers.tick(1);
  await assert.rejects(taken, (error) => error instanceof EarshotError && error.code === "bad-request");
  t.mock.timers.reset();

  const socket = connect(Number(new URL(house.control.url).port), "127.0.0.1");
  socket.on("error", () => {});
  const wav = toneWav(1);
  socket.write(`POST /api/events/${event.slug}/sounds?name=Half HTTP/1.1\r\nhost: a\r\ncookie: ${operator.cookie}\r\ncontent-length: ${wav.length}\r\n\r\n`);
  socket.write(wav.subarray(0, wav.length / 2));
  const until = async (wanted: (names: readonly string[]) => boolean) => {
    while (!wanted(await kept())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until((names) => names.some((name) => name.endsWith(".tmp")));
  socket.destroy();
  await until((names) => names.length === 0);
  assert.deepEqual(await list(), []);
});

// Decoding as far as two hours takes a minute of CPU.
test("a few kilobytes that unpack to ten hours are refused when two are over", { timeout: 600_000, skip: tries(1, 0) === 1 }, async () => {
  const bomb = endlessFlac(10 * 3_600);
  assert.ok(bomb.length < 100_000, `${bomb.length} bytes`);
  const { status, body } = await upload("Bomb", bomb);
  assert.deepEqual([status, body.code], [422, "sound-unplayable"]);
  assert.match(String(body.details.rule), /at most 120 minutes|decoded within/);
  assert.deepEqual(await kept(), []);
});
