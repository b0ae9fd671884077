import assert from "node:assert/strict";
import { test } from "node:test";
import { meets, percentile, summarise } from "./harness.ts";

test("a figure is the median of its rounds, with the extremes beside it", () => {
  assert.deepEqual(summarise([3, 1, 2], "ms"), { value: 2, unit: "ms", low: 1, high: 3 });
  assert.deepEqual(summarise([7], "ms"), { value: 7, unit: "ms" });
  assert.equal(percentile([1, 2, 3, 4], 0.95), 4);
});

test("a target is met on its own side only", () => {
  assert.equal(meets(5, { limit: 5, direction: "at most" }), true);
  assert.equal(meets(4, { limit: 5, direction: "at least" }), false);
});
