import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { SibilantWatch } from "./sibilant-watch.ts";

/** A hiss: tones 50 Hz apart from one frequency to another, out of step. Level: linear, of each tone. */
function hiss(from: number, to: number, level = 0.002): Float32Array<ArrayBuffer> {
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let hertz = from, tone = 0; hertz <= to; hertz += 50, tone++)
    for (let index = 0; index < FRAME_SAMPLES; index++)
      frame[index] = (frame[index] as number) + level * Math.sin((2 * Math.PI * hertz * index) / SAMPLE_RATE + tone * tone * 2.4);
  return frame;
}

/** Frames said so far, over all tests. */
let clock = 0;

const turned = (frame: Float32Array<ArrayBuffer>, gain: number) => frame.map((value) => value * gain);
/** An /s/ and a /sh/, each with the whole width of a good microphone. */
const BREATH = hiss(2_200, 4_400, 0.0002);
const S = hiss(4_500, 14_000).map((value, index) => value + (BREATH[index] as number));
const SH = hiss(2_200, 3_900).map((value, index) => value + 0.3 * (S[index] as number));
const MUFFLED_S = hiss(2_200, 3_900, 0.0015).map((value, index) => value + 0.3 * (S[index] as number));

/** Says sibilants one after the other, `into` the mix; each at its own moment, so that all are looked at. */
function say(
  watch: SibilantWatch,
  sounds: readonly Float32Array<ArrayBuffer>[],
  into: (frame: Float32Array<ArrayBuffer>, index: number) => Float32Array<ArrayBuffer> = (frame) => frame,
): void {
  for (const [index, sound] of sounds.entries()) {
    watch.hear(sound);
    clock += 10;
    watch.mixed(into(sound, index), clock);
  }
}
const mixed = (count: number, share: number) => Array.from({ length: count }, (_, index) => (index % 24 < share ? S : SH));

test("a leveller that settles is not taken for treble that is lost on the way to the mix", () => {
  const watch = new SibilantWatch();
  say(watch, mixed(24, 12), (frame, index) => turned(frame, index < 12 ? 0.1 : 1));
  assert.equal(watch.figures, 1);
  assert.equal(watch.duller, 0);
});

test("treble that is lost on the way to the mix is told with how much of it", () => {
  const watch = new SibilantWatch();
  const hushed = new Map(
    [S, SH].map((sound) => [sound, sound.map((value, index) => value - 0.8 * (sound === S ? 1 : 0.3) * ((S[index] as number) - (BREATH[index] as number)))]),
  );
  say(watch, mixed(24, 18), (frame) => hushed.get(frame) as Float32Array<ArrayBuffer>);
  assert.ok(Math.abs(watch.duller - 14) < 1, `${watch.duller}`);
});

test("a text with more /sh/ than usual does not make a voice duller", () => {
  const watch = new SibilantWatch();
  say(watch, mixed(8 * 24, 18));
  assert.equal(watch.figures, 8);
  say(watch, mixed(4 * 24, 7));
  assert.equal(watch.voiceDuller, 0);
});

test("a voice whose /s/ loses its edge is duller, and is not any more when it is back", () => {
  const watch = new SibilantWatch();
  say(watch, mixed(8 * 24, 12));
  say(
    watch,
    mixed(4 * 24, 12).map((sound) => (sound === S ? MUFFLED_S : sound)),
  );
  assert.ok(watch.voiceDuller >= 4, `${watch.voiceDuller}`);
  say(watch, mixed(24, 12));
  assert.equal(watch.voiceDuller, 0);
});

test("the frequency of a cut is understood better the longer somebody speaks", () => {
  const watch = new SibilantWatch();
  say(
    watch,
    Array.from({ length: 16 }, () => hiss(2_200, 7_400)),
  );
  const first = watch.cutHertz;
  say(
    watch,
    Array.from({ length: 160 }, () => hiss(2_200, 7_000)),
  );
  assert.ok(Math.abs(first - 7_400) < 200 && Math.abs(watch.cutHertz - 7_000) < 200, `${first}, then ${watch.cutHertz} Hz`);
});
