// Records for ever and says after each frame how many samples it was fed; started and killed by archive-disk.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES, samples } from "../core/units.ts";
import { openArchive } from "./archive.ts";
import { Programme } from "./programme.ts";

/** Times real time; quick for a test, slow enough for every encoder. */
const SPEED = 4;

const archive = await openArchive({ folder: process.argv[2] as string, numberOfChannels: 1 });
const programme = await Programme.open({
  eventId: "victim",
  epoch: 1,
  startAt: samples(0),
  resume: archive.nextSequenceNumber,
  numberOfChannels: 1,
  archive,
  publish: () => {},
  metadata: () => [],
  clock: systemClock,
  onFault: (error) => console.error(error),
});
const channel = new Float32Array(FRAME_SAMPLES);
const startMs = performance.now();
for (let frame = 0; ; frame++) {
  for (let index = 0; index < FRAME_SAMPLES; index++) channel[index] = 0.2 * Math.sin((frame * FRAME_SAMPLES + index) / 15);
  // The encoders' own pace counts: what waits in front of them is not on its way to the disk.
  while (programme.queueDepth > 4) await sleep(1);
  programme.push({ timestamp: samples(frame * FRAME_SAMPLES), channels: [channel] });
  process.stdout.write(`${(frame + 1) * FRAME_SAMPLES}\n`);
  const due = startMs + ((frame + 1) * FRAME_MS) / SPEED - performance.now();
  if (due > 0) await sleep(due);
}
