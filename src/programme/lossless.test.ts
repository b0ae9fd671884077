import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { EarshotError } from "../core/errors.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, type Samples, samples } from "../core/units.ts";
import type { OpenFile } from "./archive-file.ts";
import { readArchiveIndex } from "./archive-index.ts";
import { LOSSLESS_FILE, LOSSLESS_INDEX, LosslessRecorder, toTwentyFour } from "./lossless.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-flac-"));
});
after(() => rm(root, { recursive: true, force: true }));

const fail = (error: unknown) => {
  throw error;
};

/** A frame of the mix at a position: a voice-like tone, noise at full scale, digital silence, one in turn each second. */
function mixAt(position: number): Float32Array {
  const kind = Math.floor(position / SAMPLE_RATE) % 4;
  let seed = position + 1;
  return Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const noise = seed / 2 ** 31 - 1;
    const at = (position + index) / SAMPLE_RATE;
    return [0.3 * Math.sin(2 * Math.PI * 190 * at) * Math.sin(3 * at) + 1e-4 * noise, noise * 1.2, 0, 0.7 * Math.sin(2 * Math.PI * 997 * at)][kind] as number;
  });
}

async function record(folder: string, from: number, to: number): Promise<LosslessRecorder> {
  const recorder = await LosslessRecorder.open({ folder, position: () => samples(from), onFault: fail });
  for (let at = from; at < to; at += FRAME_SAMPLES) recorder.push(mixAt(at));
  return recorder;
}

/** What two strangers' decoders make of the file, as 24-bit samples. */
function decode(path: string): Int32Array {
  const options = { maxBuffer: 1e9, encoding: "buffer" } as const;
  const raw = execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", path, "-f", "s32le", "-"], options);
  return new Int32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)).map((value) => value >> 8);
}

function durationOf(path: string): Samples {
  const told = execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=duration_ts,time_base,bits_per_raw_sample", "-of", "json", path]).toString();
  const [stream] = (JSON.parse(told) as { streams: { duration_ts: number; time_base: string; bits_per_raw_sample: string }[] }).streams;
  assert.equal(stream?.time_base, "1/48000");
  assert.equal(stream?.bits_per_raw_sample, "24");
  return samples(stream?.duration_ts ?? -1);
}

function assertSame(decoded: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at += FRAME_SAMPLES) {
    const frame = mixAt(at);
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const wanted = toTwentyFour(frame[index] as number);
      if (decoded[at + index] !== wanted) assert.fail(`sample ${at + index} is ${decoded[at + index]}, not ${wanted}`);
    }
  }
}

test("the lossless recording decodes to the mix bit by bit, and says its length to the sample", async () => {
  const folder = await mkdtemp(join(root, "whole-"));
  const end = 9 * SAMPLE_RATE + 7 * FRAME_SAMPLES;
  const recorder = await record(folder, 0, end);
  await recorder.finish();
  await recorder.finish();
  await recorder.close();
  const path = join(folder, LOSSLESS_FILE);
  assert.equal(durationOf(path), end);
  const decoded = decode(path);
  assert.equal(decoded.length, end);
  assertSame(decoded, 0, end);
  const index = readArchiveIndex(await readFile(join(folder, LOSSLESS_INDEX), "utf8"));
  assert.deepEqual(
    index.map(({ n, duration }) => [n, duration]),
    [
      [0, 4 * SAMPLE_RATE],
      [1, 4 * SAMPLE_RATE],
      [2, end - 8 * SAMPLE_RATE],
    ],
  );
  assert.equal((index.at(-1)?.offset ?? 0) + (index.at(-1)?.length ?? 0), (await stat(path)).size);
});

test("a lossless recording torn anywhere is cut after its last whole part and goes on, silence in the hole", async () => {
  const resumeAt = 6 * SAMPLE_RATE + 3 * FRAME_SAMPLES;
  const end = 8 * SAMPLE_RATE + FRAME_SAMPLES;
  const first = await mkdtemp(join(root, "torn-"));
  const recorder = await record(first, 0, 5 * SAMPLE_RATE);
  await recorder.finish();
  await recorder.close();
  const whole = await readFile(join(first, LOSSLESS_FILE));
  let seed = 7;
  for (let turn = 0; turn < 6; turn++) {
    seed = (Math.imul(seed, 69_069) + 1) >>> 0;
    const folder = await mkdtemp(join(root, "cut-"));
    await writeFile(join(folder, LOSSLESS_FILE), whole);
    // Every other cut has lost the index too, so that frames must be found by their checksums alone.
    if (turn % 2 === 0) await writeFile(join(folder, LOSSLESS_INDEX), await readFile(join(first, LOSSLESS_INDEX)));
    const length = turn === 0 ? whole.length : 42 + (seed % (whole.length - 42));
    await truncate(join(folder, LOSSLESS_FILE), length);
    const again = await LosslessRecorder.open({ folder, position: () => samples(resumeAt), onFault: fail });
    for (let at = resumeAt; at < end; at += FRAME_SAMPLES) again.push(mixAt(at));
    await again.finish();
    await again.close();
    const decoded = decode(join(folder, LOSSLESS_FILE));
    assert.equal(decoded.length, end, `cut at ${length}`);
    assert.equal(durationOf(join(folder, LOSSLESS_FILE)), end);
    assertSame(decoded, resumeAt, end);
    const bytesHeld = await readFile(join(folder, LOSSLESS_FILE));
    const kept = bytesHeld.findIndex((byte, at) => byte !== whole[at] && at > 42);
    // A whole part of the loudest noise is 72,000 bytes.
    assert.ok(kept < 0 || length - kept < 80_000, `cut at ${length} lost ${length - kept} bytes`);
  }
});

test("a disk that hangs for minutes stops nothing: two minutes wait in memory and no more, it is told once, and the file is as long as the mix", async () => {
  const folder = await mkdtemp(join(root, "hung-"));
  const seconds = 150;
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
  const recorder = await LosslessRecorder.open({ folder, position: () => samples(0), onFault: (error) => faults.push(error), open: hanging });
  const frame = new Float32Array(FRAME_SAMPLES).fill(0.25);
  let deepest = 0;
  for (let at = 0; at < seconds * SAMPLE_RATE; at += FRAME_SAMPLES) {
    recorder.push(frame);
    deepest = Math.max(deepest, recorder.queueDepth);
    // The mix goes on at its own pace; the disk's answers come in between.
    if (at % SAMPLE_RATE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(deepest, 240, "half seconds");
  assert.equal(recorder.partsLost, 2 * seconds - 240);
  assert.deepEqual(
    faults.map((fault) => (fault as EarshotError).code),
    ["disk-failing"],
  );
  release();
  await recorder.finish();
  await recorder.close();
  const path = join(folder, LOSSLESS_FILE);
  assert.equal(durationOf(path), seconds * SAMPLE_RATE);
  const decoded = decode(path);
  assert.equal(decoded.length, seconds * SAMPLE_RATE);
  const silent = decoded.reduce((count, sample) => count + Number(sample === 0), 0);
  assert.equal(silent, (2 * seconds - 240) * (SAMPLE_RATE / 2), "what was given up is silence in its place, nothing else");
});

test("a stereo recording decodes to both channels bit by bit, also after it was torn", async () => {
  const folder = await mkdtemp(join(root, "stereo-"));
  const rightAt = (position: number) => mixAt(position + 3 * SAMPLE_RATE);
  const open = (from: number) => LosslessRecorder.open({ folder, position: () => samples(from), onFault: fail, numberOfChannels: 2 });
  const first = await open(0);
  for (let at = 0; at < 3 * SAMPLE_RATE; at += FRAME_SAMPLES) first.push(mixAt(at), rightAt(at));
  await first.finish();
  await first.close();
  const path = join(folder, LOSSLESS_FILE);
  await truncate(path, (await stat(path)).size - 1_000);
  const resumeAt = 4 * SAMPLE_RATE;
  const end = 6 * SAMPLE_RATE + FRAME_SAMPLES;
  const again = await open(resumeAt);
  for (let at = resumeAt; at < end; at += FRAME_SAMPLES) again.push(mixAt(at), rightAt(at));
  await again.finish();
  await again.close();
  assert.equal(durationOf(path), end);
  const both = decode(path);
  assert.equal(both.length, 2 * end);
  const left = both.filter((_, index) => index % 2 === 0);
  const right = both.filter((_, index) => index % 2 === 1);
  assertSame(left, 0, 2 * SAMPLE_RATE);
  assertSame(left, resumeAt, end);
  for (let at = resumeAt; at < end; at += FRAME_SAMPLES)
    assert.deepEqual(right.slice(at, at + FRAME_SAMPLES), Int32Array.from(rightAt(at), toTwentyFour), `right from ${at}`);
});
