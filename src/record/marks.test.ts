import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { chapterList, peakRecord } from "../wire/marks.ts";
import type { TalkRecord } from "../wire/talk-record.ts";
import { chaptersOf, hostMarksOf } from "./chapters.ts";
import { MOST_POINTS, PeakMeter } from "./peaks.ts";

function talkOf(durationSeconds: number, speakers: Readonly<Record<string, readonly (readonly [number, number])[]>>): TalkRecord {
  return {
    version: 1,
    durationSamples: durationSeconds * SAMPLE_RATE,
    speakers: Object.entries(speakers).map(([name, turns]) => ({
      id: name,
      name,
      talkSeconds: 0,
      share: 0,
      longestTurnSeconds: 0,
      interruptionsMade: 0,
      interruptionsSuffered: 0,
      turns: turns.map(([start, end]): [number, number] => [Math.round(start * SAMPLE_RATE), Math.round(end * SAMPLE_RATE)]),
    })),
    silences: { count: 0, seconds: 0, longestSeconds: 0 },
  };
}
const list = (talk: TalkRecord, marks: Parameters<typeof chaptersOf>[1] = []) =>
  chaptersOf(talk, marks, "Evening").chapters.map(({ startTime, endTime, title, by }) => [startTime, endTime, title, by]);

describe("chapters", () => {
  test("a new one begins where another speaker takes the floor after a pause", () => {
    const talk = talkOf(300, {
      Ada: [
        [1, 80],
        [200.07, 290],
      ],
      Bruno: [[82.55, 198]],
    });
    assert.deepEqual(list(talk), [
      [0, 82.5, "Ada", "talk"],
      [82.5, 200, "Bruno", "talk"],
      [200, 300, "Ada", "talk"],
    ]);
  });

  test("an answer without a pause, a short yes, and a chapter under a minute make none", () => {
    assert.equal(list(talkOf(300, { Ada: [[0, 80]], Bruno: [[80.4, 200]] })).length, 1, "no pause");
    assert.equal(
      list(
        talkOf(300, {
          Ada: [
            [0, 80],
            [90, 200],
          ],
          Bruno: [[82, 84]],
        }),
      ).length,
      1,
      "a short yes",
    );
    assert.equal(list(talkOf(300, { Ada: [[0, 30]], Bruno: [[32, 200]] })).length, 1, "under a minute");
  });

  test("talk in short turns is named after all who had their share of it", () => {
    const turns = (offset: number) => Array.from({ length: 10 }, (_, index): [number, number] => [index * 20 + offset, index * 20 + offset + 9]);
    assert.deepEqual(list(talkOf(200, { Ada: turns(0), Bruno: turns(10), Cleo: [[5, 6]] })), [[0, 200, "Ada, Bruno", "talk"]]);
  });

  test("the host's marks stand where they were set, with their title, and push aside what the talk would say close by", () => {
    const talk = talkOf(300, { Ada: [[1, 80]], Bruno: [[82.5, 290]] });
    assert.deepEqual(
      list(talk, [
        { startTime: 85, title: "Questions" },
        { startTime: 400, title: "after the end" },
      ]),
      [
        [0, 85, "Ada", "talk"],
        [85, 300, "Questions", "host"],
      ],
    );
    assert.deepEqual(list(talk, [{ startTime: 0, title: "" }])[0], [0, 82.5, "Ada", "host"]);
  });

  test("an event in which nobody talked is one chapter with its title", () => {
    assert.deepEqual(list(talkOf(90, {})), [[0, 90, "Evening", "talk"]]);
  });

  test("whatever is said, the chapters cover the whole without a hole and the host's marks come back from the file", () => {
    const turn = fc
      .tuple(fc.double({ min: 0, max: 7_000, noNaN: true }), fc.double({ min: 0.2, max: 200, noNaN: true }))
      .map(([start, length]) => [start, start + length] as const);
    fc.assert(
      fc.property(
        fc.array(turn),
        fc.array(turn),
        fc.array(fc.double({ min: 0, max: 7_200, noNaN: true }), { maxLength: 5 }),
        fc.string(),
        (ada, bruno, marks, title) => {
          const given = [...new Set(marks)].map((startTime) => ({ startTime, title: `M${startTime}` }));
          const made = chaptersOf(talkOf(7_200, { Ada: ada, Bruno: bruno }), given, title.trim() || "x");
          assert.deepEqual(chapterList.parse(JSON.parse(JSON.stringify(made))), made);
          assert.equal(made.chapters[0]?.startTime, 0);
          assert.equal(made.chapters.at(-1)?.endTime, 7_200);
          made.chapters.forEach(({ endTime }, index) => assert.equal(endTime, made.chapters[index + 1]?.startTime ?? 7_200));
          assert.deepEqual(hostMarksOf(made).length, given.length);
        },
      ),
    );
  });
});

describe("the waveform", () => {
  const frame = (level: number) => new Float32Array(FRAME_SAMPLES).fill(level);

  test("every point is the highest sample of its tenth of a second", () => {
    const meter = new PeakMeter();
    for (const level of [0.1, -0.5, 0.2, 0, 0, 0.01]) meter.push(frame(level));
    assert.deepEqual(meter.record, { version: 1, samplesPerPoint: 4_800, durationSamples: 6 * FRAME_SAMPLES, peaks: [50, 1] });
  });

  test("two hours fit into the same memory as a minute, and no peak is lost", () => {
    const meter = new PeakMeter();
    const frames = 7_200 * 50;
    const loud = new Set([0, 7, 12_345, 200_000, frames - 1]);
    for (let index = 0; index < frames; index++) meter.push(frame(loud.has(index) ? 0.9 : 0.1));
    const record = peakRecord.parse(meter.record);
    assert.ok(record.peaks.length <= MOST_POINTS);
    assert.equal(record.durationSamples, frames * FRAME_SAMPLES);
    for (const index of loud) assert.equal(record.peaks[Math.floor((index * FRAME_SAMPLES) / record.samplesPerPoint)], 90);
  });

  test("after a restart it goes on at its place, the time away as silence", () => {
    const before = new PeakMeter();
    for (let index = 0; index < 50; index++) before.push(frame(0.3));
    const after = new PeakMeter();
    after.restore(before.record, 2 * SAMPLE_RATE);
    for (let index = 0; index < 5; index++) after.push(frame(0.7));
    const { peaks, durationSamples } = after.record;
    assert.equal(durationSamples, 2 * SAMPLE_RATE + 5 * FRAME_SAMPLES);
    assert.deepEqual(peaks, [...Array<number>(10).fill(30), ...Array<number>(10).fill(0), 70]);
  });
});
