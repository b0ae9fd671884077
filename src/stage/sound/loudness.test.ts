import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decode, speak } from "../../../test/material/speech.ts";
import { LoudnessMeter } from "./loudness.ts";
import { TruePeakMeter } from "./true-peak.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-loudness-"));
});
after(() => rmSync(folder, { recursive: true }));

/** What ffmpeg's meter says of a file: the referee. */
function referee(path: string) {
  const said = execFileSync("sh", ["-c", `ffmpeg -hide_banner -nostats -i '${path}' -af ebur128=peak=true -f null - 2>&1`]).toString();
  const summary = said.slice(said.lastIndexOf("Summary:"));
  const value = (name: RegExp) => Number(name.exec(summary)?.[1]);
  return { integrated: value(/I:\s+(-?[\d.]+) LUFS/), range: value(/LRA:\s+(-?[\d.]+) LU/), truePeak: value(/Peak:\s+(-?[\d.]+) dBFS/) };
}

function made(name: string, ...effects: string[]): string {
  const path = join(folder, `${name}.wav`);
  execFileSync("sox", ["-n", "-r", "48000", "-c", "1", "-b", "24", path, ...effects], { stdio: "pipe" });
  return path;
}

describe("the loudness meter agrees with ffmpeg's", () => {
  const files: [string, () => string][] = [
    ["speech with pauses", () => speak(folder, "speech", "en-gb", "One sentence. And after a while, another one, which is longer.", 40)],
    ["pink noise that gets louder", () => made("noise", "synth", "30", "pinknoise", "fade", "l", "20", "vol", "0.3")],
    [
      "a tone of full scale at a quarter of the sample rate, between samples",
      () => made("quarter", "synth", "5", "sine", "12000", "0", "45", "fade", "0.5", "5", "0.5", "vol", "0.7"),
    ],
    ["a low tone, which weighs little", () => made("low", "synth", "10", "sine", "60", "vol", "0.5")],
  ];
  for (const [name, make] of files) {
    test(name, () => {
      const path = make();
      const samples = decode(path);
      const meter = new LoudnessMeter();
      const peak = new TruePeakMeter();
      // Frames as the stage has them; the meter must not care how its input is cut.
      for (let at = 0; at < samples.length; at += 960) meter.push(samples.subarray(at, at + 960));
      peak.push(samples);
      const { integrated, range, truePeak } = referee(path);
      assert.ok(Math.abs(meter.integrated - integrated) <= 0.1, `${meter.integrated} LUFS, ffmpeg ${integrated}`);
      assert.ok(Math.abs(meter.range - range) <= 0.3, `${meter.range} LU, ffmpeg ${range}`);
      assert.ok(Math.abs(20 * Math.log10(peak.highest) - truePeak) <= 0.3, `${20 * Math.log10(peak.highest)} dBTP, ffmpeg ${truePeak}`);
    });
  }
});

test("a sine of -20 dBFS at 1 kHz reads -23 LUFS in mono, on every time scale (EBU Tech 3341)", () => {
  const meter = new LoudnessMeter();
  meter.push(Float32Array.from({ length: 5 * 48_000 }, (_, index) => 0.1 * Math.sin((2 * Math.PI * 1000 * index) / 48_000)));
  for (const value of [meter.momentary, meter.shortTerm, meter.integrated]) assert.ok(Math.abs(value + 23) < 0.1, String(value));
});

test("silence has no loudness and breaks nothing", () => {
  const meter = new LoudnessMeter();
  meter.push(new Float32Array(48_000));
  assert.equal(meter.integrated, Number.NEGATIVE_INFINITY);
  assert.equal(meter.range, 0);
});
