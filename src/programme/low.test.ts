import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, speak } from "../../test/material/speech.ts";
import { systemClock } from "../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../core/units.ts";
import { openArchive } from "./archive.ts";
import type { Part } from "./part.ts";
import { Programme } from "./programme.ts";

const SECONDS = 30;
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-low-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("speech at half the data is what it says: mono Opus of all frequencies at 24 kbit/s, half as many bytes on the way, as long and as loud as the other", async () => {
  const said = decode(
    speak(
      folder,
      "said",
      "en-gb",
      "Good evening and welcome. Tonight we talk about sound that arrives on time, from one end of the country to the other.",
      SECONDS,
    ),
  );
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  const parts: Part[] = [];
  const programme = await Programme.open({
    eventId: "e",
    epoch: 1,
    startAt: samples(0),
    resume: archive.nextSequenceNumber,
    numberOfChannels: 1,
    archive,
    publish: (part) => parts.push(part),
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => assert.fail(String(error)),
  });
  for (let at = 0; at + FRAME_SAMPLES <= said.length; at += FRAME_SAMPLES) {
    while (programme.queueDepth > 50) await systemClock.sleep(5);
    programme.push({ timestamp: samples(at), channels: [said.subarray(at, at + FRAME_SAMPLES)] });
  }
  await archive.finish({ ...(await programme.end()), title: "Low", date: "2026-10-03T19:00:00Z" });
  await programme.close();
  await archive.close();
  const fields = "stream=codec_name,sample_rate,channels";
  const told = execFileSync("ffprobe", ["-v", "warning", "-show_entries", fields, "-of", "csv=p=0", join(folder, "low.mp4")]).toString();
  assert.deepEqual(told.trim().split(",").sort(), ["1", "48000", "opus"]);
  const bytes = (rendition: string) => parts.filter((part) => part.rendition === rendition).reduce((sum, { data }) => sum + data.length, 0);
  const low = (bytes("low") * 8) / SECONDS / 1_000;
  assert.ok(low > 22 && low < 29, `${low} kbit/s with the boxes around it`);
  assert.ok(bytes("low") < 0.58 * bytes("opus"), `${bytes("low")} of ${bytes("opus")}`);
  const [half, whole] = [decode(join(folder, "low.mp4")), decode(join(folder, "opus.mp4"))];
  assert.equal(half.length, whole.length);
  const rms = (pcm: Float32Array) => 10 * Math.log10(pcm.subarray(SAMPLE_RATE).reduce((sum, value) => sum + value * value, 0) / pcm.length);
  assert.ok(Math.abs(rms(half) - rms(whole)) < 1, `${rms(half)} and ${rms(whole)} dB`);
});
