import assert from "node:assert/strict";
import { test } from "node:test";
import { SwellWatch } from "./swell-watch.ts";

/** Feeds four seconds of a level in dBFS; gives the first second at which it counts as a loop. */
function firstSeen(levelDb: (second: number) => number, held = 0.9): number | undefined {
  const watch = new SwellWatch();
  for (let look = 0; look < 100; look++) {
    const second = look * 0.04;
    watch.look(1_920 * 10 ** (levelDb(second) / 10), held);
    if (watch.growthDb > 0) return second;
  }
  return undefined;
}

test("what grows by the same number of decibels each second is a loop", () => {
  const seen = firstSeen((second) => -70 + 15 * second);
  assert.ok(seen !== undefined && seen > 1.6 && seen < 1.8, `seen after ${seen} s, when it comes to be heard`);
});

test("a swell that people play, faster at first and slower later, is none", () => {
  assert.equal(
    firstSeen((second) => -20 + 20 * Math.log10((second + 0.01) / 4)),
    undefined,
  );
});

test("speech that gets louder is none: it does not hold its phase", () => {
  assert.equal(
    firstSeen((second) => -70 + 15 * second, 0.1),
    undefined,
  );
});
