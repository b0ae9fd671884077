import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EarshotError } from "../core/errors.ts";
import { samples } from "../core/units.ts";
import type { OpenFile } from "./archive-file.ts";
import { readArchiveIndex, scanChunks } from "./archive-index.ts";
import { headerLength } from "./archive-index.ts";
import { readChunk } from "./cmaf.ts";
import { VoiceTrack, voiceTrackFile, voiceTrackIndex } from "./voice-track.ts";

const SLOT = 960;
let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-track-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** A packet of one frame of 20 ms that names its place. */
const packetOf = (number: number) => Uint8Array.of(31 << 3, 7, number >> 8, number & 255);

async function openTrack(folder: string, more: { open?: OpenFile; onFault?: (error: unknown) => void } = {}): Promise<VoiceTrack> {
  return await VoiceTrack.open({ folder, seatId: "ada", position: () => samples(0), onFault: (error) => assert.fail(String(error)), ...more });
}

/** By slot of the programme: the number of the packet that lies there, undefined for silence. */
async function placesOf(folder: string): Promise<(number | undefined)[]> {
  const bytes = await readFile(join(folder, voiceTrackFile("ada")));
  const whole = bytes.subarray(headerLength(bytes));
  return scanChunks(whole)
    .flatMap(({ start, end }) => {
      const chunk = readChunk(whole.subarray(start, end));
      return chunk.ok ? [...chunk.packets] : [];
    })
    .map((packet) => (packet.length === 4 ? (packet[2] as number) * 256 + (packet[3] as number) : undefined))
    .slice(1);
}

/** Plays `count` packets, each `ahead` samples before or behind the frame in which it is decoded. */
async function play(track: VoiceTrack, count: number, offsetOf: (number: number) => number | undefined, quiet = false): Promise<void> {
  for (let number = 0; number < count; number++) {
    const offset = offsetOf(number);
    if (offset !== undefined) track.put(number * SLOT + offset, packetOf(number), quiet);
    track.advance(number * SLOT);
  }
  await track.finish(samples(count * SLOT));
  await track.close();
}

test("what is lost on the way is silence in its place, and what follows lies where it was heard", async () => {
  const folder = await mkdtemp(join(root, "lost-"));
  const lost = new Set([10, 11, 40, 70, 71, 72, 73, 74]);
  await play(await openTrack(folder), 100, (number) => (lost.has(number) ? undefined : 0));
  assert.deepEqual(
    await placesOf(folder),
    Array.from({ length: 100 }, (_, number) => (lost.has(number) ? undefined : number)),
  );
});

test("a speaker whose clock is slower or faster is put right by one packet at a time, and never strays further than 40 ms", async () => {
  for (const drift of [9, -9]) {
    const folder = await mkdtemp(join(root, "drift-"));
    const track = await openTrack(folder);
    await play(track, 400, (number) => number * drift + 500);
    const places = await placesOf(folder);
    const strays = places.flatMap((number, slot) => (number === undefined ? [] : [slot * SLOT - (number * SLOT + number * drift + 500)]));
    assert.ok(Math.max(...strays.map(Math.abs)) <= 2 * SLOT + 1, String(Math.max(...strays.map(Math.abs))));
    assert.ok(track.leftOut <= 4 && strays.length >= 390, `${strays.length} kept, ${track.leftOut} left out`);
  }
});

test("in a pause a track is put right before it strays further than 10 ms", async () => {
  const folder = await mkdtemp(join(root, "quiet-"));
  await play(await openTrack(folder), 300, (number) => number * 9, true);
  const places = await placesOf(folder);
  const strays = places.flatMap((number, slot) => (number === undefined ? [] : [Math.abs(slot * SLOT - number * (SLOT + 9))]));
  assert.ok(Math.max(...strays) <= SLOT / 2 + 1, String(Math.max(...strays)));
});

test("a disk that fills up stops nothing: it is told once, what waits is written when there is room, and the track has no hole", async () => {
  const folder = await mkdtemp(join(root, "full-"));
  const disk = { full: false };
  const faults: unknown[] = [];
  const limited: OpenFile = async (path, flags) => {
    const file = await open(path, flags);
    const write = file.write.bind(file) as (bytes: Uint8Array, offset: number, length: number, position: number) => Promise<{ bytesWritten: number }>;
    return Object.assign(file, {
      write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        if (disk.full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        return await write(bytes, offset, length, position);
      },
    }) as unknown as Awaited<ReturnType<OpenFile>>;
  };
  const track = await openTrack(folder, { open: limited, onFault: (error) => faults.push(error) });
  for (let number = 0; number < 500; number++) {
    disk.full = number >= 100 && number < 300;
    track.put(number * SLOT, packetOf(number), false);
    track.advance(number * SLOT);
    if (number % 25 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    if (number === 290) assert.ok(track.queueDepth > 3, "parts wait in memory");
  }
  await track.finish(samples(500 * SLOT));
  await track.close();
  assert.deepEqual(
    faults.map((fault) => (fault as EarshotError).code),
    ["disk-full"],
  );
  assert.equal(track.partsLost, 0);
  assert.deepEqual(
    await placesOf(folder),
    Array.from({ length: 500 }, (_, number) => number),
  );
  const segments = readArchiveIndex(await readFile(join(folder, voiceTrackIndex("ada")), "utf8"));
  assert.equal(
    segments.reduce((sum, { duration }) => sum + duration, 0),
    501 * SLOT,
  );
});

test("a disk that hangs for minutes costs a track only what memory cannot hold, as silence in its place", async () => {
  const folder = await mkdtemp(join(root, "hung-"));
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hanging: OpenFile = async (path, flags) => {
    const file = await open(path, flags);
    const write = file.write.bind(file) as (bytes: Uint8Array, offset: number, length: number, position: number) => Promise<{ bytesWritten: number }>;
    return Object.assign(file, {
      write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        if (position > 0) await released;
        return await write(bytes, offset, length, position);
      },
    }) as unknown as Awaited<ReturnType<OpenFile>>;
  };
  const faults: unknown[] = [];
  const track = await openTrack(folder, { open: hanging, onFault: (error) => faults.push(error) });
  const count = 7_000;
  for (let number = 0; number < count; number++) {
    track.put(number * SLOT, packetOf(number), false);
    track.advance(number * SLOT);
    if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(track.queueDepth, 240);
  assert.equal(faults.length, 1, "told once");
  release();
  await track.finish(samples(count * SLOT));
  await track.close();
  const lost = track.partsLost;
  assert.ok(lost > 30 && lost <= count / 25 - 238, String(lost));
  const places = await placesOf(folder);
  assert.equal(places.length, count);
  const silent = places.filter((number) => number === undefined).length;
  assert.ok(silent <= lost * 25 && silent > (lost - 1) * 25, `${silent} of ${lost} parts`);
  assert.ok(
    places.every((number, slot) => number === undefined || number === slot),
    "everything else lies where it was heard",
  );
});
