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
}: {
  gain: (second: number) => number;
  delayMs: number;
  seconds: number;
  treated?: boolean;
  forgiveAt?: number;
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
      frame[index] = Math.max(-1, Math.min(1, (voice[(at + index) % voice.length] as number) + gain(second) * echo));
    }
    watch.hear(frame);
    if (treated) watch.treat(frame);
    guard.advance(frame);
  }
  let energy = 0;
  for (const value of mix.subarray(-2 * 48_000)) energy += value * value;
  return { verdicts, watch, endDb: 10 * Math.log10(energy / (2 * 48_000)) };
}

test("a loop that would howl is ducked soon after it closes, and the stage stays quiet", () => {
  const loop = { gain: (second: number) => (second > 2 ? 1.1 : 0), delayMs: 240, seconds: 14 };
  assert.ok(play({ ...loop, treated: false }).endDb > -8, "without the guard it howls");
  const { verdicts, endDb } = play(loop);
  const [first] = verdicts;
  assert.ok(first !== undefined && first.act === "duck" && first.second > 2 && first.second < 4.5, JSON.stringify(first));
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
