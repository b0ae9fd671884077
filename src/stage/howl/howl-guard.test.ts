import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, speak } from "../../../test/material/speech.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { HowlGuard, type SeatVerdict } from "./howl-guard.ts";

const TEXT =
  "Good evening and welcome. My name is Ada, and tonight we talk about sound that arrives on time. It left a studio by the river, crossed two mountains and a sea, and came to a kitchen in which a kettle boils. Nobody there knows how far it went, and nobody needs to, as long as every word of it is heard.";

let folder = "";
let voice: Float32Array;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-howl-"));
  voice = decode(speak(folder, "ada", "en-gb", TEXT, 16)).map((value) => value * 0.4);
});
after(() => rmSync(folder, { recursive: true }));

/** A microphone that hears a voice and what a loudspeaker plays of the mix `delayMs` ago. */
function play({
  gain,
  delayMs,
  seconds,
  treated = true,
  forgiveAt = Number.POSITIVE_INFINITY,
  says = (at) => voice[at % voice.length] as number,
}: {
  gain: (second: number) => number;
  delayMs: number;
  seconds: number;
  treated?: boolean;
  forgiveAt?: number;
  /** What is said at a sample counted from the start. */
  says?: (at: number) => number;
}) {
  const verdicts: (SeatVerdict & { readonly second: number })[] = [];
  let second = 0;
  const guard = new HowlGuard((verdict) => verdicts.push({ ...verdict, second }));
  const watch = guard.watch("ada");
  const mix = new Float32Array(seconds * 48_000);
  const late = Math.round(delayMs * 48);
  for (let at = 0; at + FRAME_SAMPLES <= mix.length; at += FRAME_SAMPLES) {
    second = at / 48_000;
    if (second === forgiveAt) guard.forgive("ada");
    const frame = mix.subarray(at, at + FRAME_SAMPLES);
    // A loudspeaker and a microphone as a pair favour some frequency: a single reflection makes a comb of them.
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const back = at + index - late;
      const echo = (mix[back] ?? 0) + 0.6 * (mix[back - 31] ?? 0);
      frame[index] = Math.max(-1, Math.min(1, says(at + index) + gain(second) * echo));
    }
    watch.hear(frame);
    if (treated) watch.treat(frame);
    guard.advance(frame);
  }
  let energy = 0;
  let peak = 0;
  for (const value of mix) peak = Math.max(peak, Math.abs(value));
  for (const value of mix.subarray(-2 * 48_000)) energy += value * value;
  return { verdicts, watch, peak, endDb: 10 * Math.log10(energy / (2 * 48_000)) };
}

test("a loop that would howl is ducked soon after it closes, and the stage stays quiet", () => {
  const loop = { gain: (second: number) => (second > 2 ? 1.1 : 0), delayMs: 240, seconds: 14 };
  assert.ok(play({ ...loop, treated: false }).endDb > -8, "without the guard it howls");
  const { verdicts, endDb } = play(loop);
  const [first] = verdicts;
  assert.ok(first !== undefined && first.act === "duck" && first.second > 2 && first.second < 3, JSON.stringify(first));
  assert.ok(endDb < -14, `${endDb} dBFS at the end`);
});

test("a voice alone is left alone", () => {
  assert.deepEqual(play({ gain: () => 0, delayMs: 240, seconds: 16 }).verdicts, []);
});

test("a pure tone that grows is recognised, its frequency taken out, and at last the microphone is muted", () => {
  const verdicts: SeatVerdict[] = [];
  const guard = new HowlGuard((verdict) => verdicts.push(verdict));
  const watch = guard.watch("ada");
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let count = 0, at = 0; count < 200; count++) {
    for (let index = 0; index < FRAME_SAMPLES; index++, at++)
      frame[index] = Math.min(0.7, 0.01 * 10 ** (at / 48_000)) * Math.sin((2 * Math.PI * 1_237 * at) / 48_000);
    watch.hear(frame);
    watch.treat(frame);
    guard.advance(frame);
  }
  assert.deepEqual(
    verdicts.map(({ act }) => act),
    ["duck", "notch", "mute"],
  );
  assert.ok(Math.abs((verdicts[0]?.hertz ?? 0) - 1_237) < 24);
  assert.equal(watch.muted, true);
  assert.ok(Math.max(...frame) === 0);
  guard.forgive("ada");
  frame.fill(0.1);
  watch.treat(frame);
  watch.treat(frame.fill(0.1));
  assert.ok((frame[FRAME_SAMPLES - 1] as number) > 0, "the host can take it back");
});

test("the host's word counts: a forgiven microphone is not touched again", () => {
  const { verdicts } = play({ gain: (second) => (second > 2 ? 0.5 : 0), delayMs: 300, seconds: 14, forgiveAt: 1 });
  assert.deepEqual(verdicts, []);
});

test("when the loudspeaker is turned down the microphone is let go again", () => {
  const { verdicts, watch } = play({ gain: (second) => (second > 2 && second < 6 ? 1 : 0), delayMs: 240, seconds: 16 });
  assert.equal(verdicts.at(-1)?.act, "release", JSON.stringify(verdicts));
  assert.ok(watch.gainDb > -25, `${watch.gainDb} dB: kept below what howled, but on stage again`);
});

test("a loop that howls up out of silence is ducked before anybody is hurt", () => {
  const noise = Float32Array.from({ length: 48_000 }, (_, index) => 0.0004 * Math.sin(index * index * 0.37));
  const loop = { gain: (second: number) => (second > 1 ? 1.1 : 0), delayMs: 240, seconds: 14, says: (at: number) => noise[at % 48_000] as number };
  assert.ok(play({ ...loop, treated: false }).peak > 0.99, "without the guard it reaches full scale");
  const { verdicts, peak } = play(loop);
  assert.deepEqual([verdicts[0]?.act, verdicts[0]?.kind], ["duck", "tonal-loop"]);
  assert.ok(peak < 0.1, `${peak} at its loudest`);
});

test("of two devices in one room the one that hears the other is ducked, not the one that is spoken into", () => {
  const verdicts: SeatVerdict[] = [];
  const guard = new HowlGuard((verdict) => verdicts.push(verdict));
  const late = 48 * 180;
  const mix = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < 6 * 48_000; at += FRAME_SAMPLES) {
    mix.fill(0);
    for (const [seat, delay, gain] of [
      ["ada", 0, 1],
      ["phone", late, 0.3],
    ] as const) {
      const frame = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => gain * (voice[at + index - delay] ?? 0));
      const watch = guard.watch(seat);
      watch.hear(frame);
      watch.treat(frame);
      for (let index = 0; index < FRAME_SAMPLES; index++) mix[index] = (mix[index] as number) + (frame[index] as number);
    }
    guard.advance(mix);
  }
  assert.deepEqual([...new Set(verdicts.map(({ seatId }) => seatId))], ["phone"]);
  assert.equal(verdicts[0]?.kind, "delayed-copy");
  assert.ok(Math.abs((verdicts[0]?.delayMs ?? 0) - 180) <= 40, JSON.stringify(verdicts[0]));
});

test("a moment that two people have in common, a knock on a table or a word begun alike, is no echo: an echo repeats all that is said", () => {
  const verdicts: SeatVerdict[] = [];
  const guard = new HowlGuard((verdict) => verdicts.push(verdict));
  const knock = Float32Array.from({ length: 2_400 }, (_, index) => 0.4 * Math.exp(-index / 500) * Math.sin(index * index * 0.11));
  const mix = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < 10 * 48_000; at += FRAME_SAMPLES) {
    mix.fill(0);
    // Bob knocks and says no more; 1.3 s later Ada, who speaks all the time, knocks too.
    for (const [seat, knocksAt, gain] of [
      ["bob", 4 * 48_000, 0],
      ["ada", 5.3 * 48_000, 1],
    ] as const) {
      const frame = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => gain * (voice[at + index] as number) + (knock[at + index - knocksAt] ?? 0));
      const watch = guard.watch(seat);
      watch.hear(frame);
      watch.treat(frame);
      for (let index = 0; index < FRAME_SAMPLES; index++) mix[index] = (mix[index] as number) + (frame[index] as number);
    }
    guard.advance(mix);
  }
  assert.deepEqual(verdicts, []);
});

test("somebody who whistles is left alone: lips waver, loops do not", () => {
  let phase = 0;
  const tune = Float32Array.from({ length: 20 * 48_000 }, (_, index) => {
    const note = [784, 880, 988, 1_047, 1_175][Math.floor(index / 100_000) % 5] as number;
    phase += ((2 * Math.PI * note) / 48_000) * (1 + 0.005 * Math.sin((2 * Math.PI * 5.5 * index) / 48_000));
    return 0.2 * Math.sin(Math.PI * ((index % 100_000) / 100_000)) * Math.sin(phase);
  });
  assert.deepEqual(play({ gain: () => 0, delayMs: 240, seconds: 20, says: (at) => tune[at] as number }).verdicts, []);
});

test("a drum machine that repeats itself exactly is let go again and left alone, until it really howls", () => {
  const bar = Float32Array.from({ length: 24_000 }, (_, index) => 0.4 * Math.exp(-((index % 12_000) / 2_600)) * Math.sin(index * index * 0.11));
  const { verdicts } = play({ gain: (second) => (second > 24 ? 1.4 : 0), delayMs: 240, seconds: 30, says: (at) => bar[at % 24_000] as number });
  const acts = verdicts.filter(({ act }) => act !== "notch").map(({ act, second }) => `${act}${second > 24 ? " after the loop closed" : ""}`);
  assert.deepEqual(acts.slice(0, 3), ["duck", "release", "duck after the loop closed"], JSON.stringify(verdicts));
});

test("the broadcast that plays beside a microphone is found, six seconds late as it is", () => {
  const verdicts: (SeatVerdict & { readonly second: number })[] = [];
  let second = 0;
  const guard = new HowlGuard((verdict) => verdicts.push({ ...verdict, second }));
  const mix = new Float32Array(24 * 48_000);
  for (let at = 0; at + FRAME_SAMPLES <= mix.length; at += FRAME_SAMPLES) {
    second = at / 48_000;
    const frame = mix.subarray(at, at + FRAME_SAMPLES);
    // Bob speaks sixteen seconds that never repeat themselves, then others do; Ada only listens, to a radio.
    const bob = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => (voice[(at + index) % voice.length] as number) * (second < 16 ? 1 : -0.7));
    const ada = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => 0.4 * (mix[at + index - 6 * 48_000] ?? 0));
    for (const [seat, heard] of [
      ["bob", bob],
      ["ada", ada],
    ] as const) {
      const watch = guard.watch(seat);
      watch.hear(heard);
      watch.treat(heard);
      for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) + (heard[index] as number);
    }
    guard.advance(frame);
  }
  const [first] = verdicts;
  assert.deepEqual([first?.seatId, first?.kind, first?.act], ["ada", "delayed-copy", "duck"], JSON.stringify(verdicts));
  assert.ok(Math.abs((first?.delayMs ?? 0) - 6_000) < 5, JSON.stringify(first));
  assert.deepEqual([...new Set(verdicts.map(({ seatId }) => seatId))], ["ada"]);
});

test("an interpreter is not taken for an echo of themselves, however often they repeat a sentence", () => {
  const sentence = voice.subarray(0, Math.round(3.4 * 48_000));
  const listen = (apart: boolean) => {
    const verdicts: SeatVerdict[] = [];
    const guard = new HowlGuard((verdict) => verdicts.push(verdict));
    const watch = guard.watch("carla");
    const floor = new Float32Array(FRAME_SAMPLES);
    const frame = new Float32Array(FRAME_SAMPLES);
    for (let at = 0; at < 60 * 48_000 && verdicts.length === 0; at += FRAME_SAMPLES) {
      for (let index = 0; index < FRAME_SAMPLES; index++) {
        // Somebody else on the floor: the same voice, run backwards.
        floor[index] = 0.8 * (voice[voice.length - 1 - ((at + index) % voice.length)] as number);
        frame[index] = sentence[(at + index) % sentence.length] as number;
      }
      watch.hear(frame);
      watch.treat(frame, apart);
      guard.advance(floor);
    }
    return verdicts;
  };
  assert.deepEqual(listen(true), []);
  assert.equal(listen(false)[0]?.kind, "delayed-copy", "taken out of a mix they are not in, they would be");
});
