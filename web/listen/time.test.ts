import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, readPlace } from "./time.ts";

test("a link to a second is read however people write it", () => {
  for (const [text, seconds] of [
    ["83", 83],
    ["83.5", 83.5],
    ["83s", 83],
    ["1:23", 83],
    ["1:02:03", 3723],
    ["1m23s", 83],
    ["1h2m", 3720],
    ["0", 0],
  ] as const)
    assert.equal(readPlace(text), seconds, text);
  for (const text of [null, "", "x", "-5", "1e3", "5:", "::5", "m", "h", "1:2:3:4"]) assert.equal(readPlace(text), undefined, String(text));
});

test("a place is shown as people say it", () => {
  assert.deepEqual([0, 5, 83.9, 3599, 3723, 36_000].map(clock), ["0:00", "0:05", "1:23", "59:59", "1:02:03", "10:00:00"]);
});
