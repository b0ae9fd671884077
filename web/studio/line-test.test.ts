import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeLine, testLine } from "./line-test.ts";

const told = async (times: readonly (number | undefined)[]) => {
  let at = 0;
  return await testLine(
    async () => times[at++ % times.length],
    async () => undefined,
  );
};

test("a quick and steady line is good, one that strays or is slow is usable, one that loses or stops is poor, a silent one is none", async () => {
  assert.deepEqual(await told([40]), { verdict: "good", medianMs: 40, worstMs: 40 });
  assert.equal((await told([40, 40, 40, 40, 200])).verdict, "fair");
  assert.equal((await told([250])).verdict, "fair");
  assert.equal((await told([500])).verdict, "poor");
  assert.equal((await told([40, 40, 40, 40, undefined])).verdict, "poor");
  assert.equal((await told([undefined])).verdict, "none");
  assert.deepEqual(judgeLine([], 0), { verdict: "good", medianMs: 0, worstMs: 0 });
});
