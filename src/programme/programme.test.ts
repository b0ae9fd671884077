import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../core/units.ts";
import { type Archive, openArchive, readArchiveEnd } from "./archive.ts";
import { readArchiveIndex } from "./archive-index.ts";
import { readChunk } from "./cmaf.ts";
import { type Chunk, CMAF_RENDITIONS, GRIDS, type Part, partSamples, RENDITIONS, type RenditionId } from "./part.ts";
import { Programme } from "./programme.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-programme-"));
});
after(() => rm(root, { recursive: true, force: true }));

const nothingKept: Record<RenditionId, number> = { opus: 0, aac: 0, mp3: 0, low: 0 };

async function open(options: {
  folder?: string;
  startAt?: number;
  epoch?: number;
}): Promise<{ programme: Programme; archive: Archive | undefined; parts: Part[]; chunks: Chunk[] }> {
  const archive = options.folder === undefined ? undefined : await openArchive({ folder: options.folder, numberOfChannels: 1 });
  const parts: Part[] = [];
  const chunks: Chunk[] = [];
  const programme = await Programme.open({
    eventId: "e",
    epoch: options.epoch ?? 1,
    startAt: samples(options.startAt ?? 0),
    resume: archive?.nextSequenceNumber ?? nothingKept,
    numberOfChannels: 1,
    ...(archive === undefined ? {} : { archive }),
    publish: (part) => parts.push(part),
    publishChunk: (chunk) => chunks.push(chunk),
    metadata: () => ["urn:test", "urn:other"].map((scheme) => ({ scheme, message: new TextEncoder().encode("{}") })),
    clock: systemClock,
    onFault: (error) => assert.fail(String(error)),
  });
  return { programme, archive, parts, chunks };
}

/** Pushes `seconds` of a 440 Hz tone with a full-scale click at each of `clicks` (samples). */
function tone(programme: Programme, from: number, seconds: number, clicks: readonly number[] = []): number {
  const frames = Math.round((seconds * SAMPLE_RATE) / FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame++) {
    const at = from + frame * FRAME_SAMPLES;
    const channel = new Float32Array(FRAME_SAMPLES).map((_, index) =>
      clicks.includes(at + index) ? 1 : 0.02 * Math.sin((2 * Math.PI * 440 * (at + index)) / SAMPLE_RATE),
    );
    programme.push({ timestamp: samples(at), channels: [channel] });
  }
  return from + frames * FRAME_SAMPLES;
}

function decode(file: string): Float32Array {
  const out = execFileSync("ffmpeg", ["-v", "warning", "-flags2", "+skip_manual", "-i", file, "-f", "f32le", "-ac", "1", "-"], { maxBuffer: 1 << 28 });
  return new Float32Array(out.buffer.slice(out.byteOffset, out.byteOffset + out.length));
}

/** ffmpeg must read the file without a word. */
function assertClean(file: string): void {
  assert.equal(execFileSync("sh", ["-c", `ffmpeg -v warning -i "${file}" -f null - 2>&1`]).toString(), "", file);
}

describe("the programme", () => {
  test("is recorded to the sample, in files any player reads without a warning", async () => {
    const folder = join(root, "whole");
    const { programme, archive, parts } = await open({ folder });
    const clicks = [48_000, 150_001];
    const end = tone(programme, 0, 9.3, clicks);
    const { durationSamples } = await programme.end();
    await archive?.finish({ durationSamples, title: "A talk", date: "2026-11-21T20:00:00Z" });
    await programme.close();
    await archive?.close();

    assert.equal(durationSamples, end);
    assert.equal((await readArchiveEnd(folder))?.durationSamples, end);
    for (const rendition of RENDITIONS) {
      const own = parts.filter((part) => part.rendition === rendition);
      own.forEach((part, index) => assert.equal(part.sequenceNumber, index));
      assert.deepEqual(
        own.map((part) => part.last),
        own.map((_, index) => index === own.length - 1),
      );
      const file = join(folder, rendition === "mp3" ? "recording.mp3" : `${rendition}.mp4`);
      if (rendition !== "mp3") assertClean(file);
      const pcm = decode(file);
      for (const click of clicks) {
        const expected = click + GRIDS[rendition].primingSamples;
        let loudest = expected - 400;
        for (let at = expected - 400; at < expected + 400; at++) if (Math.abs(pcm[at] ?? 0) > Math.abs(pcm[loudest] ?? 0)) loudest = at;
        assert.ok(Math.abs(loudest - expected) <= 6, `${rendition}: click at ${loudest}, expected ${expected}`);
      }
      const index = readArchiveIndex(await readFile(join(folder, `${rendition}.idx`), "utf8"));
      assert.equal(
        index.reduce((sum, segment) => sum + segment.parts, 0),
        own.length,
      );
      assert.equal(
        (index.at(-1)?.timestamp ?? 0) + (index.at(-1)?.duration ?? 0),
        own.reduce((sum, part) => sum + part.duration, 0),
      );
    }
    const tags = execFileSync("ffprobe", ["-v", "error", "-show_entries", "format_tags=title", "-of", "csv=p=0", join(folder, "recording.mp3")])
      .toString()
      .trim();
    assert.equal(tags, "A talk");
  });

  test("goes on after a crash without a hole in time or numbers, the lost time being silence", async () => {
    const folder = join(root, "crash");
    const first = await open({ folder });
    tone(first.programme, 0, 5.2);
    while (first.programme.queueDepth > 8) await systemClock.sleep(5);
    await first.programme.close();
    await first.archive?.close();
    // What a kill leaves: a torn part at the end of each file, a torn line in the index.
    for (const name of ["opus.mp4", "low.mp4", "aac.mp4", "recording.mp3", "opus.idx"])
      await appendFile(join(folder, name), Buffer.from([0, 0, 1, 0, 0x6d, 0x6f, 0x6f, 0x66, 1, 2, 3]));
    const startAt = 8 * SAMPLE_RATE;
    const second = await open({ folder, startAt, epoch: 2 });
    const end = tone(second.programme, startAt, 3);
    const { durationSamples } = await second.programme.end();
    await second.archive?.finish({ durationSamples, title: "t", date: "2026-11-21T20:00:00Z" });
    await second.programme.close();
    await second.archive?.close();
    assert.equal(durationSamples, end);
    for (const rendition of RENDITIONS) {
      const all = [...first.parts, ...second.parts].filter((part) => part.rendition === rendition);
      all.forEach((part, index) => assert.equal(part.sequenceNumber, index, `${rendition} has no hole`));
      assert.ok(second.parts.some((part) => part.rendition === rendition && part.filler));
      const file = join(folder, rendition === "mp3" ? "recording.mp3" : `${rendition}.mp4`);
      if (rendition !== "mp3") assertClean(file);
      const pcm = decode(file);
      const rms = (from: number, to: number) =>
        Math.sqrt(pcm.subarray(from * SAMPLE_RATE, to * SAMPLE_RATE).reduce((sum, value) => sum + value * value, 0) / ((to - from) * SAMPLE_RATE));
      assert.ok(rms(1, 4) > 0.01 && rms(6, 7.8) < 0.001 && rms(8.2, 10.8) > 0.01, `${rendition}: tone, silence, tone`);
    }
  });

  test("an hour away is filled at once", async () => {
    const hour = 3600 * SAMPLE_RATE;
    const { programme, parts } = await open({ startAt: hour });
    tone(programme, hour, 1);
    await programme.end();
    await programme.close();
    const opus = parts.filter((part) => part.rendition === "opus");
    assert.equal(opus.filter((part) => part.filler).length, hour / partSamples("opus"));
    assert.equal(opus.at(-1)?.last, true);
  });
});

describe("the archive", () => {
  test("a file cut anywhere opens again, ends after a whole part and plays without a warning", async () => {
    const folder = join(root, "torn");
    const { programme, archive } = await open({ folder });
    tone(programme, 0, 9);
    while (programme.queueDepth > 8) await systemClock.sleep(5);
    await programme.close();
    await archive?.close();
    const originals = new Map<string, Buffer>();
    for (const name of ["opus.mp4", "aac.mp4", "recording.mp3", "opus.idx", "aac.idx", "mp3.idx"]) originals.set(name, await readFile(join(folder, name)));
    for (let cut = 0; cut < 12; cut++) {
      for (const [name, bytes] of originals) await writeFile(join(folder, name), bytes);
      for (const name of ["opus.mp4", "aac.mp4", "recording.mp3"]) {
        const length = originals.get(name)?.length ?? 0;
        await truncate(join(folder, name), Math.floor(length * ((cut + 0.37) / 12)));
      }
      const again = await openArchive({ folder, numberOfChannels: 1 });
      const next = again.nextSequenceNumber;
      await again.close();
      for (const rendition of ["opus", "aac"] as const) {
        if (next[rendition] > 0) assertClean(join(folder, `${rendition}.mp4`));
        const kept = originals.get(`${rendition}.mp4`)?.length ?? 0;
        assert.ok(next[rendition] * partSamples(rendition) <= 9.2 * SAMPLE_RATE && kept > 0);
      }
    }
  });

  test("one that an earlier version began, without a rendition at half the data, goes on without it, and listeners get it from then on", async () => {
    const folder = join(root, "earlier");
    const first = await open({ folder });
    tone(first.programme, 0, 5.2);
    while (first.programme.queueDepth > 8) await systemClock.sleep(5);
    await first.programme.close();
    await first.archive?.close();
    for (const name of await readdir(folder)) if (name.startsWith("low.")) await rm(join(folder, name));
    const startAt = 8 * SAMPLE_RATE;
    const second = await open({ folder, startAt, epoch: 2 });
    assert.equal(second.archive?.nextSequenceNumber.low, undefined);
    tone(second.programme, startAt, 3);
    const { durationSamples } = await second.programme.end();
    await second.archive?.finish({ durationSamples, title: "t", date: "2026-11-21T20:00:00Z" });
    await second.programme.close();
    await second.archive?.close();
    const low = second.parts.filter(({ rendition }) => rendition === "low");
    assert.deepEqual([low[0]?.timestamp, low.some(({ filler }) => filler), low.at(-1)?.last], [startAt, false, true]);
    assert.deepEqual(Object.keys((await readArchiveEnd(folder))?.bytes ?? {}), ["opus", "aac", "mp3"]);
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith("low.")));
    for (const name of ["opus.mp4", "aac.mp4"]) assertClean(join(folder, name));
  });

  test("one whose stage died while the first files were made has every rendition all the same", async () => {
    const folder = join(root, "stillborn");
    await mkdir(folder);
    await writeFile(join(folder, "low.mp4"), "");
    const archive = await openArchive({ folder, numberOfChannels: 1 });
    assert.equal(archive.nextSequenceNumber.low, 0);
    await archive.close();
  });

  test("the index can be made anew from the file alone", async () => {
    const folder = join(root, "torn");
    const before = await readFile(join(folder, "aac.idx"), "utf8");
    await rm(join(folder, "aac.idx"));
    await (await openArchive({ folder, numberOfChannels: 1 })).close();
    const rebuilt = await readFile(join(folder, "aac.idx"), "utf8");
    assert.ok(rebuilt.startsWith(before) || before.startsWith(rebuilt));
  });
});

describe("reading a chunk", () => {
  test("never throws, whatever the bytes", async () => {
    const { programme, parts } = await open({});
    tone(programme, 0, 0.6);
    await programme.end();
    await programme.close();
    const good = parts.find((part) => part.rendition === "opus")?.data ?? new Uint8Array(0);
    let seed = 1;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed;
    };
    for (let round = 0; round < 20_000; round++) {
      const bytes = good.slice(0, random() % good.length);
      for (let flips = random() % 4; flips >= 0; flips--) if (bytes.length > 0) bytes[random() % bytes.length] = random() % 256;
      const result = readChunk(bytes);
      assert.equal(typeof result.ok, "boolean");
    }
  });
});

describe("the chunks sent ahead of a part", () => {
  test("hold the part's own packets at their own times, and its message comes once", async () => {
    const { programme, parts, chunks } = await open({ startAt: 30_000 });
    tone(programme, 30_000, 3);
    await programme.end();
    await programme.close();
    for (const rendition of CMAF_RENDITIONS) {
      const { framesPerPart, framesPerChunk, frameSamples } = GRIDS[rendition];
      const live = parts.filter((part) => part.rendition === rendition && !part.last && !part.filler);
      assert.ok(live.length >= 5);
      for (const part of live.slice(1)) {
        const whole = readChunk(part.data);
        assert.ok(whole.ok);
        const pieces = chunks.filter((chunk) => chunk.rendition === rendition && chunk.sequenceNumber === part.sequenceNumber);
        assert.equal(pieces.length, framesPerPart / framesPerChunk);
        const read = pieces.map(({ data }) => {
          const chunk = readChunk(data);
          assert.ok(chunk.ok);
          return chunk;
        });
        assert.deepEqual(Buffer.concat(read.flatMap(({ packets }) => packets)), Buffer.concat(whole.packets));
        assert.deepEqual(
          read.map(({ timestamp }) => timestamp),
          pieces.map((_, index) => part.timestamp + index * framesPerChunk * frameSamples),
        );
        assert.deepEqual(
          read.map(({ metadata }) => metadata.length),
          [...new Array<number>(pieces.length - 1).fill(0), 2],
        );
        assert.deepEqual(read.at(-1)?.metadata, whole.metadata);
      }
    }
    assert.ok(chunks.every((chunk) => chunk.rendition !== "mp3"));
  });
});
