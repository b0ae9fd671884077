import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openArchive } from "./archive.ts";
import { ID3_BYTES, writeId3 } from "./id3.ts";
import { partSamples } from "./part.ts";
import { samples } from "../core/units.ts";
import { silentPart } from "./silence.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-id3-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The smallest PNG there is: one pixel. */
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

interface Probed {
  readonly chapters: readonly { readonly start_time: string; readonly end_time: string; readonly tags: { readonly title: string } }[];
  readonly format: { readonly tags: Readonly<Record<string, string>> };
}
const probe = (path: string) =>
  JSON.parse(execFileSync("ffprobe", ["-v", "error", "-show_chapters", "-show_format", "-of", "json", path]).toString()) as Probed;

test("ffprobe reads title, date and every chapter back from a recording that was made part by part", async () => {
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  for (let number = 0; number < 20; number++) {
    const data = silentPart("mp3", 1, number);
    const timestamp = samples(number * partSamples("mp3"));
    await archive.append({
      eventId: "e",
      rendition: "mp3",
      epoch: 1,
      sequenceNumber: number,
      timestamp,
      duration: partSamples("mp3"),
      filler: false,
      last: number === 19,
      data,
    });
  }
  const chapters = [
    { startTime: 0, endTime: 3.5, title: "Ada" },
    { startTime: 3.5, endTime: 7.25, title: "Fragen, Größe & Übermut – 会話" },
    { startTime: 7.25, endTime: 10, title: "Ada, Bruno" },
  ];
  await archive.finish({ durationSamples: samples(480_000), title: "Ein Abend", date: "2026-10-03T19:00:00.000Z", chapters, picture: PIXEL });
  await archive.close();
  const read = probe(join(folder, "recording.mp3"));
  const shown = execFileSync("ffprobe", [
    "-v",
    "error",
    "-select_streams",
    "v",
    "-show_entries",
    "stream=codec_name,width",
    "-of",
    "csv=p=0",
    join(folder, "recording.mp3"),
  ]);
  assert.equal(shown.toString().trim(), "png,1", "and the picture");
  assert.deepEqual(
    read.chapters.map(({ start_time, end_time, tags }) => ({ startTime: Number(start_time), endTime: Number(end_time), title: tags.title })),
    chapters,
  );
  assert.deepEqual([read.format.tags.title, read.format.tags.date], ["Ein Abend", "2026-10-03T19:00:00"]);
});

test("a chapter a minute over two hours fits; what is more is left out and the tag stays whole", async () => {
  const minutes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      startTime: index * 60,
      endTime: index * 60 + 60,
      title: `Chapter ${index} with quite a long name: ${"ä".repeat(40)}`,
    }));
  for (const [given, least] of [
    [120, 120],
    [600, 120],
  ] as const) {
    const tag = writeId3({ texts: { TIT2: "Long" }, chapters: minutes(given), picture: Buffer.alloc(8_000, 1) });
    assert.equal(tag.length, ID3_BYTES);
    const path = join(folder, `long-${given}.mp3`);
    await writeFile(path, Buffer.concat([tag, ...Array.from({ length: 8 }, (_, index) => silentPart("mp3", 1, index))]));
    const { chapters } = probe(path);
    assert.ok(chapters.length >= least, String(chapters.length));
    assert.match(chapters.at(-1)?.tags.title ?? "", /^Chapter \d+ with quite/);
  }
});
