import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../core/units.ts";
import { archiveFileName, openArchive, Programme, readArchiveIndex } from "../programme/mod.ts";
import { aacSpan, cutM4a, mp3Span, readClipRange } from "./clip.ts";

/** The recording: a tone whose pitch says where one is, 200 Hz and 100 Hz more every second. */
const SECONDS = 14;
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-clip-"));
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  const programme = await Programme.open({
    eventId: "e",
    epoch: 1,
    startAt: samples(0),
    resume: archive.nextSequenceNumber,
    numberOfChannels: 1,
    archive,
    publish: () => {},
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => assert.fail(String(error)),
  });
  let phase = 0;
  for (let at = 0; at < SECONDS * SAMPLE_RATE; at += FRAME_SAMPLES) {
    const channel = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => {
      phase += (2 * Math.PI * (200 + 100 * Math.floor((at + index) / SAMPLE_RATE))) / SAMPLE_RATE;
      return 0.5 * Math.sin(phase);
    });
    while (programme.queueDepth > 10) await new Promise((resolve) => setTimeout(resolve, 2));
    programme.push({ timestamp: samples(at), channels: [channel] });
  }
  const { durationSamples } = await programme.end();
  await archive.finish({ durationSamples, title: "t", date: "2026-10-03T19:00:00Z" });
  await programme.close();
  await archive.close();
});
after(() => rm(folder, { recursive: true, force: true }));

async function cut(kind: "mp3" | "m4a", from: number, to: number): Promise<string> {
  const rendition = kind === "mp3" ? "mp3" : "aac";
  const segments = readArchiveIndex(await readFile(join(folder, `${rendition}.idx`), "utf8"));
  const file = await open(join(folder, archiveFileName(rendition)), "r");
  const read = async ({ offset, length }: { offset: number; length: number }) => (await file.read(Buffer.alloc(length), 0, length, offset)).buffer;
  const bytes =
    kind === "mp3"
      ? await read(mp3Span({ from, to }, segments))
      : cutM4a({ from, to }, await read({ offset: 0, length: segments[0]?.offset ?? 0 }), await read(aacSpan({ from, to }, segments)));
  await file.close();
  const path = join(folder, `clip.${kind}`);
  await writeFile(path, bytes);
  return path;
}

/** The pitch of a stretch by its zero crossings. Hertz. */
function pitch(pcm: Float32Array, from: number, to: number): number {
  const part = pcm.subarray(Math.round(from * SAMPLE_RATE), Math.round(to * SAMPLE_RATE));
  let crossings = 0;
  for (let index = 1; index < part.length; index++) if ((part[index - 1] as number) < 0 && (part[index] as number) >= 0) crossings++;
  return (crossings * SAMPLE_RATE) / part.length;
}

for (const kind of ["mp3", "m4a"] as const)
  test(`a clip as ${kind} holds exactly the seconds that were marked, and a player takes it without a word`, async () => {
    for (const [from, to] of [
      [0, 3],
      [3.5, 9.5],
      [11, 14],
    ] as const) {
      const path = await cut(kind, from, to);
      assert.equal(execFileSync("sh", ["-c", `ffmpeg -v warning -i '${path}' -f null - 2>&1 | grep -v 'Estimating duration' || true`]).toString(), "");
      const raw = execFileSync("ffmpeg", ["-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", String(SAMPLE_RATE), "-"], { maxBuffer: 1e8 });
      const pcm = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      // A few frames before the first one heard, because frames lean on those before them.
      const lead = pcm.length / SAMPLE_RATE - (to - from);
      assert.ok(lead >= 0 && lead < 0.2, `${from}-${to}: ${lead} s more`);
      for (let second = Math.ceil(from); second + 1 <= to; second++) {
        const at = second - from + lead * 0.7;
        assert.ok(
          Math.abs(pitch(pcm, at + 0.15, at + 0.85) - (200 + 100 * second)) < 12,
          `${from}-${to}, second ${second}: ${pitch(pcm, at + 0.15, at + 0.85)} Hz`,
        );
      }
    }
  });

test("a clip's address is read in one way only", () => {
  assert.deepEqual(readClipRange("83.5-120", 200), { from: 83.5, to: 120 });
  assert.deepEqual(readClipRange("0-60", 60), { from: 0, to: 60 });
  assert.deepEqual(readClipRange("0.1-1.1", 60), { from: 0.1, to: 1.1 });
  for (const text of ["0-60.1", "5-5.9", "10-5", "5.0-10", "05-10", "5-10.55", "-5-10", "5-", "", "5-10-15", "190-201", "5e1-60", "1000000-1000010"])
    assert.equal(readClipRange(text, 200), undefined, text);
});

test("whatever is asked, no byte outside the recording is read", async () => {
  const [mp3, aac] = await Promise.all(["mp3", "aac"].map(async (name) => readArchiveIndex(await readFile(join(folder, `${name}.idx`), "utf8"))));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 10, max: 600 }), (start, length) => {
      const range = { from: start / 10, to: (start + length) / 10 };
      for (const [span, index] of [
        [mp3Span(range, mp3 ?? []), mp3],
        [aacSpan(range, aac ?? []), aac],
      ] as const) {
        const last = index?.at(-1);
        assert.ok(span.length >= 0 && span.offset + span.length <= (last?.offset ?? 0) + (last?.length ?? 0));
      }
    }),
  );
});
