import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { HowlGuard, type SeatVerdict } from "./howl-guard.ts";

/** A line as a microphone in a howling room hears it: it grows by 20 dB a second and goes on at its limit. */
function line(hertz: number, at: number): number {
  return Math.min(0.4, 0.01 * 10 ** (at / 48_000)) * Math.sin((2 * Math.PI * hertz * at) / 48_000);
}

/** Lets a watch hear so many seconds of a sound, told by the sample counted from the start and the frame counted from the first duck; gives what it did, in order, and the deepest it turned down, in dB, before it muted. */
function hear(seconds: number, sound: (at: number, frame: number) => number) {
  const verdicts: SeatVerdict[] = [];
  let frame = Number.NaN;
  let deepestDb = 0;
  const guard = new HowlGuard((verdict) => {
    verdicts.push(verdict);
    if (verdict.act === "duck") frame = 0;
  });
  const watch = guard.watch("ada");
  for (let at = 0; at < seconds * 48_000; at += FRAME_SAMPLES) {
    const heard = Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => sound(at + index, frame));
    watch.hear(heard);
    watch.treat(heard);
    guard.advance(heard);
    frame++;
    if (!watch.muted) deepestDb = Math.min(deepestDb, watch.gainDb);
  }
  return { acts: verdicts.map(({ act }) => act), deepestDb };
}

test("a howl that goes on is turned down deeper and at last muted, whichever of its packets are lost in between", () => {
  for (const ms of [0, 200, 380, 400, 800, 1_480, 1_500]) {
    const { acts, deepestDb } = hear(5, (at, frame) => (frame === ms / FRAME_MS ? 0 : line(1_237, at)));
    assert.deepEqual([acts, deepestDb], [["duck", "notch", "mute"], -30], `one lost ${ms} ms after the duck`);
  }
});

test("a howl that is known for one line only long after it was ducked for its growth is muted too, but not at once", () => {
  const late = (seconds: number) => hear(seconds, (at) => line(1_237, at) + (at < 1.5 * 48_000 ? 0.8 * line(702, at) : 0));
  assert.deepEqual(late(4).acts, ["duck", "notch"]);
  assert.deepEqual(late(6), { acts: ["duck", "notch", "mute"], deepestDb: -30 });
});
