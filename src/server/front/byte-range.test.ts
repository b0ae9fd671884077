import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readByteRange } from "./byte-range.ts";

test("a player gets exactly the bytes it asks for", () => {
  assert.deepEqual(readByteRange("bytes=0-", 100), { start: 0, end: 99 });
  assert.deepEqual(readByteRange("bytes=10-19", 100), { start: 10, end: 19 });
  assert.deepEqual(readByteRange("bytes=90-500", 100), { start: 90, end: 99 });
  assert.deepEqual(readByteRange("bytes=-10", 100), { start: 90, end: 99 });
  assert.deepEqual(readByteRange("bytes=-500", 100), { start: 0, end: 99 });
});

test("who asks for what is not there is told so, who asks for nonsense gets everything", () => {
  for (const header of ["bytes=100-", "bytes=100-200", "bytes=-0"]) assert.equal(readByteRange(header, 100), "unsatisfiable", header);
  for (const header of [undefined, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "seconds=1-2", "bytes=a-b", "bytes= 0-1"])
    assert.equal(readByteRange(header, 100), undefined, String(header));
});

test("whatever is asked, nothing outside the body is ever read", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(fc.nat(), fc.option(fc.nat())).map(([a, b]) => `bytes=${a}-${b ?? ""}`),
      ),
      fc.nat(1_000),
      (header, size) => {
        const range = readByteRange(header, size);
        if (typeof range === "object") assert.ok(range.start >= 0 && range.start <= range.end && range.end < size);
      },
    ),
  );
});
