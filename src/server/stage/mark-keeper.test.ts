import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLog } from "../../core/log.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../../core/units.ts";
import type { TalkRecord } from "../../wire/talk-record.ts";
import { chapterList, peakRecord } from "../../wire/marks.ts";
import { MarkKeeper, readTags } from "./mark-keeper.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-marks-"));
});
after(async () => {
  await chmod(folder, 0o755);
  await rm(folder, { recursive: true, force: true });
});

let seconds = 0;
const talk = (): TalkRecord => ({
  version: 1,
  durationSamples: seconds * SAMPLE_RATE,
  speakers: [],
  silences: { count: 0, seconds: 0, longestSeconds: 0 },
});
const open = (resumeAt?: number) =>
  MarkKeeper.open(
    { files: { peaks: join(folder, "peaks.json"), chapters: join(folder, "chapters.json") }, title: () => "Evening", talk, log: silentLog },
    resumeAt === undefined ? undefined : samples(resumeAt * SAMPLE_RATE),
  );
const hear = (keeper: MarkKeeper, forSeconds: number) => {
  for (let frame = 0; frame < forSeconds * 50; frame++) keeper.push(new Float32Array(FRAME_SAMPLES).fill(0.5));
  seconds += forSeconds;
};
const chapters = async () =>
  chapterList
    .safeParse(JSON.parse(await readFile(join(folder, "chapters.json"), "utf8").catch(() => "null")))
    .data?.chapters.map(({ startTime, title, by }) => [startTime, title, by]);

test("waveform and the host's chapters outlive a stage that is killed", async () => {
  const first = await open();
  await first.keep();
  assert.equal(await chapters(), undefined, "nothing is kept before the event is on air");
  hear(first, 20);
  assert.deepEqual(first.mark(samples(12.38 * SAMPLE_RATE), "Questions"), { startTime: 12.3, title: "Questions" });
  assert.equal(first.mark(samples(13 * SAMPLE_RATE), "Questions"), undefined, "pressed twice is once");
  await first.close();

  seconds = 26;
  const second = await open(26);
  hear(second, 4);
  second.mark(samples(28 * SAMPLE_RATE), "");
  await second.keep();
  assert.deepEqual(await chapters(), [
    [0, "Evening", "talk"],
    [12.3, "Questions", "host"],
    [28, "Evening", "host"],
  ]);
  const peaks = peakRecord.parse(JSON.parse(await readFile(join(folder, "peaks.json"), "utf8")));
  assert.equal(peaks.durationSamples, 30 * SAMPLE_RATE);
  assert.deepEqual([peaks.peaks[299], peaks.peaks[255]], [50, 0], "the time away is silence");
  await second.close();
  const tags = await readTags({ peaks: join(folder, "peaks.json"), chapters: join(folder, "chapters.json") }, "evening");
  assert.equal(tags.chapters.length, 3);
  assert.ok(tags.picture.length < 6_000, "the picture leaves room for a hundred chapters");
});

test("a disk that refuses them stops nothing", async () => {
  const keeper = await MarkKeeper.open(
    { files: { peaks: join(folder, "no/peaks.json"), chapters: join(folder, "no/chapters.json") }, title: () => "Evening", talk, log: silentLog },
    undefined,
  );
  hear(keeper, 1);
  await keeper.keep();
  await keeper.close();
});
