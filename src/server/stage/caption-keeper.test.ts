import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLog } from "../../core/log.ts";
import { SAMPLE_RATE, samples } from "../../core/units.ts";
import type { RenditionId } from "../../programme/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import type { TimedMetadata } from "../../wire/timed-metadata.ts";
import { CaptionKeeper } from "./caption-keeper.ts";
import { LevelHistory } from "./level-history.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-captions-"));
});
after(() => rm(folder, { recursive: true }));

const at = (seconds: number) => samples(seconds * SAMPLE_RATE);
const PART = SAMPLE_RATE / 2;

test("a line stands in the file when it was begun, at most 15 s before it came, after the one before, which ends where it begins", async () => {
  const path = join(folder, "times.vtt");
  const keeper = await CaptionKeeper.open({ path, log: silentLog }, false);
  keeper.add("Good evening.", at(10), 8);
  keeper.add("A little late.", at(40), 2);
  keeper.add("At once.", at(40), 60);
  await keeper.keep();
  assert.equal(
    await readFile(path, "utf8"),
    "WEBVTT\n\n00:00:08.000 --> 00:00:11.000\nGood evening.\n\n00:00:25.000 --> 00:00:28.000\nA little late.\n\n00:00:40.000 --> 00:00:43.000\nAt once.\n",
  );
  await keeper.close();
});

test("a stage that was killed goes on with the captions there are; a file that is none is begun anew", async () => {
  const path = join(folder, "killed.vtt");
  const killed = await CaptionKeeper.open({ path, log: silentLog }, false);
  killed.add("Before.", at(1));
  await killed.keep();
  await killed.close();
  const next = await CaptionKeeper.open({ path, log: silentLog }, true);
  next.add("After.", at(20));
  await next.keep();
  await next.close();
  assert.match(await readFile(path, "utf8"), /Before\.\n\n.*\nAfter\.\n$/);
  await writeFile(path, "no captions");
  const anew = await CaptionKeeper.open({ path, log: silentLog }, true);
  anew.add("Anew.", at(1));
  await anew.keep();
  await anew.close();
  assert.match(await readFile(path, "utf8"), /^WEBVTT\n\n.*\nAnew\.\n$/);
});

test("listeners read a line with the first part after it came, again at each segment's start while it lasts, and then that it is gone; each rendition for itself", async () => {
  const keeper = await CaptionKeeper.open({ path: join(folder, "shown.vtt"), log: silentLog }, false);
  const state: LiveState = { eventId: "e", slug: "e", phase: "live", epoch: 1, onStage: [], revision: 1, announcement: "At nine." };
  const history = new LevelHistory({ title: () => "Evening", captionAt: (timestamp, duration) => keeper.at(timestamp, duration) });
  const told = (rendition: RenditionId, part: number) => {
    const slot = { rendition, timestamp: samples(part * PART), duration: samples(PART), firstOfSegment: part % 8 === 0, last: false };
    const { c, a } = JSON.parse(new TextDecoder().decode(history.metadata(slot, state)[0]?.message)) as TimedMetadata;
    return [c, a];
  };
  keeper.add("Good evening.", at(2.6));
  const parts = Array.from({ length: 17 }, (_, part) => told("opus", part));
  assert.deepEqual(
    parts.map(([c]) => c).flatMap((line, part) => (line === undefined ? [] : [[part, line]])),
    [
      [5, "Good evening."],
      [8, "Good evening."],
      [12, ""],
    ],
  );
  assert.deepEqual(
    parts.map(([, a]) => a).flatMap((line, part) => (line === undefined ? [] : [part])),
    [0, 8, 16],
  );
  assert.deepEqual(told("aac", 6), ["Good evening.", "At nine."]);
  await keeper.close();
});
