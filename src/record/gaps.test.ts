import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsOf } from "./gaps.ts";

const segment = (n: number, filler: number) => ({
  n,
  offset: n * 100,
  length: 100,
  timestamp: n * 192_000,
  duration: 192_000,
  parts: 8,
  filler,
  sha256: "0".repeat(64),
});

test("silence in place of lost sound is named with its cause: the stage was away, or the disk did not take it", () => {
  const segments = [segment(0, 0), segment(1, 4), segment(2, 8), segment(3, 0), segment(4, 2), segment(5, 1), segment(9, 3)];
  assert.deepEqual(gapsOf(segments, [{ start: 5.5, end: 12 }]), [
    { start: 5.5, end: 12, cause: "stage-away" },
    { start: 16, end: 20.5, cause: "disk" },
    { start: 36, end: 37.5, cause: "disk" },
  ]);
});

test("a recording without a gap names none", () => {
  assert.deepEqual(gapsOf([segment(0, 0), segment(1, 0)], []), []);
});
