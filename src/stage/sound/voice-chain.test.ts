import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, speak } from "../../../test/material/speech.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { LoudnessMeter } from "./loudness.ts";
import { Master } from "./master.ts";
import { PROGRAMME_TARGET } from "./programme-leveller.ts";
import { VoiceChain } from "./voice-chain.ts";

const ENGLISH = "Good evening and welcome. My name is Ada, and tonight we talk about sound that arrives on time, from one end of the country to the other.";
const GERMAN = "Guten Abend zusammen. Ich heiße Bruno und freue mich, dass man mich von hier aus so klar und deutlich hören kann.";

let folder = "";
let ada: Float32Array;
let bruno: Float32Array;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-chain-"));
  ada = decode(speak(folder, "ada", "en-gb", ENGLISH, 40));
  bruno = decode(speak(folder, "bruno", "de", GERMAN, 40));
});
after(() => rmSync(folder, { recursive: true }));

const db = (value: number) => 10 ** (value / 20);

/** A signal through a chain, frame by frame. */
function through(chain: { process(frame: Float32Array): void }, signal: Float32Array, gainDb: number): Float32Array {
  const out = signal.map((value) => value * db(gainDb));
  for (let at = 0; at + FRAME_SAMPLES <= out.length; at += FRAME_SAMPLES) chain.process(out.subarray(at, at + FRAME_SAMPLES));
  return out;
}

function loudness(signal: Float32Array, fromSecond: number, toSecond: number): number {
  const meter = new LoudnessMeter();
  meter.push(signal.subarray(fromSecond * 48_000, toSecond * 48_000));
  return meter.integrated;
}

test("a whisper and a shout come out at the same loudness within three seconds of starting to talk", () => {
  for (const gainDb of [-20, -10, 0, 6]) {
    const out = through(new VoiceChain(), ada, gainDb);
    const early = loudness(out, 2, 5);
    const later = loudness(out, 10, 20);
    assert.ok(Math.abs(early - PROGRAMME_TARGET) <= 2, `${gainDb} dB: ${early} LUFS from second 2 to 5`);
    assert.ok(Math.abs(later - PROGRAMME_TARGET) <= 1, `${gainDb} dB: ${later} LUFS later`);
  }
});

test("a pause is never pumped up: the room is no louder after a minute of silence than before", () => {
  const chain = new VoiceChain();
  through(chain, ada.subarray(0, 20 * 48_000), -12);
  const gain = chain.levelDb;
  const room = Float32Array.from({ length: 60 * 48_000 }, () => 0.002 * (Math.random() - 0.5));
  const out = through(chain, room, 0);
  assert.equal(chain.levelDb, gain);
  let energy = 0;
  for (const value of out.subarray(30 * 48_000)) energy += value * value;
  const outDb = 10 * Math.log10(energy / (30 * 48_000));
  assert.ok(outDb <= 20 * Math.log10(0.002 / Math.sqrt(12)) + gain - 9, `${outDb} dBFS: the gate takes ten decibels off`);
});

test("a microphone with nothing but noise is not turned up", () => {
  const chain = new VoiceChain();
  through(
    chain,
    Float32Array.from({ length: 30 * 48_000 }, () => 0.01 * (Math.random() - 0.5)),
    0,
  );
  assert.equal(chain.levelDb, 0);
});

test("the beginning of a word is not cut off by the gate", () => {
  const chain = new VoiceChain();
  const pause = new Float32Array(5 * 48_000);
  const word = ada.subarray(24_000, 72_000);
  const out = through(chain, Float32Array.from([...pause, ...word]), 0);
  let [before, kept] = [0, 0];
  for (let index = 0; index < 4_800; index++) {
    before += (word[index] as number) ** 2;
    kept += (out[pause.length + index] as number) ** 2;
  }
  assert.ok(10 * Math.log10(kept / before) > -6, `${10 * Math.log10(kept / before)} dB of the first tenth of a second`);
});

test("the programme is -18 LUFS, within half a unit over ten seconds, whoever talks, and its true peak stays below -1 dBTP", () => {
  const chains = [new VoiceChain(), new VoiceChain()];
  const master = new Master();
  const programme = new Float32Array(ada.length);
  // Ada alone, both at once, Bruno alone: twelve seconds each, from microphones 16 dB apart.
  const turn = Math.round(13 * 48_000);
  for (let at = 0; at + FRAME_SAMPLES <= ada.length; at += FRAME_SAMPLES) {
    const frame = programme.subarray(at, at + FRAME_SAMPLES);
    for (const [index, [voice, gainDb]] of (
      [
        [ada, -10],
        [bruno, 6],
      ] as const
    ).entries()) {
      const talks = index === 0 ? at < 2 * turn : at >= turn;
      const own = Float32Array.from(voice.subarray(at, at + FRAME_SAMPLES), (value) => (talks ? value * db(gainDb) : 0));
      chains[index]?.process(own);
      for (let sample = 0; sample < FRAME_SAMPLES; sample++) frame[sample] = (frame[sample] as number) + (own[sample] as number);
    }
    master.apply(frame);
  }
  const errors: number[] = [];
  for (let second = 5; second + 10 <= 39; second++) errors.push(Math.abs(loudness(programme, second, second + 10) - PROGRAMME_TARGET));
  assert.ok(Math.max(...errors) <= 1, `at most one unit off, also where the number of voices changes: ${errors.map((error) => error.toFixed(2)).join(" ")}`);
  const [middle = Number.NaN] = errors.toSorted((a, b) => a - b).slice(Math.floor(errors.length / 2));
  assert.ok(middle <= 0.5, `half a unit as a rule: ${errors.map((error) => error.toFixed(2)).join(" ")}`);
  assert.ok(master.truePeakDb <= -1, `${master.truePeakDb} dBTP`);
});
