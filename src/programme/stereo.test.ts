import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../core/units.ts";
import { writeAdts } from "./adts.ts";
import { openArchive } from "./archive.ts";
import { readArchiveChannels } from "./archive-form.ts";
import { readArchiveIndex } from "./archive-index.ts";
import { channelsOfHeader, readChunk, writeHeader } from "./cmaf.ts";
import { readAsOgg } from "./ogg-file.ts";
import { GRIDS, type Part } from "./part.ts";
import { Programme } from "./programme.ts";

const SECONDS = 12;
let folder = "";
const parts: Part[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-stereo-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Puts 600 Hz to the left and 1500 Hz to the right on air, from a time on. Seconds. */
async function onAir(from: number, to: number, end: boolean): Promise<void> {
  const archive = await openArchive({ folder, numberOfChannels: 2 });
  const programme = await Programme.open({
    eventId: "e",
    epoch: 1,
    startAt: samples(from * SAMPLE_RATE),
    resume: archive.nextSequenceNumber,
    numberOfChannels: 2,
    archive,
    publish: (part) => parts.push(part),
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => assert.fail(String(error)),
  });
  const [left, right] = [new Float32Array(FRAME_SAMPLES), new Float32Array(FRAME_SAMPLES)];
  for (let at = from * SAMPLE_RATE; at < to * SAMPLE_RATE; at += FRAME_SAMPLES) {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      left[index] = 0.3 * Math.sin((2 * Math.PI * 600 * (at + index)) / SAMPLE_RATE);
      right[index] = 0.3 * Math.sin((2 * Math.PI * 1_500 * (at + index)) / SAMPLE_RATE);
    }
    while (programme.queueDepth > 20) await new Promise((resolve) => setTimeout(resolve, 1));
    programme.push({ timestamp: samples(at), channels: [left, right] });
  }
  if (end) await archive.finish({ ...(await programme.end()), title: "Stereo", date: "2026-10-03T19:00:00Z" });
  await programme.close();
  await archive.close();
}

/** What a stranger's decoder gives for each channel. */
function decode(path: string, channels: number): Float32Array[] {
  const told = execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0", path]).toString();
  assert.equal(Number(told.trim().split("\n")[0]), channels, path);
  const raw = execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", path, "-f", "f32le", "-"], { maxBuffer: 1e9 });
  const all = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  return Array.from({ length: channels }, (_, channel) => all.filter((_, index) => index % channels === channel));
}

/** Level of a tone in half a second from a place on. dBFS. */
function levelAt(pcm: Float32Array, hertz: number, seconds: number): number {
  let [real, imaginary] = [0, 0];
  for (let index = 0; index < SAMPLE_RATE / 2; index++) {
    const sample = pcm[seconds * SAMPLE_RATE + index] as number;
    real += sample * Math.cos((2 * Math.PI * hertz * index) / SAMPLE_RATE);
    imaginary += sample * Math.sin((2 * Math.PI * hertz * index) / SAMPLE_RATE);
  }
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / (SAMPLE_RATE / 2) / Math.SQRT2 + 1e-9);
}

function assertSides([left, right]: readonly Float32Array[], seconds: number, path: string): void {
  assert.ok(left !== undefined && right !== undefined);
  for (const [own, hertz, other] of [
    [left, 600, right],
    [right, 1_500, left],
  ] as const) {
    assert.ok(Math.abs(levelAt(own, hertz, seconds) + 13.5) < 1, `${path}: ${hertz} Hz at ${levelAt(own, hertz, seconds)} dBFS`);
    assert.ok(levelAt(other, hertz, seconds) < levelAt(own, hertz, seconds) - 30, `${path}: ${hertz} Hz on the other side`);
  }
}

test("a programme of two channels is kept as such by every form but MP3 and the one at half the data, also over a torn end and a stage that was away", async () => {
  await onAir(0, 5, false);
  await truncate(join(folder, "aac.mp4"), (await readFile(join(folder, "aac.mp4"))).length - 77);
  assert.equal(await readArchiveChannels(folder), 2, "what was begun in stereo goes on so");
  await onAir(8, SECONDS, true);
  const ogg: Uint8Array[] = [];
  const bytes = await readFile(join(folder, "opus.mp4"));
  const segments = readArchiveIndex(await readFile(join(folder, "opus.idx"), "utf8"));
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
  const numberOfChannels = channelsOfHeader(bytes);
  const skip = GRIDS.opus.primingSamples;
  for await (const page of readAsOgg({ read, segments, title: "Stereo", numberOfChannels, skip, durationSamples: SECONDS * SAMPLE_RATE })) ogg.push(page);
  await writeFile(join(folder, "recording.opus"), Buffer.concat(ogg));
  const adts = parts.filter(({ rendition }) => rendition === "aac").map(({ data }) => readChunk(data));
  await writeFile(join(folder, "recording.aac"), Buffer.concat(adts.flatMap((chunk) => (chunk.ok ? [writeAdts(chunk.packets, 2)] : []))));
  for (const name of ["opus.mp4", "aac.mp4", "recording.opus", "recording.aac"]) {
    const sides = decode(join(folder, name), 2);
    if (name === "recording.opus") assert.equal(sides[0]?.length, SECONDS * SAMPLE_RATE, "to the sample");
    for (const at of [2, 10]) assertSides(sides, at, name);
    assert.ok(levelAt(sides[0] as Float32Array, 600, 6) < -80, "silence while the stage was away");
  }
  for (const name of ["recording.mp3", "low.mp4"]) {
    const [mono] = decode(join(folder, name), 1);
    for (const hertz of [600, 1_500]) assert.ok(Math.abs(levelAt(mono as Float32Array, hertz, 2) + 16.5) < 1, `${hertz} Hz in ${name}`);
  }
});

test("a header says how many channels follow; what is none counts as one", () => {
  for (const rendition of ["opus", "aac"] as const)
    for (const numberOfChannels of [1, 2]) assert.equal(channelsOfHeader(writeHeader({ rendition, numberOfChannels })), numberOfChannels);
  const header = writeHeader({ rendition: "opus", numberOfChannels: 2 });
  for (let length = 0; length < header.length; length += 7) assert.ok([1, 2].includes(channelsOfHeader(header.subarray(0, length))));
});
