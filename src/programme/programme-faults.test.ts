import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../core/units.ts";
import { type Archive, openArchive } from "./archive.ts";
import { type Part, partSamples, RENDITIONS } from "./part.ts";
import { Programme } from "./programme.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-faults-"));
});
after(() => rm(root, { recursive: true, force: true }));

async function open(options: { archive?: Archive; startAt?: number; onPart?: (part: Part) => void }) {
  const parts: Part[] = [];
  const faults: unknown[] = [];
  const { archive, startAt = 0, onPart } = options;
  const programme = await Programme.open({
    eventId: "e",
    epoch: 1,
    startAt: samples(startAt),
    resume: archive?.nextSequenceNumber ?? { opus: 0, aac: 0, mp3: 0 },
    numberOfChannels: 1,
    ...(archive === undefined ? {} : { archive }),
    publish: (part) => {
      parts.push(part);
      onPart?.(part);
    },
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => faults.push(error),
  });
  return { programme, parts, faults };
}

function feed(programme: Programme, seconds: number, from = 0): void {
  const channel = new Float32Array(FRAME_SAMPLES).map((_, index) => 0.1 * Math.sin(index / 9));
  for (let at = from; at < from + seconds * SAMPLE_RATE; at += FRAME_SAMPLES) programme.push({ timestamp: samples(at), channels: [channel] });
}

describe("the programme goes on", () => {
  test("when a receiver of parts throws", async () => {
    const { programme, parts, faults } = await open({
      onPart: ({ rendition, sequenceNumber }) => {
        if (rendition === "opus" && sequenceNumber === 1) throw new Error("a receiver broke");
      },
    });
    feed(programme, 4);
    await programme.end();
    await programme.close();
    assert.equal(faults.length, 1);
    const opus = parts.filter(({ rendition }) => rendition === "opus");
    opus.forEach(({ sequenceNumber }, index) => assert.equal(sequenceNumber, index));
    assert.equal(opus.at(-1)?.last, true);
  });

  test("when the disk refuses everything, saying so once", async () => {
    const refusing = {
      nextSequenceNumber: { opus: 0, aac: 0, mp3: 0 },
      recordedSamples: { opus: samples(0), aac: samples(0), mp3: samples(0) },
      queueDepth: 0,
      partsLost: 0,
    };
    const archive: Archive = { ...refusing, append: () => Promise.reject(new Error("full")), finish: async () => {}, close: async () => {} };
    const { programme, parts, faults } = await open({ archive });
    feed(programme, 4);
    await programme.end();
    await programme.close();
    assert.equal(faults.length, 1);
    assert.equal(programme.partsNotKeptInTime, parts.length);
    assert.deepEqual(new Set(parts.map(({ rendition }) => rendition)).size, RENDITIONS.length);
  });

  test("when the disk hangs: parts go out all the same, in order", async () => {
    const hanging = {
      nextSequenceNumber: { opus: 0, aac: 0, mp3: 0 },
      recordedSamples: { opus: samples(0), aac: samples(0), mp3: samples(0) },
      queueDepth: 0,
      partsLost: 0,
    };
    const archive: Archive = { ...hanging, append: () => new Promise(() => {}), finish: async () => {}, close: async () => {} };
    const { programme, parts } = await open({ archive });
    feed(programme, 2);
    await programme.end();
    await programme.close();
    for (const rendition of RENDITIONS)
      parts.filter((part) => part.rendition === rendition).forEach(({ sequenceNumber }, index) => assert.equal(sequenceNumber, index));
    assert.equal(programme.partsNotKeptInTime, parts.length);
  });
});

test("an event killed between its end and its last byte keeps its length and gets no sound added", async () => {
  const folder = join(root, "ended");
  const first = await openArchive({ folder, numberOfChannels: 1 });
  const live = await open({ archive: first });
  feed(live.programme, 10);
  const { durationSamples } = await live.programme.end();
  await live.programme.close();
  await first.close();

  const second = await openArchive({ folder, numberOfChannels: 1 });
  const again = await open({ archive: second });
  assert.equal((await again.programme.end()).durationSamples, durationSamples);
  assert.equal(again.parts.length, 0);
  await again.programme.close();
  await second.close();
});

test("a night away does not hold up the start, and lies in the archive as silence", async () => {
  const folder = join(root, "night");
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  const startAt = 1800 * SAMPLE_RATE;
  const { programme, parts } = await open({ archive, startAt });
  assert.ok(parts.length < 1000, "the hole is filled beside the start, not before it");
  feed(programme, 1, startAt);
  await programme.end();
  await programme.close();
  for (const rendition of RENDITIONS) {
    const own = parts.filter((part) => part.rendition === rendition);
    own.forEach(({ sequenceNumber }, index) => assert.equal(sequenceNumber, index));
    assert.equal(own.filter(({ filler }) => filler).length, Math.floor(startAt / partSamples(rendition)));
    assert.equal(archive.nextSequenceNumber[rendition], own.length);
  }
  assert.equal(archive.partsLost, 0);
  await archive.close();
});
