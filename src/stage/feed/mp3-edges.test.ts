import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { registerDecoders } from "./decoders.ts";
import { parseEdges, readMp3Edges } from "./mp3-edges.ts";
import { decodeFile } from "./sound-file.ts";

registerDecoders();
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-edges-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A second of a tone that begins and ends with a whole wave, so that it could go round for ever. */
function tone(name: string, more: readonly string[]): string {
  const path = join(folder, name);
  const source = ["-f", "lavfi", "-i", "sine=frequency=480:sample_rate=48000:duration=1"];
  execFileSync("ffmpeg", ["-v", "error", "-y", ...source, ...more, path]);
  return path;
}

async function decode(path: string): Promise<{ readonly pcm: Float32Array; readonly sampleRate: number }> {
  const pcm: number[] = [];
  let rate = 0;
  for await (const { mono, sampleRate } of decodeFile(path)) {
    pcm.push(...mono);
    rate = sampleRate;
  }
  return { pcm: Float32Array.from(pcm), sampleRate: rate };
}

/** Longest stretch of two rounds in which nothing is heard. Seconds. */
function longestHole({ pcm, sampleRate }: { readonly pcm: Float32Array; readonly sampleRate: number }): number {
  const twice = new Float32Array([...pcm, ...pcm]);
  let longest = 0;
  let quiet = 0;
  for (const sample of twice) {
    quiet = Math.abs(sample) < 0.02 ? quiet + 1 : 0;
    longest = Math.max(longest, quiet);
  }
  return longest / sampleRate;
}

for (const [name, more] of [
  ["mono.mp3", ["-ac", "1", "-b:a", "96k"]],
  ["stereo-44.mp3", ["-ac", "2", "-ar", "44100", "-b:a", "128k", "-metadata", "title=Waiting"]],
  ["half-rate.mp3", ["-ac", "1", "-ar", "24000", "-b:a", "48k", "-id3v2_version", "4"]],
  ["variable.mp3", ["-ac", "2", "-q:a", "4"]],
] as const)
  test(`music as MP3 goes round without the encoder's silence (${name})`, async () => {
    const sound = await decode(tone(name, more));
    assert.equal(sound.pcm.length, sound.sampleRate, "a second to the sample");
    // The soft edges of every sound are 2.5 ms long on either side; the encoder's own silence would be 25 ms and more.
    assert.ok(longestHole(sound) < 0.002, `${longestHole(sound) * 1_000} ms`);
    // The wave is where it was: 480 Hz begin at zero and rise.
    const quarter = Math.round(sound.sampleRate / 480 / 4);
    const early = Math.round((sound.sampleRate * 50) / 480);
    assert.ok((sound.pcm[early + quarter] as number) > 0.06 && Math.abs(sound.pcm[early] as number) < 0.02, `${sound.pcm[early]}`);
  });

test("an MP3 that says nothing of its edges is played as it is", async () => {
  const sound = await decode(tone("plain.mp3", ["-ac", "1", "-b:a", "96k", "-write_xing", "0"]));
  assert.ok(sound.pcm.length >= 48_000 + 1_105, `${sound.pcm.length}`);
});

test("what an MP3 says of its edges is believed only as far as there is sound", async () => {
  const path = tone("lying.mp3", ["-ac", "1", "-b:a", "96k", "-id3v2_version", "0", "-write_id3v1", "0"]);
  const bytes = execFileSync("cat", [path]);
  const info = bytes.indexOf("Info");
  bytes.writeUInt32BE(0x00ff_ffff, info + 8);
  await writeFile(path, bytes);
  const { pcm } = await decode(path);
  assert.ok(pcm.length > 40_000 && pcm.length <= 43 * 1_152, `${pcm.length}`);
  bytes.writeUInt32BE(0, info + 8);
  await writeFile(path, bytes);
  assert.equal(await readMp3Edges(path), undefined);
});

test("whatever bytes a file opens with, its edges are found or not, and never by half", () => {
  const frame = fc.uint8Array({ maxLength: 300 });
  const named = fc.tuple(frame, fc.constantFrom(21, 36, 13)).map(([bytes, at]) => {
    bytes.set([0xff, 0xfb, 0x90, at === 21 ? 0xc0 : 0].slice(0, bytes.length));
    if (bytes.length > at + 4) bytes.set(Buffer.from("Info"), at);
    if (bytes.length > at + 124) bytes.set(Buffer.from("LAME"), at + 120);
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(frame, named), (bytes) => {
      const edges = parseEdges(Buffer.from(bytes));
      assert.ok(edges === undefined || (edges.length > 0 && edges.first >= 529 && edges.first <= 529 + 4_095));
    }),
    { numRuns: 5_000 },
  );
});
